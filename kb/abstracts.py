"""Abstracts from the local store, for whoever builds a database of their own with them.

Of the store's layout only one thing is used: its view `abstract_sections` (pmid, position from 1,
label, category, text), which the store promises to keep.
"""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

SECTIONS = """
SELECT pmid, position, label, category, text FROM abstract_sections
WHERE pmid IN (SELECT value FROM json_each(?))
ORDER BY pmid, position
"""


class StoreUnreadable(Exception):
    """The file is not a store, or one without abstracts; one line."""


class Section(NamedTuple):
    """A part of an abstract; `position` counts from 1, `category` is NLM's."""

    position: int
    label: str | None
    category: str | None
    text: str


def read(store: Path, pmids: Iterable[str]) -> dict[str, list[Section]]:
    """The abstracts of those `pmids` that the store has one of. Raises `StoreUnreadable`."""
    if not Path(store).is_file():
        raise StoreUnreadable(f"{store} is missing; run kb pubmed fetch, or name another file with --store")
    wanted = json.dumps([int(pmid) for pmid in pmids])
    abstracts: dict[str, list[Section]] = {}
    try:
        with closing(sqlite3.connect(f"{Path(store).resolve().as_uri()}?mode=ro", uri=True)) as connection:
            for pmid, *section in connection.execute(SECTIONS, [wanted]):
                abstracts.setdefault(str(pmid), []).append(Section(*section))
    except sqlite3.Error as error:
        raise StoreUnreadable(f"{store}: cannot be read as a store: {error}; kb pubmed fetch makes one") from None
    return abstracts

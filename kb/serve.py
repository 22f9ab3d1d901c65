"""`kb.db` → a running site: Datasette with the settings that a public server needs."""

import json
import sqlite3
from pathlib import Path

from datasette.app import Datasette

#: https://docs.datasette.io/en/0.65/settings.html - limits measured for a small public server.
SETTINGS = {
    "sql_time_limit_ms": 1000,
    "max_returned_rows": 1000,
    "default_page_size": 50,
    "suggest_facets": False,
    "facet_time_limit_ms": 200,
    "allow_csv_stream": True,
    "max_csv_mb": 20,
    "num_sql_threads": 3,
}


class NotOurs(Exception):
    """The file is not a database that `kb build` wrote."""


def datasette(database: Path, metadata: Path) -> Datasette:
    """The site over one database file, opened immutable; `metadata` describes tables and queries.

    Raises `NotOurs` or `ValueError` with one clear line.
    """
    try:
        with sqlite3.connect(f"{Path(database).resolve().as_uri()}?mode=ro", uri=True) as connection:
            connection.execute("SELECT value FROM about WHERE key = 'content_hash'").fetchone()[0]
    except (sqlite3.Error, TypeError) as error:
        raise NotOurs(f"{database}: not a database built by kb build ({error})") from error
    try:
        words = json.loads(Path(metadata).read_text(encoding="utf-8"))
    except ValueError as error:
        raise NotOurs(f"{metadata}: not readable as JSON: {error}") from error
    return Datasette([], immutables=[str(database)], metadata=words, settings=SETTINGS, cors=True)

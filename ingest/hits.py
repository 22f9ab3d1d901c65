"""What the searches found, in the local store: each search as it last ran, and every hit it ever had."""

import datetime as dt
import json
import sqlite3
from typing import NamedTuple

from ingest.esearch import Found
from ingest.store import Store, StoreError

TABLES = {
    "searches": (
        {"search": str, "ran": str, "query": str, "count": int, "translation": str, "warnings": str},
        "search",
    ),
    "hits": ({"search": str, "pmid": int, "first_found": str, "found": int}, ("search", "pmid")),
}


class Run(NamedTuple):
    """The last run of a search here; `count` is PubMed's number of hits."""

    ran: dt.date
    query: str
    count: int


class Hits:
    """The tables `searches` and `hits` of a store; they are made if they are not there. Raises `StoreError`."""

    def __init__(self, store: Store):
        self.store, self.db = store, store.db
        try:
            for name, (columns, key) in TABLES.items():
                self.db.table(name).create(columns, pk=key, if_not_exists=True)
        except sqlite3.Error as error:
            raise StoreError(f"{store.path}: cannot be written: {error}") from None

    def save(self, search: str, query: str, found: Found, day: dt.date | None = None) -> list[str]:
        """Write one run, all of it or nothing; the PMIDs that this search never had before, newest first.

        A hit that is not found any more stays, with `found` 0, unless the run itself came back incomplete.
        """
        today = (day or dt.date.today()).isoformat()
        try:
            with self.db.atomic():
                run = {"search": search, "ran": today, "query": query, "count": found.count}
                warnings = json.dumps([*found.faults, *found.notes], ensure_ascii=False)
                run |= {"translation": found.translation, "warnings": warnings}
                self.db.table("searches").upsert(run, pk="search")
                known = {str(pmid) for (pmid,) in self.db.execute("select pmid from hits where search = ?", [search])}
                if len(found.pmids) >= found.count:
                    self.db.execute("update hits set found = 0 where search = ?", [search])
                self.db.conn.executemany(
                    "insert into hits (search, pmid, first_found, found) values (?, ?, ?, 1)"
                    " on conflict (search, pmid) do update set found = 1",
                    [(search, int(pmid), today) for pmid in found.pmids],
                )
        except sqlite3.Error as error:
            raise StoreError(f"{self.store.path}: cannot be written: {error}") from None
        return [pmid for pmid in found.pmids if pmid not in known]

    def of(self, search: str, *, ever: bool = False) -> set[str]:
        """The PMIDs that the search found when it last ran, or `ever` found."""
        rows = self.db.execute("select pmid from hits where search = ? and (found or ?)", [search, ever])
        return {str(pmid) for (pmid,) in rows}

    def last_run(self, search: str) -> Run | None:
        row = self.db.execute("select ran, query, count from searches where search = ?", [search]).fetchone()
        return Run(dt.date.fromisoformat(row[0]), row[1], row[2]) if row else None

"""The local store: every record that PubMed gave us, in one SQLite file that only this machine keeps.

A batch is one transaction, so that a run can be killed anywhere and the next goes on. A record is
written only if it differs from what is there. Nothing is deleted: a claim may cite a paper that
PubMed has withdrawn, so its record stays and `asked` says that it is gone.
"""

import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Self

from sqlite_utils import Database

from ingest.citation import Citation, plain, rebuild

#: What came of asking for a PMID. `deleted` had a record once; `unknown` never had one here.
OUTCOMES = ("received", "deleted", "unknown", "malformed")
VERSION = 2
TABLES = {
    "citations": {"pmid": int, "hash": str, "record": str, "first_received": str, "changed": str},
    "asked": {"pmid": int, "outcome": str, "day": str, "source": str, "reason": str},
}
VIEWS = {
    # Read by kb.abstracts; since format 2.
    "abstract_sections": """
        select
            citations.pmid,
            section.key + 1 as position,
            json_extract(section.value, '$.label') as label,
            json_extract(section.value, '$.category') as category,
            json_extract(section.value, '$.text') as text
        from citations, json_each(citations.record, '$.abstract') as section
    """,
}


class StoreError(Exception):
    """The file is not a store, or cannot be used; one line."""


class Saved(NamedTuple):
    """PMIDs of a batch by what the store did with them."""

    new: list[str]
    changed: list[str]
    unchanged: list[str]


class Entry(NamedTuple):
    """What the store knows of a PMID. `citation` is None if PubMed never gave it; `day` is when it was last asked."""

    pmid: str
    outcome: str
    day: dt.date
    source: str
    reason: str | None
    citation: Citation | None


class Store:
    """Open or create the store at `path`. Raises `StoreError`. Use from one thread."""

    def __init__(self, path: Path | str):
        self.path = Path(path)
        try:
            self.db = Database(self.path)
            # A second process may be fetching at the same time.
            self.db.execute("pragma busy_timeout = 30000")
            # Safe against a killed process; a power cut may cost the last batches, which are asked for again.
            self.db.execute("pragma synchronous = normal")
            self._shape()
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self.path}: cannot be used as a store: {error}") from None

    def _shape(self):
        version = self.db.execute("pragma user_version").fetchone()[0]
        if version > VERSION:
            raise StoreError(f"{self.path}: made by a newer version of this program (format {version}, not {VERSION})")
        if version == VERSION:
            return
        if not version and self.db.table_names():
            raise StoreError(f"{self.path}: a database of something else; give another --store")
        self.db.enable_wal()
        with self.db.atomic():
            for name, columns in TABLES.items():
                self.db.table(name).create(columns, pk="pmid", if_not_exists=True)
            for name, sql in VIEWS.items():
                self.db.create_view(name, sql, replace=True)
            self.db.execute(f"pragma user_version = {VERSION}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_):
        self.db.close()

    def received(self) -> dict[str, dt.date]:
        """The PMIDs that PubMed gave when last asked, and when that was."""
        rows = self.db.execute("select pmid, day from asked where outcome = 'received'")
        return {str(pmid): dt.date.fromisoformat(day) for pmid, day in rows}

    def save(
        self,
        citations: Iterable[Citation],
        *,
        source: str,
        absent: Iterable[str] = (),
        malformed: Mapping[str, str] | None = None,
        day: dt.date | None = None,
    ) -> Saved:
        """Write what came of one batch, all of it or nothing.

        `absent` are PMIDs that `source` does not have (any more), `malformed` those whose records
        could not be read, with the reason. Raises `StoreError` if the disk or the file fails.
        """
        today = (day or dt.date.today()).isoformat()
        records = {}
        for citation in citations:
            text = json.dumps(plain(citation), ensure_ascii=False, separators=(",", ":"))
            records[citation.pmid] = (hashlib.sha256(text.encode()).hexdigest(), text)
        try:
            with self.db.atomic():
                # A transaction that begins with a read cannot wait for another writer; this one is a write.
                self.db.execute("update asked set day = day where false")
                saved = self._save_records(records, today)
                self._save_outcomes(records, set(absent), malformed or {}, source, today)
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: cannot be written: {error}") from None
        return saved

    def _save_records(self, records: dict[str, tuple[str, str]], today: str) -> Saved:
        known = {pmid: (digest, first) for pmid, digest, first in self._rows("pmid, hash, first_received", records)}
        saved, rows = Saved([], [], []), []
        for pmid, (digest, text) in records.items():
            before, first = known.get(pmid, (None, today))
            if digest == before:
                saved.unchanged.append(pmid)
                continue
            (saved.changed if before else saved.new).append(pmid)
            rows.append({"pmid": int(pmid), "hash": digest, "record": text, "first_received": first, "changed": today})
        self.db.table("citations").upsert_all(rows, pk="pmid")
        return saved

    def _save_outcomes(self, records, absent: set[str], malformed: Mapping[str, str], source: str, today: str):
        # A mirror may lack what PubMed has: only the service that gave a record can tell that it is gone.
        gave = {entry.pmid: entry.source for entry in self.entries(absent) if entry.citation}
        outcomes = [(pmid, "received", None) for pmid in records]
        outcomes += [(pmid, "deleted", None) for pmid in absent if gave.get(pmid) == source]
        outcomes += [(pmid, "unknown", None) for pmid in absent if pmid not in gave]
        outcomes += [(pmid, "malformed", reason) for pmid, reason in malformed.items()]
        rows = [
            {"pmid": int(pmid), "outcome": outcome, "day": today, "source": source, "reason": reason}
            for pmid, outcome, reason in outcomes
        ]
        self.db.table("asked").upsert_all(rows, pk="pmid")

    def _rows(self, columns: str, pmids: Iterable[str]) -> Iterator[tuple]:
        """Rows of `citations`, the PMID as text."""
        wanted = json.dumps([int(pmid) for pmid in pmids])
        sql = f"select {columns} from citations where pmid in (select value from json_each(?))"
        for pmid, *rest in self.db.execute(sql, [wanted]):
            yield str(pmid), *rest

    def entries(self, pmids: Iterable[str]) -> Iterator[Entry]:
        """What the store knows of each of `pmids`, by number; PMIDs never asked for are left out."""
        sql = """
            select pmid, outcome, day, source, reason, record from asked left join citations using (pmid)
            where pmid in (select value from json_each(?)) order by pmid
        """
        for pmid, outcome, day, source, reason, record in self.db.execute(sql, [json.dumps([int(p) for p in pmids])]):
            citation = rebuild(Citation, json.loads(record)) if record else None
            yield Entry(str(pmid), outcome, dt.date.fromisoformat(day), source, reason, citation)

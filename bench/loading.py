"""Citations → the local store, beside `executemany` of the same rows, and a second time unchanged."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bench import corpus
from bench.measure import ROUNDS, SMOKE, Row, cpu_seconds
from ingest.citation import Citation, plain
from ingest.pubmed_xml import read
from ingest.store import Store

COUNT, BATCH = (100, 50) if SMOKE else (5_000, 500)


def measured(folder: Path) -> Iterator[Row]:
    file = folder / "loading.xml"
    file.write_bytes(b"".join(corpus.pubmed_xml(COUNT)))
    citations = [citation for citation in read(file) if isinstance(citation, Citation)]
    batches = [citations[start : start + BATCH] for start in range(0, COUNT, BATCH)]
    paths = iter(folder / f"store{i}.db" for i in range(3 * ROUNDS))
    full = folder / "full.db"
    _save(full, batches)
    times = cpu_seconds(
        ours=lambda: _save(next(paths), batches),
        raw=lambda: _raw(next(paths), batches),
        again=lambda: _save(full, batches),
        encode=lambda: [_encoded(citation) for citation in citations],
    )
    per_second = {name: COUNT / seconds for name, seconds in times.items()}
    unit = "citations per CPU second"
    yield Row("loading into the store", "executemany of the same", per_second["ours"], per_second["raw"], unit, "≥ 0.5")
    # What must be done to know that a record is unchanged, the JSON and its hash, is in both.
    writing, again = times["ours"] - times["encode"], max(times["again"] - times["encode"], 1e-6)
    what = "loading unchanged records, without their JSON and hash"
    yield Row(what, "loading them", COUNT / again, COUNT / writing, unit, "≥ 10")
    yield Row("loading unchanged records, in all", "loading them", per_second["again"], per_second["ours"], unit)


def _encoded(citation: Citation) -> tuple[str, str]:
    text = json.dumps(plain(citation), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest(), text


def _save(path: Path, batches: list[list[Citation]]):
    with Store(path) as store:
        for batch in batches:
            store.save(batch, source="bench")


def _raw(path: Path, batches: list[list[Citation]]):
    connection = sqlite3.connect(path)
    connection.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        "CREATE TABLE citations (pmid INTEGER PRIMARY KEY, hash TEXT, record TEXT, first_received TEXT, changed TEXT);"
        "CREATE TABLE asked (pmid INTEGER PRIMARY KEY, outcome TEXT, day TEXT, source TEXT, reason TEXT)"
    )
    for batch in batches:
        with connection:
            connection.executemany(
                "INSERT INTO citations VALUES (?, ?, ?, '2026-01-01', '2026-01-01')",
                [(int(citation.pmid), *_encoded(citation)) for citation in batch],
            )
            connection.executemany(
                "INSERT INTO asked VALUES (?, 'received', '2026-01-01', 'bench', NULL)",
                [(int(citation.pmid),) for citation in batch],
            )
    connection.close()

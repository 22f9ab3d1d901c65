"""Search over many citations, beside the bounded query that SQLite alone would need."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from bench import corpus
from bench.measure import SMOKE, Row
from kb.site.pages import search

COUNT = 500 if SMOKE else 100_000
QUERIES = ["pain", "pain bacedi", "Does bacedi help people with pain of the fogula?"]
BOUNDED = (
    "SELECT id FROM (SELECT rowid AS id, rank AS score FROM citation_fts WHERE citation_fts MATCH ? LIMIT 3000)"
    " ORDER BY score LIMIT 20"
)


def measured(folder: Path) -> Iterator[Row]:
    path = folder / "kb.db"
    corpus.database(path, COUNT)
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    for query in QUERIES:
        ours, raw = [], []
        for _ in range(3 if SMOKE else 20):
            ours.append(_seconds(lambda query=query: search.load(connection, {"q": query})))
            words = search.match(search.words(connection, query))
            raw.append(_seconds(lambda words=words: connection.execute(BOUNDED, [words]).fetchall()))
        worst, floor = (1000 * quantiles(times, n=20)[-1] for times in (ours, raw))
        yield Row(f"search page's data, {COUNT:,} citations: {query}", "bounded FTS5 query", worst, floor, "ms, p95")
    connection.close()


def _seconds(function) -> float:
    start = perf_counter()
    function()
    return perf_counter() - start

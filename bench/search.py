"""Search: how good on SciFact and how fast beside BM25 libraries; over many citations beside a bounded query.

SciFact is measured where the environment variable SCIFACT names a folder with corpus.jsonl.gz, claims_dev.jsonl and
beir_qrels_test.tsv.
"""

import csv
import gzip
import json
import math
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from bench import corpus
from bench.measure import SMOKE, Row, cpu_seconds
from kb import ranking
from kb.site.pages import search

COUNT = 500 if SMOKE else 100_000
QUERIES = ["pain", "pain bacedi", "Does bacedi help people with pain of the fogula?"]
#: What SQLite alone needs for the same number of records: those with any of the words that come first in the table.
BOUNDED = (
    "SELECT id FROM (SELECT rowid AS id, rank AS score FROM citation_fts WHERE citation_fts MATCH ? LIMIT 3000)"
    " ORDER BY score LIMIT 20"
)


def measured(folder: Path) -> Iterator[Row]:
    if os.environ.get("SCIFACT"):
        yield from _scifact(Path(os.environ["SCIFACT"]))
    for count in (COUNT, 1_000_000) if os.environ.get("FULL") else (COUNT,):
        yield from _many(folder / f"{count}.db", count)


def _many(path: Path, count: int) -> Iterator[Row]:
    corpus.database(path, count)
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    for query in QUERIES:
        ours, raw = [], []
        for _ in range(3 if SMOKE else 20):
            terms = search.words(connection, query)
            ours.append(_milliseconds(lambda terms=terms: search.citations(connection, terms)))
            words = ranking.any_of(terms)
            raw.append(_milliseconds(lambda words=words: connection.execute(BOUNDED, [words]).fetchall()))
        worst, floor = (quantiles(times, n=20)[-1] for times in (ours, raw))
        what = f"search of {count:,} citations: {query}"
        yield Row(what, "bounded FTS5 query", worst, floor, "ms, p95", "≤ 3")
    connection.close()
    path.unlink()


def _milliseconds(function: Callable) -> float:
    start = perf_counter()
    function()
    return 1000 * (perf_counter() - start)


# --- SciFact ---------------------------------------------------------------------------------------


def _scifact(folder: Path) -> Iterator[Row]:
    """300 claims to be found among 5,183 abstracts. https://github.com/allenai/scifact"""
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as file:
        documents = [json.loads(line) for line in file]
    texts = [f"{document['title']} {' '.join(document['abstract'])}" for document in documents]
    ids = [document["doc_id"] for document in documents]
    with open(folder / "claims_dev.jsonl", encoding="utf-8") as file:
        claims = {claim["id"]: claim["claim"] for claim in map(json.loads, file)}
    relevant: dict[int, set[int]] = {}
    with open(folder / "beir_qrels_test.tsv", encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, delimiter="\t"):
            relevant.setdefault(int(line["query-id"]), set()).add(int(line["corpus-id"]))
    queries = {id: _words(claims[id]) for id in relevant}

    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE paper USING fts5(title, abstract, tokenize='porter unicode61')")
    connection.executemany(
        "INSERT INTO paper (rowid, title, abstract) VALUES (?, ?, ?)",
        [(document["doc_id"], document["title"], " ".join(document["abstract"])) for document in documents],
    )
    methods = {
        "ours": lambda words: ranking.ranked(connection, "paper", words, (2, 1), 10),
        "bm25s": _bm25s(texts, ids),
        "rank_bm25": _rank_bm25(texts, ids),
    }
    found = {name: {} for name in methods}

    def run(name: str):
        found[name] = {id: methods[name](words) for id, words in queries.items()}

    seconds = cpu_seconds(1 if SMOKE else 3, **{name: lambda name=name: run(name) for name in methods})
    quality = {name: _ndcg(found[name], relevant) for name in methods}
    each = {name: 1000 * taken / len(queries) for name, taken in seconds.items()}
    yield Row("SciFact, nDCG@10", "0.69", quality["ours"], 0.69, "nDCG@10", "≥ 1")
    for peer in ("bm25s", "rank_bm25"):
        yield Row("SciFact, nDCG@10", f"{peer}, no stemming", quality["ours"], quality[peer], "nDCG@10")
        yield Row("SciFact, CPU time of a query", peer, each["ours"], each[peer], "ms")


def _words(text: str) -> list[str]:
    return [word for word in dict.fromkeys(search.WORD.findall(text.lower())) if word not in search.STOP]


def _bm25s(texts: list[str], ids: list[int]) -> Callable:
    import bm25s

    index = bm25s.BM25()
    index.index([search.WORD.findall(text.lower()) for text in texts], show_progress=False)

    def find(words: list[str]) -> list[int]:
        best, _ = index.retrieve([words], k=10, show_progress=False)
        return [ids[number] for number in best[0]]

    return find


def _rank_bm25(texts: list[str], ids: list[int]) -> Callable:
    from rank_bm25 import BM25Okapi

    index = BM25Okapi([search.WORD.findall(text.lower()) for text in texts])

    def find(words: list[str]) -> list[int]:
        scores = index.get_scores(words)
        return [ids[number] for number in sorted(range(len(ids)), key=scores.__getitem__, reverse=True)[:10]]

    return find


def _ndcg(found: dict[int, list[int]], relevant: dict[int, set[int]]) -> float:
    """Mean normalised discounted cumulative gain of the first ten, every relevant document being worth 1."""
    gains = []
    for id, wanted in relevant.items():
        gain = sum(1 / math.log2(place + 2) for place, document in enumerate(found[id][:10]) if document in wanted)
        gains.append(gain / sum(1 / math.log2(place + 2) for place in range(min(10, len(wanted)))))
    return sum(gains) / len(gains)

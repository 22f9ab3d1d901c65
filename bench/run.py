"""Times side by side with a peer or a floor in the same run; ratios first. `make bench`.

Prints one table and writes bench/results.json. With SMOKE=1 everything runs once and small, so that
the benchmark cannot rot; its figures then mean nothing.
"""

import asyncio
import json
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from datasette.app import Datasette

from ingest.pubmed_xml import read
from kb import rows, schema, serve
from kb.build import build
from kb.load import load
from tests.pubmed_articles import article_xml

ROOT = Path(__file__).parent.parent
SMOKE = bool(os.environ.get("SMOKE"))
ROUNDS = 1 if SMOKE else 7


def side_by_side(**functions: Callable[[], object]) -> dict[str, float]:
    """Median seconds of process time of each function, taken in turns so that both see the same machine."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(ROUNDS):
        for name, function in functions.items():
            start = time.process_time()
            function()
            times[name].append(time.process_time() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def build_against_raw_sqlite(folder: Path) -> dict:
    """`build` against writing the same rows with sqlite3 alone, into the same tables without index or search."""
    kb = load(ROOT / "data")
    ready = rows.tables(kb)

    def raw():
        path = folder / "raw.db"
        path.unlink(missing_ok=True)
        connection = sqlite3.connect(path)
        for table in schema.TABLES:
            names = schema.columns(table)
            connection.execute(f"CREATE TABLE [{table}] ({', '.join(f'[{n}]' for n in names)})")
            marks = ", ".join("?" * len(names))
            values = [[row.get(name) for name in names] for row in ready.get(table, [])]
            connection.executemany(f"INSERT INTO [{table}] VALUES ({marks})", values)
        connection.commit()
        connection.close()

    return side_by_side(ours=lambda: build(kb, folder / "ours.db"), peer=raw)


def pages_against_stock(folder: Path) -> dict[str, dict]:
    """Our uncached pages against Datasette's own row page, in the same process and database."""
    database = folder / "kb.db"
    build(load(ROOT / "data"), database)
    site = serve.datasette(database, ROOT / "metadata.json")
    stock = Datasette([], immutables=[str(database)])
    loop = asyncio.new_event_loop()
    calls = 2 if SMOKE else 40

    def ask(datasette, path):
        async def go():
            for _ in range(calls):
                response = await datasette.client.get(path)
                assert response.status_code == 200, path

        return lambda: loop.run_until_complete(go())

    pages = {"home": "/", "claim": "/claims/crps", "condition": "/conditions/crps", "search": "/search?q=nerve+pain"}
    return {name: side_by_side(ours=ask(site, path), peer=ask(stock, "/kb/claim/crps")) for name, path in pages.items()}


def reader_against_bio(folder: Path) -> dict:
    """The PubMed reader against Bio.Entrez.read, on generated citations."""
    from Bio import Entrez

    count = 20 if SMOKE else 1000
    articles = b"".join(article_xml(str(pmid)) for pmid in range(1, count + 1))
    head = (
        b'<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN"'
        b' "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n<PubmedArticleSet>'
    )
    path = folder / "articles.xml"
    path.write_bytes(head + articles + b"</PubmedArticleSet>")

    def bio():
        with path.open("rb") as file:
            return Entrez.read(file)

    return side_by_side(ours=lambda: list(read(path)), peer=bio)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = pages_against_stock(folder)
        results = {
            "build, against raw sqlite3 inserts": build_against_raw_sqlite(folder),
            "reading PubMed XML, against Bio.Entrez.read": reader_against_bio(folder),
            **{f"{page} page, against Datasette's row page": times for page, times in pages.items()},
        }
    print(f"{'what':<48} {'ratio':>7} {'ours s':>9} {'peer s':>9}")
    for what, times in results.items():
        print(f"{what:<48} {times['ours'] / times['peer']:>7.2f} {times['ours']:>9.4f} {times['peer']:>9.4f}")
    print("ratio: CPU time of ours divided by the peer's; below 1 is faster than the peer")
    if not SMOKE:
        (ROOT / "bench" / "results.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

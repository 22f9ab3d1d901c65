"""What is measured on: PubMed files and databases of any size, made from nothing but a seed."""

import gzip
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import sqlite_utils

from bench.measure import ROOT
from kb import build, rows, schema
from kb.load import load
from tests.pubmed_articles import article_xml

HEAD = (
    b'<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN"'
    b' "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n<PubmedArticleSet>'
)
#: Syllables of the invented words; the n-th word is used about 1/n as often as the first.
SYLLABLES = "ba ce di fo gu la me ni po ru sa te vi xo zu".split()
WORDS = ["pain"] + [a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES]
WEIGHTS = [1 / (n + 3) for n in range(len(WORDS))]


def pubmed_xml(count: int) -> Iterator[bytes]:
    """A file of so many citations, each with an abstract of about 1 kB, six authors and ten headings."""
    draw = random.Random(1)
    yield HEAD
    for pmid in range(1, count + 1):
        words = draw.choices(WORDS, WEIGHTS, k=190)
        yield article_xml(
            str(pmid),
            title=" ".join(words[:14]).capitalize() + ".",
            abstract=" ".join(words[14:160]).capitalize() + " (P < 0.05).",
            authors=[(word.capitalize(), "AB") for word in words[160:166]],
            journal=" ".join(words[166:169]).capitalize(),
            doi=f"10.1000/{pmid}",
            mesh=[(f"D{i:06}", word, i % 3 == 0) for i, word in enumerate(words[170:180], 100)],
        )
    yield b"</PubmedArticleSet>"


def pubmed_files(folder: Path, count: int) -> tuple[Path, Path]:
    """The same citations plain and gzipped."""
    plain, zipped = folder / "pubmed26n0001.xml", folder / "pubmed26n0001.xml.gz"
    content = b"".join(pubmed_xml(count))
    plain.write_bytes(content)
    zipped.write_bytes(gzip.compress(content, 6))
    return plain, zipped


def multiplied(tables: rows.Tables, times: int) -> rows.Tables:
    """The knowledge base so many times over, each copy with keys of its own; vocabularies and topic stay single."""
    single = {"about", "horizon", "outcome", "route", "form", "condition"}
    keys = {name: _own_keys(name, single) for name in tables}
    return {
        name: rows_ if name in single else [_renamed(row, keys[name], copy) for copy in range(times) for row in rows_]
        for name, rows_ in tables.items()
    }


def _own_keys(table: str, single: set[str]) -> list[str]:
    """The columns of a table that hold its key, or point at a table that is copied too."""
    found = []
    for column, definition in schema.TABLES[table].items():
        target = definition.partition("REFERENCES ")[2].partition("(")[0]
        if "PRIMARY KEY" in definition or "UNIQUE" in definition or (target in schema.TABLES and target not in single):
            found.append(column)
    return found


def _renamed(row: rows.Row, keys: list[str], copy: int) -> rows.Row:
    return row if not copy else row | {key: f"{row[key]}-{copy}" for key in keys if row.get(key) is not None}


def citations(count: int) -> Iterator[rows.Row]:
    """Rows of `citation` that no study is made of."""
    draw = random.Random(2)
    for pmid in range(90_000_000, 90_000_000 + count):
        words = draw.choices(WORDS, WEIGHTS, k=24)
        yield {
            "id": f"PMID:{pmid}",
            "pmid": str(pmid),
            "title": " ".join(words[:14]).capitalize(),
            "authors": "; ".join(f"{word.capitalize()} AB" for word in words[14:18]),
            "journal": " ".join(words[18:20]).capitalize(),
            "year": 1980 + pmid % 45,
            "mesh": "; ".join(words[20:24]),
            "status": "current",
            "source": "made up",
            "retrieved": "2026-01-01",
        }


def database(path: Path, count: int, links: int = 0):
    """The real knowledge base as a database, with so many more citations, and `links` more rows of evidence."""
    kb = load(ROOT / "data")
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
    db = sqlite_utils.Database(connection)
    schema.create(db)
    ready = rows.tables(kb)
    for name in schema.TABLES:
        raw_insert(connection, name, ready.get(name, []))
    raw_insert(connection, "citation", citations(count))
    if links:
        _link(connection, ready, links)
    connection.commit()
    schema.finish(db)
    raw_insert(connection, "about", [{"key": "content_hash", "value": build.content_hash(db) if not count else "-"}])
    connection.commit()
    connection.close()


def _link(connection: sqlite3.Connection, ready: rows.Tables, links: int):
    """Rows of evidence between made-up claims and findings, so that the pages of the real ones stay as they are."""
    claim, study, finding, evidence = (ready[name][0] for name in ("claim", "study", "finding", "evidence"))
    each = max(1, links // 300)
    raw_insert(connection, "claim", (claim | {"id": f"copy-{i}", "code": f"COPY{i}"} for i in range(each)))
    raw_insert(connection, "study", [study | {"key": "copy", "label": "Copy"}])
    raw_insert(connection, "finding", (finding | {"id": f"copy/{i}", "study": "copy"} for i in range(each)))
    context = evidence | {"stance": "context", "directness": "direct"}
    ends = ({"claim": f"copy-{i % each}", "finding": f"copy/{i // 300 % each}"} for i in range(links))
    raw_insert(connection, "evidence", (context | end | {"id": f"copy-{i}"} for i, end in enumerate(ends)))


def raw_insert(connection: sqlite3.Connection, table: str, some: object):
    names = schema.columns(table)
    marks = ", ".join("?" * len(names))
    connection.executemany(
        f"INSERT INTO [{table}] ({', '.join(f'[{n}]' for n in names)}) VALUES ({marks})",
        ([row.get(name) for name in names] for row in some),
    )

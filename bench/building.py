"""`kb build`, beside writing the same rows with sqlite3 alone; and how its cost grows."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bench import corpus
from bench.measure import ROOT, SMOKE, Row, cpu_seconds
from kb import build, rows, schema
from kb.load import load

TIMES = 3 if SMOKE else 30


def measured(folder: Path) -> Iterator[Row]:
    kb = load(ROOT / "data")
    ready = rows.tables(kb)
    times = cpu_seconds(
        ours=lambda: build.build(kb, folder / "built.db"),
        bare=lambda: _raw(folder / "bare.db", ready, False),
        same=lambda: _raw(folder / "same.db", ready, True),
    )
    unit = "CPU seconds"
    yield Row(
        "kb build", "same tables, keys, indexes and search with sqlite3", times["ours"], times["same"], unit, "≤ 3"
    )
    yield Row("kb build", "the rows alone with sqlite3", times["ours"], times["bare"], unit)
    many = corpus.multiplied(ready, TIMES)
    large = cpu_seconds(1, ours=lambda: build.build(kb, folder / "many.db", many))["ours"]
    yield Row(f"kb build of {TIMES} times the records", f"{TIMES} builds", large, TIMES * times["ours"], unit, "≤ 1")


def _raw(path: Path, ready: rows.Tables, whole: bool):
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF")
    for table, definitions in schema.TABLES.items():
        names = schema.columns(table)
        body = ", ".join(f"[{name}]" for name in names)
        connection.execute(schema._create_table(table, definitions) if whole else f"CREATE TABLE [{table}] ({body})")
        corpus.raw_insert(connection, table, ready.get(table, []))
        for (name,) in schema.foreign_keys(table) if whole else ():
            connection.execute(f"CREATE INDEX [{table}_{name}] ON [{table}] ([{name}])")
    for table, names in schema.SEARCHABLE.items() if whole else ():
        body = ", ".join(names)
        connection.execute(f"CREATE VIRTUAL TABLE {table}_fts USING fts5({body}, tokenize='porter', content='{table}')")
        connection.execute(f"INSERT INTO {table}_fts ({table}_fts) VALUES ('rebuild')")
    connection.commit()
    connection.close()

"""What every table, view and column of `kb.db` means: the database and `metadata.json` read together.

A column's description in `metadata.json` is a sentence or two; that of a number ends with `Unit: ….`, and that of a
column which does not come from where its table comes from ends with `Source: ….`.
"""

import json
import re
import sqlite3
from pathlib import Path
from typing import NamedTuple

#: In a checkout at its root, in an installed package beside this module.
PACKAGED = Path(__file__).with_name("metadata.json")
METADATA = PACKAGED if PACKAGED.exists() else Path(__file__).parent.parent / "metadata.json"
SHOWN = (
    "SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view')"
    " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_fts%' ORDER BY rowid"
)
#: Units that are measured; whatever else has a unit is counted, in whole numbers.
MEASURED = {
    "0 to 6",
    "log odds",
    "days",
    "percent",
    "weight",
    "share from 0 to 1",
    "factor",
    "the unit in the column unit",
}


class Column(NamedTuple):
    """One column. `refers` is a table and its column; `values` are those that a CHECK allows, else empty."""

    name: str
    type: str
    key: bool
    needed: bool
    refers: tuple[str, str] | None
    values: tuple[str, ...]
    meaning: str
    unit: str | None
    source: str | None

    @property
    def kind(self) -> str:
        """`string`, `integer`, `number` or `boolean`: what the column holds, whatever SQLite calls it."""
        if self.unit == "1 or 0":
            return "boolean"
        return {"TEXT": "string", "INTEGER": "integer", "REAL": "number"}[self.type]


class Table(NamedTuple):
    name: str
    view: bool
    meaning: str
    source: str
    columns: list[Column]


def read(connection: sqlite3.Connection, metadata: Path = METADATA) -> list[Table]:
    """Every table and view, in the order in which they were made. Raises `KeyError` for what has no description."""
    words = json.loads(Path(metadata).read_text(encoding="utf-8"))["databases"]["kb"]["tables"]
    return [_table(connection, *row, words[row[0]]) for row in connection.execute(SHOWN).fetchall()]


def _table(connection, name: str, kind: str, sql: str, words: dict) -> Table:
    refers = {row[3]: (row[2], row[4]) for row in connection.execute(f"PRAGMA foreign_key_list([{name}])")}
    columns = [
        _column(column, sql if kind == "table" else "", refers.get(column[1]), words["columns"][column[1]])
        for column in connection.execute(f"PRAGMA table_xinfo([{name}])").fetchall()
    ]
    return Table(name, kind == "view", words["description"], words["source"], columns)


def _column(row, sql: str, refers, words: str) -> Column:
    _, name, declared, needed, _, key, _ = row
    check = re.search(rf"CHECK \(\[{name}\] IN \((.*?)\)\)", sql)
    values = tuple(value.strip(" '") for value in check[1].split(",")) if check else ()
    parts = re.fullmatch(r"(.*?)(?: Unit: ([^.]+)\.)?(?: Source: ([^.]+)\.)?", words)
    meaning, unit, source = parts.groups()
    # SQLite does not say of what type an expression in a view is.
    kind = declared or ("TEXT" if unit is None else "REAL" if unit in MEASURED else "INTEGER")
    return Column(name, kind, bool(key), bool(needed or key), refers, values, meaning, unit, source)


def markdown(tables: list[Table]) -> str:
    """Diagram and data dictionary, as `docs/schema.md`."""
    lookups = {t.name for t in tables if not t.view and {"id", "label", "description", "rank"} <= _names(t)}
    parts = [INTRODUCTION, diagram(tables, lookups)]
    for title, chosen in (
        ("Tables", [t for t in tables if not t.view and t.name not in lookups]),
        ("Views", [t for t in tables if t.view]),
        ("Vocabularies", [t for t in tables if t.name in lookups]),
    ):
        parts += [f"## {title}", *map(_section, chosen)]
    return "\n\n".join(parts) + "\n"


INTRODUCTION = """# The schema of kb.db

Written by `kb dictionary`, from the database itself and `metadata.json`; a test fails when it is out of date.

A finding is one outcome at one time in one study; evidence is what a finding says about a claim; certainty is how sure
we are of a claim for one outcome. All else hangs on these. Tables are STRICT: a column of numbers holds only numbers.
Empty means not known or not applicable, and is always NULL, never an empty text."""


def diagram(tables: list[Table], without: set[str]) -> str:
    """The tables and their foreign keys, in Mermaid; vocabularies are left out, or nothing could be seen."""
    lines = [
        f'  {column.refers[0]} ||--o{{ {table.name} : "{column.name}"'
        for table in tables
        for column in table.columns
        if column.refers and column.refers[0] not in without
    ]
    return "\n".join(["```mermaid", "erDiagram", *lines, "```"])


def _names(table: Table) -> set[str]:
    return {column.name for column in table.columns}


def _section(table: Table) -> str:
    rows = ["| column | type | meaning | unit or values | from |", "|---|---|---|---|---|"]
    for column in table.columns:
        kind = f"{column.type}{', key' if column.key else ''}{'' if column.needed or table.view else ', may be empty'}"
        if column.refers:
            kind += f" → {column.refers[0]}.{column.refers[1]}"
        allowed = column.unit or ", ".join(f"`{value}`" for value in column.values)
        meaning = column.meaning.replace("|", "\\|")
        rows.append(f"| `{column.name}` | {kind} | {meaning} | {allowed} | {column.source or table.source} |")
    return f"### {table.name}\n\n{table.meaning}\n\n" + "\n".join(rows)

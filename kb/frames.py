"""Tables and views of `kb.db` as pandas DataFrames (extra `[frames]`), for notebooks. Worked through in docs/frames.md.

Whole numbers are `Int64`, other numbers `Float64`, yes and no `boolean`, text `string`, and terms of a vocabulary
categories in the order of the vocabulary. What is empty is missing (`isna()`), never a text. Dates stay text, as
`2026-01-02`, because some are only a year or a month; they sort rightly.
"""

from contextlib import closing
from pathlib import Path

import pandas as pd

from kb import dictionary
from kb.database import connect

DTYPES = {"string": "string", "integer": "Int64", "number": "Float64", "boolean": "boolean"}


def tables(database: str | Path = "kb.db") -> dict[str, pd.DataFrame]:
    """Every table and view by name. Raises `kb.database.NotBuilt`."""
    with closing(connect(database)) as connection:
        known = dictionary.read(connection)
        terms = vocabularies(connection, known)
        return {table.name: _frame(connection, table, terms) for table in known}


def table(name: str, database: str | Path = "kb.db") -> pd.DataFrame:
    """One table or view; `.attrs` has its meaning and that of its columns.

    Raises `kb.database.NotBuilt`, and `KeyError` where there is no such table or view.
    """
    with closing(connect(database)) as connection:
        known = {table.name: table for table in dictionary.read(connection)}
        if name not in known:
            raise KeyError(f"{name} is no table or view; there are {', '.join(sorted(known))}")
        return _frame(connection, known[name], vocabularies(connection, known.values()))


def vocabularies(connection, known) -> dict[str, list[str]]:
    """Column → its terms in order, for columns that take terms of one vocabulary in every table that has them.

    Views do not declare what their columns refer to; the name says it where all tables agree.
    """
    refers: dict[str, set] = {}
    for table in known:
        if not table.view:
            for column in table.columns:
                refers.setdefault(column.name, set()).add(column.refers if column.values else None)
    agreed = {name: targets.pop() for name, targets in refers.items() if len(targets) == 1}
    return {name: _terms(connection, target[0]) for name, target in agreed.items() if target}


def _terms(connection, vocabulary: str) -> list[str]:
    return [row["id"] for row in connection.execute(f"SELECT id FROM [{vocabulary}] ORDER BY rank")]


def _frame(connection, table: dictionary.Table, terms: dict[str, list[str]]) -> pd.DataFrame:
    rows = list(map(tuple, connection.execute(f"SELECT * FROM [{table.name}]")))
    values = zip(*rows, strict=True) if rows else ([] for _ in table.columns)
    frame = pd.DataFrame(
        {
            column.name: _series(connection, table, column, list(cells), terms)
            for column, cells in zip(table.columns, values, strict=True)
        }
    )
    frame.attrs = {"meaning": table.meaning, "columns": {column.name: column.meaning for column in table.columns}}
    return frame


def _series(connection, table, column: dictionary.Column, cells: list, terms: dict[str, list[str]]) -> pd.Series:
    allowed = terms.get(column.name) if table.view else column.values and _allowed(connection, column)
    if column.kind == "string" and allowed:
        return pd.Series(pd.Categorical(cells, categories=allowed))
    if column.kind == "boolean":
        cells = [None if cell is None else bool(cell) for cell in cells]
    return pd.Series(cells, dtype=DTYPES[column.kind])


def _allowed(connection, column: dictionary.Column) -> list[str]:
    """The values of a column with a CHECK, in the order of their vocabulary where there is one."""
    return _terms(connection, column.refers[0]) if column.refers else list(column.values)

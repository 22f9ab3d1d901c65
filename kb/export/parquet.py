"""Every table and view of `kb.db` as Parquet, with the types and meanings of the data dictionary."""

import io
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from kb import dictionary
from kb.files import put

TYPES = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}


def write(connection, folder: Path) -> str:
    tables = dictionary.read(connection)
    for table in tables:
        put(folder / f"{table.name}.parquet", content(connection, table))
    return f"{len(tables)} tables and views as Parquet"


def content(connection, table: dictionary.Table) -> bytes:
    rows = [dict(row) for row in connection.execute(f"SELECT * FROM [{table.name}]")]
    columns = [_array([row[c.name] for row in rows], c) for c in table.columns]
    file = io.BytesIO()
    parquet.write_table(pa.Table.from_arrays(columns, schema=schema(table)), file)
    return file.getvalue()


def schema(table: dictionary.Table) -> pa.Schema:
    """Names, types, whether empty is allowed, and as metadata what the table and each column mean."""
    fields = [
        pa.field(
            c.name, TYPES[c.kind], nullable=not c.needed, metadata={"description": c.meaning, "unit": c.unit or ""}
        )
        for c in table.columns
    ]
    return pa.schema(fields, metadata={"description": table.meaning, "source": table.source})


def _array(values: list, column: dictionary.Column) -> pa.Array:
    if column.kind == "boolean":
        values = [None if value is None else bool(value) for value in values]
    return pa.array(values, TYPES[column.kind])

"""Shapes of JSON, told by the columns of the database they come from: `pages` of the site → JSON Schema.

A row is written as the columns it holds, so that type, allowed values and meaning are those of the data dictionary:
`finding.*` are all columns of a table, `study.size` one, `study_label=study.label` one under another name,
`a b c=table.*` several of a table, and a question mark at the end says that a join may leave it empty. Whatever a page
works out itself is given as a keyword with its schema.
"""

from collections.abc import Iterable

from kb.dictionary import Column, Table

#: Columns of views that may be empty, which SQLite does not say of a view.
EMPTY_IN_VIEWS = {
    "evidence_table": {
        *("why_indirect", "note", "second_read", "horizon", "horizon_label", "horizon_rank", "days", "time"),
        *("finding_population", "result", "numbers", "size", "n_studies", "routes", "forms", "pmid", "doi", "url"),
        "weight",
    },
    "claim_summary": {"share_for", "newest"},
    "claim_verdict": {"override", "weight", "share_for", "clash"},
    "verdict_weight": {"horizon"},
}
TYPES = {"TEXT": "string", "INTEGER": "integer", "REAL": "number"}

TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
NUMBER = {"type": "number"}
TRUTH = {"type": "boolean"}
FLAG = {"type": "integer", "enum": [0, 1]}


class Row:
    """An object with exactly these keys: `columns` of the database, and `worked_out` ones with their schemas."""

    def __init__(self, columns: str = "", **worked_out):
        self.columns, self.worked_out, self.name = columns.split(), worked_out, None

    def named(self, name: str) -> "Row":
        """The same under a name, by which the description refers to it wherever it occurs."""
        self.name = name
        return self

    def but(self, columns: str = "", **worked_out) -> "Row":
        """The same with more."""
        more = Row(columns, **self.worked_out | worked_out)
        more.columns = [*self.columns, *more.columns]
        return more


class Maybe:
    """The shape, or null."""

    def __init__(self, shape):
        self.shape = shape


class Each:
    """An object with the same shape under every key; `keys` says what the keys are."""

    def __init__(self, shape, keys: str):
        self.shape, self.keys = shape, keys


def schema(shape, tables: dict[str, Table], components: dict[str, dict]) -> dict:
    """JSON Schema of a shape: `Row`, `Maybe`, `Each`, [shape] for a list, or a schema as it is.

    What has a name is put into `components` and referred to.
    """
    match shape:
        case Row(name=None):
            return _object(shape, tables, components)
        case Row(name=name):
            if name not in components:
                components[name] = _object(shape, tables, components)
            return {"$ref": f"#/components/schemas/{name}"}
        case Maybe():
            return {"anyOf": [schema(shape.shape, tables, components), {"type": "null"}]}
        case Each():
            values = schema(shape.shape, tables, components)
            return {"type": "object", "description": f"By {shape.keys}.", "additionalProperties": values}
        case [part]:
            return {"type": "array", "items": schema(part, tables, components)}
        case dict():
            return shape
    raise TypeError(f"no shape: {shape!r}")


def _object(row: Row, tables: dict[str, Table], components: dict[str, dict]) -> dict:
    properties: dict[str, dict] = {}
    for written in row.columns:
        properties |= _columns(written, tables)
    properties |= {name: schema(part, tables, components) for name, part in row.worked_out.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _columns(written: str, tables: dict[str, Table]) -> dict[str, dict]:
    """The properties that one word of a row stands for."""
    name, _, source = written.removesuffix("?").rpartition("=")
    joined = written.endswith("?")
    table, _, column = source.partition(".")
    found = tables[table]
    chosen: Iterable[Column] = found.columns if column == "*" else [_named(found, part) for part in column.split(",")]
    return {name or c.name: _value(found, c, joined) for c in chosen}


def _named(table: Table, name: str) -> Column:
    return next(column for column in table.columns if column.name == name)


def _value(table: Table, column: Column, joined: bool) -> dict:
    """The schema of one column: its type, whether it may be null, what it may hold and what it means."""
    empty = joined or (column.name in EMPTY_IN_VIEWS.get(table.name, ()) if table.view else not column.needed)
    kind = TYPES[column.type]
    found = {"type": [kind, "null"] if empty else kind, "description": column.meaning}
    if column.values:
        values = [int(value) for value in column.values] if kind == "integer" else list(column.values)
        found["enum"] = [*values, None] if empty else values
    if column.unit:
        found["description"] += f" Unit: {column.unit}."
    return found

"""The CSV files of `kb.export.tables` as a Frictionless data package: what each table and column means.

https://specs.frictionlessdata.io/tabular-data-package/ (version 1, which all readers know).
"""

from kb import dictionary

DIALECT = {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True}
GUARD = (
    "Text that a spreadsheet would run as a formula has one apostrophe in front; take it off where text begins with "
    "apostrophes followed by =, +, -, @ (or their full-width forms), a tab or a line break."
)


def describe(connection) -> dict:
    """The content of `datapackage.json`. Raises `KeyError` for a table or column that has no description."""
    about = dict(map(tuple, connection.execute("SELECT key, value FROM about")))
    return {
        "profile": "tabular-data-package",
        "name": "kb",
        "title": about["name"],
        "description": f"{about['description']} {about['disclaimer']} {GUARD}",
        "version": about["content_hash"],
        "licenses": [{"title": about["data_license"], "path": about["data_license_url"]}],
        "resources": [_resource(table) for table in dictionary.read(connection)],
    }


def _resource(table: dictionary.Table) -> dict:
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": f"{table.name}.csv",
        "description": table.meaning,
        "sources": [{"title": table.source}],
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": DIALECT,
        "schema": _schema(table),
    }


def _schema(table: dictionary.Table) -> dict:
    schema = {"fields": [_field(column) for column in table.columns], "missingValues": [""]}
    keys = [column.name for column in table.columns if column.key]
    if keys:
        schema["primaryKey"] = keys
    foreign = [_foreign_key(table, column) for column in table.columns if column.refers]
    if foreign:
        schema["foreignKeys"] = foreign
    return schema


def _field(column: dictionary.Column) -> dict:
    field = {"name": column.name, "type": column.kind, "description": column.meaning}
    if column.unit:
        field["unit"] = column.unit
    if column.kind == "boolean":
        field |= {"trueValues": ["1"], "falseValues": ["0"]}
    constraints = {"required": True} if column.needed else {}
    if column.values and column.kind == "string":
        constraints["enum"] = list(column.values)
    return field | ({"constraints": constraints} if constraints else {})


def _foreign_key(table: dictionary.Table, column: dictionary.Column) -> dict:
    """In a data package the empty name is the table itself."""
    other, key = column.refers
    return {"fields": column.name, "reference": {"resource": "" if other == table.name else other, "fields": key}}

"""Every table and view of `kb.db` as CSV, and `datapackage.json`, which says what they hold."""

import csv
import io
import json
import re
from pathlib import Path

from kb.export import package
from kb.files import put

#: Text that a spreadsheet would run as a formula: it begins with one of these, behind any guards that it has already.
FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
#: Text that begins like a formula but is a plain number.
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?%?")
SHOWN = (
    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
    " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_fts%' ORDER BY name"
)


def write(connection, folder: Path) -> str:
    names = [row["name"] for row in connection.execute(SHOWN)]
    for name in names:
        put(folder / f"{name}.csv", content(connection.execute(f"SELECT * FROM [{name}]")))
    description = json.dumps(package.describe(connection), indent=1, ensure_ascii=False)
    put(folder / "datapackage.json", f"{description}\n".encode())
    return f"{len(names)} tables and views as CSV, with datapackage.json"


def content(rows) -> bytes:
    """Rows of a query as CSV of RFC 4180: UTF-8, a header, CR LF; nothing between commas is NULL."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(column[0] for column in rows.description)
    writer.writerows([guarded(value) for value in row] for row in rows)
    return text.getvalue().encode()


def guarded(value):
    """A value as a cell; text that a spreadsheet would run gets an apostrophe in front, numbers stay numbers."""
    if isinstance(value, str) and FORMULA.match(value) and not NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def unguarded(cell: str) -> str:
    """The text of a cell, as it was before `guarded`."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell

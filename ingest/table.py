"""CSV files that machines write: read whole and checked, written whole or not at all."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from kb.files import put


class TableError(Exception):
    """The file is not the table that it should be, or cannot be written; one line."""


def read(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a table, empty values as ''; none if there is no file. Raises `TableError`."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != columns:
                raise TableError(f"{path}:1: expected the columns {','.join(columns)}")
            rows = []
            for line in reader:
                if None in line or None in line.values() or not line.get("pmid", "1").isdecimal():
                    a_pmid = " and a PMID" * ("pmid" in columns)
                    raise TableError(f"{path}:{reader.line_num}: expected {len(columns)} columns{a_pmid}")
                rows.append(line)
            return rows
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path}: cannot be read: {error}") from None


def write(path: Path, columns: tuple[str, ...], rows: Iterable[Mapping[str, object]], encoding: str = "utf-8"):
    """Put a table in the place of `path` in one step, rows in the order given. Raises `TableError`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    try:
        put(path, text.getvalue().encode(encoding))
    except OSError as error:
        raise TableError(f"{path}: cannot be written: {error.strerror}") from None

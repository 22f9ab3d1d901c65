"""Opening a `kb.db` that somebody built, to read it and nothing else."""

import sqlite3
from pathlib import Path


class NotBuilt(Exception):
    """There is no database built by `kb build`; the message says what to do, in one line."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection that can only read, with rows by name. Raises `NotBuilt`."""
    path = Path(path)
    if not path.is_file():
        raise NotBuilt(f"{path} is missing; run kb build")
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        connection.execute("SELECT value FROM about WHERE key = 'content_hash'").fetchone()[0]
    except (sqlite3.Error, TypeError) as error:
        raise NotBuilt(f"{path}: not a database built by kb build ({error})") from None
    return connection

"""Records → `kb.db`, whole or not at all; the same input gives the same content."""

import contextlib
import datetime as dt
import fcntl
import hashlib
import json
import os
import sqlite3
import tempfile
from pathlib import Path

import sqlite_utils

from kb import retractions, rows, schema
from kb.documents import KnowledgeBase


class BuildFailed(Exception):
    """The database could not be written or did not pass its checks; the old one is untouched."""


def build(kb: KnowledgeBase, out: Path, more: rows.Tables | None = None) -> str:
    """Write the database `out` and return its content hash.

    `more` are rows of tables that the records do not fill, such as those of `kb.located`.

    The work is done in a temporary file beside `out`, checked there, and renamed over it.
    Raises `BuildFailed`.
    """
    out = Path(out)
    try:
        _take_away_left_over(out)
        handle, temporary = _beside(out)
    except OSError as error:
        raise BuildFailed(f"{out}: cannot be written: {error.strerror}") from error
    try:
        digest = _write(kb, temporary, more or {})
        temporary.chmod(0o644)
        os.fsync(handle)
        temporary.replace(out)
        return digest
    except (OSError, sqlite3.Error) as error:
        raise BuildFailed(f"{out}: {error}") from error
    finally:
        temporary.unlink(missing_ok=True)
        os.close(handle)


def _beside(out: Path) -> tuple[int, Path]:
    """A temporary file beside `out`, open and locked, so that other builds can tell it from one left over by a kill."""
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{out.name}.", suffix=".building", dir=out.parent)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.path.exists(name):  # another build may have taken it away before it was locked
            return handle, Path(name)
        os.close(handle)


def _take_away_left_over(out: Path):
    """Remove what killed builds of `out` left behind; what a running build writes is locked."""
    for left in out.parent.glob(f".{out.name}.*.building"):
        with contextlib.suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.with_name(f"{left.name}-journal").unlink(missing_ok=True)
            left.unlink(missing_ok=True)


def _write(kb: KnowledgeBase, path: Path, more: rows.Tables) -> str:
    connection = sqlite3.connect(path)
    # The file is thrown away if anything fails, so its journal need not survive a crash.
    connection.executescript("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF")
    db = sqlite_utils.Database(connection)
    try:
        with db.atomic():
            schema.create(db)
            tables = rows.tables(kb) | more
            for name in schema.TABLES:
                _insert(connection, name, tables.pop(name, []))
            if tables:
                raise BuildFailed(f"rows without a table: {', '.join(tables)}")
        schema.finish(db)
        retractions.enter(db)
        digest = content_hash(db)
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        with db.atomic():
            db["about"].insert({"key": "content_hash", "value": digest})
            db["about"].insert({"key": "built", "value": now.isoformat()})
        _inspect(db)
        db.execute("PRAGMA journal_mode = DELETE")
        # A file that was only added to has no free pages; rewriting it would be a fifth of the work.
        if db.execute("PRAGMA freelist_count").fetchone()[0]:
            db.vacuum()
        return digest
    finally:
        connection.close()


def _insert(connection: sqlite3.Connection, table: str, some: list[rows.Row]):
    """Write rows as they are; they come from our own records, so that nothing has to be guessed or converted."""
    names = schema.columns(table)
    columns, marks = ", ".join(f"[{name}]" for name in names), ", ".join("?" * len(names))
    values = ([row.get(name) for name in names] for row in some)
    connection.executemany(f"INSERT INTO [{table}] ({columns}) VALUES ({marks})", values)


def content_hash(db: sqlite_utils.Database) -> str:
    """SHA-256 of every row of every table, whatever the order in which they were written."""
    digest = hashlib.sha256()
    encode = json.JSONEncoder(ensure_ascii=False).encode
    for name in sorted(schema.TABLES):
        chosen = ", ".join(f"[{column}]" for column in schema.columns(name))
        for row in sorted(encode(row) for row in db.execute(f"SELECT {chosen} FROM [{name}]")):
            if name != "about" or json.loads(row)[0] not in ("content_hash", "built"):
                digest.update(f"{name}\t{row}\n".encode())
    return digest.hexdigest()


def _inspect(db: sqlite_utils.Database):
    """What must hold before anyone reads this database."""
    dangling = db.execute("PRAGMA foreign_key_check").fetchall()
    if dangling:
        raise BuildFailed(f"dangling reference in table {dangling[0][0]}, row {dangling[0][1]}")
    state = db.execute("PRAGMA integrity_check").fetchone()[0]
    if state != "ok":
        raise BuildFailed(f"integrity check: {state}")
    for table in schema.SEARCHABLE:
        db.execute(f"INSERT INTO [{table}_fts]([{table}_fts]) VALUES ('integrity-check')")

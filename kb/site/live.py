"""A new `kb.db` is noticed by the running server, whole, between two requests."""

import asyncio
import logging
import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

from datasette.database import Database

log = logging.getLogger(__name__)

COLUMNS = "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c"


class NotWhole(Exception):
    """The file is no database that can be served; one line."""


class Identity(NamedTuple):
    """What tells one file from another at the same path."""

    inode: int
    modified: int
    size: int

    @classmethod
    def of(cls, path: str | Path) -> "Identity":
        state = os.stat(path)
        return cls(state.st_ino, state.st_mtime_ns, state.st_size)


def inspect(path: str | Path, needed: frozenset = frozenset()) -> frozenset:
    """The tables and columns of a database built by `kb build`, all pages of which can be read.

    Raises `NotWhole`, also where a (table, column) of `needed` is missing.
    """
    try:
        with closing(sqlite3.connect(f"{Path(path).resolve().as_uri()}?immutable=1", uri=True)) as connection:
            if not connection.execute("SELECT value FROM about WHERE key = 'content_hash'").fetchone():
                raise NotWhole("it has no content hash")
            state = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if state != "ok":
                raise NotWhole(" ".join(state.split()))
            columns = frozenset(connection.execute(COLUMNS))
    except sqlite3.Error as error:
        raise NotWhole(str(error)) from None
    if missing := sorted(needed - columns):
        raise NotWhole(f"it has no column {'.'.join(missing[0])}, so another version of this program built it")
    return columns


class Snapshot(Database):
    """One database file with threads and connections of its own, which end with the last request that uses them.

    All connections are opened at once: what happens to the path afterwards does not touch them.
    Raises `NotWhole`.
    """

    def __init__(self, other: Database, threads: int, needed: frozenset = frozenset()):
        super().__init__(other.ds, path=other.path, is_mutable=other.is_mutable)
        self.name, self.route = other.name, other.route
        self.identity = Identity.of(self.path)
        self.columns = inspect(self.path, needed)
        self._open = threading.local() if threads else _Here()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="kb-snapshot") if threads else None
        if self._threads is None:
            self._connect()
        else:
            together = threading.Barrier(threads)
            for opened in [self._threads.submit(self._connect, together) for _ in range(threads)]:
                opened.result()
        if Identity.of(self.path) != self.identity:
            raise NotWhole("it changed while it was opened")

    def _connect(self, together: threading.Barrier | None = None):
        if together:
            together.wait(30)  # so that each thread takes one of these
        connection = self.connect()
        self.ds._prepare_connection(connection, self.name)
        self._open.connection = connection

    async def execute_fn(self, fn):
        if self._threads is None:
            return fn(self._open.connection)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: fn(self._open.connection))

    _execute_fn = execute_fn  # what Datasette 1.0 calls


class _Here:
    """Where a connection stands that is used without threads."""


class Pinned(dict):
    """Datasette's databases; under `name` each request finds the one that it began with."""

    def __init__(self, databases, name: str, request: ContextVar):
        super().__init__(databases)
        self.name, self.request = name, request

    def _of_request(self, name, database):
        return self.request.get(database) if name == self.name else database

    def __getitem__(self, name):
        return self._of_request(name, super().__getitem__(name))

    def get(self, name, default=None):
        return self._of_request(name, super().get(name, default))

    def items(self):
        return [(name, self[name]) for name in self]

    def values(self):
        return [self[name] for name in self]

    def copy(self):
        return Pinned(dict.items(self), self.name, self.request)


class LiveDatabase:
    """ASGI middleware: looks at the file before each request and takes it over when it changed and is whole.

    Datasette keeps one connection per thread and database name for ever, so that a renamed file is never
    noticed. A request under way ends on the file it began with. A file that is not whole is said once and
    left alone: the one before it stays open and served.
    """

    def __init__(self, app, datasette, name: str):
        self.app, self.datasette, self.name = app, datasette, name
        self.request: ContextVar[Snapshot] = ContextVar(f"database of the request to {id(self)}")
        self.current: Snapshot | None = None
        self.refused: Identity | None = None
        self.opening = False

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or self.name not in self.datasette.databases:
            return await self.app(scope, receive, send)
        await self._look()
        pinned = self.request.set(self.current)
        try:
            await self.app(scope, receive, send)
        finally:
            self.request.reset(pinned)

    async def _look(self):
        if self.current is None:  # the first request; whoever comes meanwhile waits
            self._take(self._snapshot())
            return
        try:
            identity = Identity.of(self.current.path)
        except OSError:
            return  # between an unlink and a rename by somebody else: the old one still serves
        if identity in (self.current.identity, self.refused) or self.opening:
            return
        self.opening = True
        try:
            self._take(await asyncio.to_thread(self._snapshot, self.current.columns))
        except (NotWhole, OSError, sqlite3.Error) as error:
            self.refused = identity
            log.warning("%s: the new file is not served: %s; the one before it still is", self.current.path, error)
        finally:
            self.opening = False

    def _snapshot(self, needed: frozenset = frozenset()) -> Snapshot:
        database = self.current or self.datasette.databases[self.name]
        return Snapshot(database, self.datasette.setting("num_sql_threads"), needed)

    def _take(self, snapshot: Snapshot):
        self.current, self.refused = snapshot, None
        databases = {**dict(self.datasette.databases.items()), self.name: snapshot}
        self.datasette.databases = Pinned(databases, self.name, self.request)

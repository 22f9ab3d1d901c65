"""A new `kb.db` is noticed by the running server, whole, between two requests."""

import os
from concurrent.futures import ThreadPoolExecutor

from datasette.database import Database


class LiveDatabase:
    """ASGI middleware: looks at the file before each request and swaps the database when it changed.

    Datasette keeps one connection per thread and database name for ever, so that a renamed file
    is never noticed; a new `Database` needs new threads as well. Requests under way finish on the
    old file, which stays readable until the last of them has let go of it.
    """

    def __init__(self, app, datasette, name: str):
        self.app, self.datasette, self.name = app, datasette, name
        self.seen = None

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            self._look()
        await self.app(scope, receive, send)

    def _look(self):
        current = self.datasette.databases.get(self.name)
        if current is None or current.path is None:
            return
        try:
            state = os.stat(current.path)
        except FileNotFoundError:
            return  # between an unlink and a rename by somebody else: the old one still serves
        identity = (state.st_ino, state.st_mtime_ns, state.st_size)
        if self.seen is not None and identity != self.seen:
            self._swap(current)
        self.seen = identity

    def _swap(self, current: Database):
        fresh = Database(self.datasette, path=current.path, is_mutable=current.is_mutable)
        fresh.name, fresh.route = current.name, current.route
        old_threads = self.datasette.executor
        if old_threads is not None:
            self.datasette.executor = ThreadPoolExecutor(max_workers=self.datasette.setting("num_sql_threads"))
        self.datasette.databases = {**self.datasette.databases, self.name: fresh}
        if old_threads is not None:
            old_threads.shutdown(wait=False)

"""`kb.db` → a running site: Datasette with the settings that a public server needs."""

import asyncio
import contextlib
import json
import socket
from pathlib import Path

import uvicorn
from datasette import __version__
from datasette.app import Datasette
from datasette.database import Database

from kb.database import NotBuilt, connect
from kb.site.live import NotWhole, inspect
from kb.versions import hole

#: The name under which the plugin finds its own settings.
PLUGIN = "evidence_kb"

#: https://docs.datasette.io/en/0.65/settings.html - limits measured for a small public server.
SETTINGS = {
    "sql_time_limit_ms": 500,
    "max_returned_rows": 1000,
    "default_page_size": 50,
    "suggest_facets": False,
    "facet_time_limit_ms": 100,
    "allow_csv_stream": True,
    "max_csv_mb": 10,
    "num_sql_threads": 3,
}
#: The name of the database in addresses, in metadata.json and for the plugin, whatever its file is called.
NAME = "kb"
#: What one process serves: everything, our pages without any SQL of visitors, or Datasette's tables and SQL.
PARTS = ("all", "pages", "data")
#: Requests under way at once; more are told to come again (503).
MOST_AT_ONCE = 200


class CannotServe(Exception):
    """The database or the metadata cannot be served; the message says why in one line."""


def datasette(database: Path, metadata: Path, part: str = "all") -> Datasette:
    """The site over one database file, opened immutable; `metadata` describes tables and queries.

    `part` is one of `PARTS`. Raises `CannotServe`.
    """
    if wrong := hole(__version__):
        raise CannotServe(f"Datasette {__version__} has a known hole: {wrong}; install the one pyproject.toml names")
    try:
        connect(database).close()
        inspect(database)
    except NotBuilt as error:
        raise CannotServe(str(error)) from error
    except NotWhole as error:
        raise CannotServe(f"{database} is damaged: {error}; run kb build") from error
    try:
        words = json.loads(Path(metadata).read_text(encoding="utf-8"))
    except ValueError as error:
        raise CannotServe(f"{metadata}: not readable as JSON: {error}") from error
    words = words | {"plugins": words.get("plugins", {}) | {PLUGIN: {"part": part}}}
    settings = SETTINGS | ({"default_allow_sql": False} if part == "pages" else {})
    site = Datasette([], immutables=[str(database)], metadata=words, settings=settings, cors=True)
    _rename(site)
    return site


def _rename(site: Datasette):
    """Give the database the name that pages, descriptions and queries know; Datasette names it after its file."""
    found = site.get_database()
    if found.name != NAME:
        site.remove_database(found.name)  # Datasette 1.0 closes it
        site.add_database(Database(site, path=found.path, is_mutable=False), name=NAME)


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections. Raises `CannotServe`."""
    # The protocol must be named: asyncio looks for it before it turns Nagle's algorithm off, and without that every
    # answer on a connection that is used again waits 40 ms.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise CannotServe(
            f"{host}:{port} cannot be used: {error.strerror}; choose another with --host or --port"
        ) from error
    return listener


def run(database: Path, metadata: Path, host: str, port: int, part: str = "all"):
    """Serve until interrupted; port 0 takes a free one. Prints the address. Raises `CannotServe`."""
    site = datasette(database, metadata, part)
    # Datasette would start with the first request and let others pass meanwhile, which then fail.
    asyncio.run(site.invoke_startup())
    app = site.app()
    listener = listen(host, port)
    print(f"http://{host}:{listener.getsockname()[1]}/", flush=True)
    # Uvicorn ends an interrupted run by raising the signal again; being stopped by Ctrl-C is no error.
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(
            uvicorn.Config(app, log_level="warning", server_header=False, limit_concurrency=MOST_AT_ONCE)
        ).run(sockets=[listener])

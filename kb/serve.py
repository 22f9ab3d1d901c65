"""`kb.db` → a running site: Datasette with the settings that a public server needs."""

import asyncio
import contextlib
import json
import socket
from pathlib import Path

import uvicorn
from datasette.app import Datasette

from kb.database import NotBuilt, connect

#: https://docs.datasette.io/en/0.65/settings.html - limits measured for a small public server.
SETTINGS = {
    "sql_time_limit_ms": 300,
    "max_returned_rows": 1000,
    "default_page_size": 50,
    "suggest_facets": False,
    "facet_time_limit_ms": 100,
    "allow_csv_stream": True,
    "max_csv_mb": 10,
    "num_sql_threads": 3,
}


class CannotServe(Exception):
    """The database or the metadata cannot be served; the message says why in one line."""


def datasette(database: Path, metadata: Path) -> Datasette:
    """The site over one database file, opened immutable; `metadata` describes tables and queries.

    Raises `CannotServe`.
    """
    try:
        connect(database).close()
    except NotBuilt as error:
        raise CannotServe(str(error)) from error
    try:
        words = json.loads(Path(metadata).read_text(encoding="utf-8"))
    except ValueError as error:
        raise CannotServe(f"{metadata}: not readable as JSON: {error}") from error
    return Datasette([], immutables=[str(database)], metadata=words, settings=SETTINGS, cors=True)


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


def run(database: Path, metadata: Path, host: str, port: int):
    """Serve until interrupted; port 0 takes a free one. Prints the address. Raises `CannotServe`."""
    site = datasette(database, metadata)
    # Datasette would start with the first request and let others pass meanwhile, which then fail.
    asyncio.run(site.invoke_startup())
    app = site.app()
    listener = listen(host, port)
    print(f"http://{host}:{listener.getsockname()[1]}/", flush=True)
    # Uvicorn ends an interrupted run by raising the signal again; being stopped by Ctrl-C is no error.
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])

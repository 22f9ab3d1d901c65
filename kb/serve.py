"""`kb.db` → a running site: Datasette with the settings that a public server needs."""

import contextlib
import json
import socket
from pathlib import Path

import uvicorn
from datasette.app import Datasette

from kb.database import NotBuilt, connect

#: https://docs.datasette.io/en/0.65/settings.html - limits measured for a small public server.
SETTINGS = {
    "sql_time_limit_ms": 1000,
    "max_returned_rows": 1000,
    "default_page_size": 50,
    "suggest_facets": False,
    "facet_time_limit_ms": 200,
    "allow_csv_stream": True,
    "max_csv_mb": 20,
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


def run(database: Path, metadata: Path, host: str, port: int):
    """Serve until interrupted; port 0 takes a free one. Prints the address. Raises `CannotServe`."""
    app = datasette(database, metadata).app()
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        raise CannotServe(
            f"{host}:{port} cannot be used: {error.strerror}; choose another with --host or --port"
        ) from error
    print(f"http://{host}:{listener.getsockname()[1]}/", flush=True)
    # Uvicorn ends an interrupted run by raising the signal again; being stopped by Ctrl-C is no error.
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])

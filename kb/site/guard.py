"""What is refused before anything reads it: floods of parameters, strange addresses, other methods, large bodies.

Each rule answers a measured harm or a known hole; docs/security.md names them.
"""

import json
import re
import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_plus, unquote_to_bytes

from markupsafe import escape

from kb.site.rate import Rate

#: Bytes. A query for Datasette's SQL page is the longest thing that anyone asks by GET.
LONGEST_PATH, LONGEST_QUERY = 1000, 8000
#: Datasette parses the query string again for every link of a page: 5,000 parameters held it for 27 s.
MOST_PARAMETERS = 60
#: Each may take its own time limit.
MOST_FACETS = 5
FACETS = ("_facet", "_facet_array", "_facet_date")
#: How long shared caches keep a page, and traces of its making, are not for a visitor to say.
DROPPED = {"_ttl", "_trace", "_context"}
#: Nobody has an account here, so that nothing can be done in somebody's name.
UNREAD_HEADERS = {b"cookie", b"authorization"}
#: What Datasette may show of itself. The rest of /-/ names files, threads and tools for debugging.
OPEN = re.compile(r"/-/(static/.+|static-plugins/.+|versions(\.json)?|metadata(\.json)?)")
HOST = re.compile(rb"([A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
#: The parts that one process may be told to serve, so that slow SQL holds up nobody's page.
DATA_PATH = re.compile(r"/(kb|kb[./].*|-/.*)")
SHARED_PATH = re.compile(r"/(-/static.*|robots\.txt)")

#: https://www.sqlite.org/limits.html. The time limit cannot interrupt one call of one function.
SQLITE_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 250_000,  # bytes of a value or row; the longest here has some thousands
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 20_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 2_000,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 5,
}


def restrain(connection: sqlite3.Connection):
    """Limit what one statement of a visitor may ask of SQLite."""
    for category, limit in SQLITE_LIMITS.items():
        connection.setlimit(category, limit)


class Refusal(NamedTuple):
    status: int
    why: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


class TooLarge(Exception):
    """The body that arrives is longer than the page takes."""


def refusal(scope: dict, posts: Mapping[str, int], part: str = "all") -> Refusal | None:
    """Why a request is not answered, or None. `posts` are the paths that take a body, and its most bytes."""
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogateescape")
    raw, query = raw.partition(b"?")[0], scope.get("query_string", b"")
    return (
        _bad_length(raw, query)
        or _bad_path(raw)
        or _bad_host(scope)
        or _bad_method(scope, posts)
        or _closed(unquote_to_bytes(raw).decode(), part)
        or _bad_query(query)
    )


def _bad_length(raw: bytes, query: bytes) -> Refusal | None:
    if len(raw) > LONGEST_PATH:
        return Refusal(414, f"The address is longer than {LONGEST_PATH} bytes.")
    if len(query) > LONGEST_QUERY:
        return Refusal(414, f"The part of the address after the question mark is longer than {LONGEST_QUERY} bytes.")
    return None


@lru_cache(1024)
def _bad_path(raw: bytes) -> Refusal | None:
    path = unquote_to_bytes(raw)
    try:
        path.decode()
    except UnicodeDecodeError:
        return Refusal(400, "The address is not UTF-8.")
    # A doubled slash or a backslash in a redirect leads to another host.
    strange = b"\\" in path or b"//" in path or not path.startswith(b"/") or not raw.isascii()
    if strange or any(byte < 0x20 or byte == 0x7F for byte in path):
        return Refusal(400, "The address holds characters that no page here has.")
    if {b".", b".."} & set(path.split(b"/")):
        return Refusal(400, "The address leads upwards.")
    return None


def _bad_host(scope: dict) -> Refusal | None:
    """Pages name their own address, so that it must at least be one."""
    hosts = [value for name, value in scope["headers"] if name.lower() == b"host"]
    if len(hosts) > 1 or (hosts and not HOST.fullmatch(hosts[0])):
        return Refusal(400, "The Host header is not a name.")
    return None


def _bad_method(scope: dict, posts: Mapping[str, int]) -> Refusal | None:
    method, most = scope["method"], posts.get(scope["path"])
    if method in ("GET", "HEAD"):
        return None
    if method != "POST" or most is None:
        allowed = b"GET, HEAD" if most is None else b"POST" if scope["path"].endswith(".json") else b"GET, HEAD, POST"
        return Refusal(405, f"This page does not take {method[:20]}.", ((b"allow", allowed),))
    length = dict(scope["headers"]).get(b"content-length", b"0")
    if not length.isdigit():
        return Refusal(400, "The length of the body is not a number.")
    return Refusal(413, too_large(most)) if int(length[:20]) > most else None


def too_large(most: int) -> str:
    return f"This page takes at most {most:,} bytes."


@lru_cache(1024)
def _closed(path: str, part: str) -> Refusal | None:
    if path.startswith("/-/") and not OPEN.fullmatch(path):
        return Refusal(404, "Datasette does not show this here.")
    elsewhere = {"all": False, "pages": bool(DATA_PATH.fullmatch(path)), "data": not DATA_PATH.fullmatch(path)}[part]
    if elsewhere and not SHARED_PATH.fullmatch(path):
        return Refusal(404, "Another server of this site answers here.")
    return None


def _bad_query(query: bytes) -> Refusal | None:
    names = [_name(parameter) for parameter in query.split(b"&")] if query else []
    if len(names) > MOST_PARAMETERS:
        return Refusal(414, f"More than {MOST_PARAMETERS} parameters.")
    if sum(name in FACETS for name in names) > MOST_FACETS:
        return Refusal(400, f"More than {MOST_FACETS} facets.")
    return None


def _name(parameter: bytes) -> str:
    return unquote_plus(parameter.partition(b"=")[0].decode("latin-1"))


def cleaned(scope: dict) -> dict:
    """The request without the parameters and headers that nobody here reads."""
    query = scope.get("query_string", b"")
    if query and any(_name(parameter) in DROPPED for parameter in query.split(b"&")):
        query = b"&".join(parameter for parameter in query.split(b"&") if _name(parameter) not in DROPPED)
    headers = [(name, value) for name, value in scope["headers"] if name.lower() not in UNREAD_HEADERS]
    return {**scope, "query_string": query, "headers": headers}


class Guard:
    """ASGI middleware that answers what is refused, with a line that says why, and lets the rest pass."""

    def __init__(self, app, posts: Mapping[str, int], part: str = "all", rate: Rate | None = None):
        self.app, self.posts, self.part, self.rate = app, posts, part, rate or Rate()

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        found = refusal(scope, self.posts, self.part)
        wait = self.rate.wait(scope, heavy=scope["method"] == "POST" or bool(DATA_PATH.fullmatch(scope["path"])))
        if wait:
            after = ((b"retry-after", b"%d" % wait),)
            found = Refusal(429, f"Too many requests; try again in {wait} s.", after)
        if found:
            return await _answer(scope, send, found)
        await self.app(cleaned(scope), self._limited(scope, receive), send)

    def _limited(self, scope, receive):
        """`receive`, ending with `TooLarge` when more arrives than was announced or allowed."""
        if scope["method"] != "POST":
            return receive
        most, seen = self.posts[scope["path"]], 0

        async def limited():
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise TooLarge(too_large(most))
            return message

        return limited


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{status}</title></head>
<body><main><h1>{status}</h1><p>{why}</p><p><a href="/">Home</a></p></main></body></html>
"""


async def _answer(scope: dict, send, found: Refusal):
    if scope["path"].endswith(".json"):
        kind = b"application/json; charset=utf-8"
        body = json.dumps({"ok": False, "error": found.why, "status": found.status}).encode()
    else:
        kind, body = b"text/html; charset=utf-8", PAGE.format(status=found.status, why=escape(found.why)).encode()
    headers = [
        (b"content-type", kind),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *found.headers,
    ]
    await send({"type": "http.response.start", "status": found.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

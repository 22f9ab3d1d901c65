"""Finished pages are kept: what one reader asked for, the next has without a query or a template."""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

#: Bytes of all pages kept, plain and gzipped; those not asked for longest go first.
ROOM = 64 << 20
#: Bytes of the largest page kept. Larger answers are somebody's bulk, not a page.
LARGEST = 4 << 20
#: Readers revalidate each time, with a 304 where nothing changed: a new database shows at once.
ALWAYS_ASK = (b"cache-control", b"no-cache")

Headers = list[tuple[bytes, bytes]]


class Variant(NamedTuple):
    """A page as sent, plain or gzipped. `unchanged` are the headers of a 304."""

    etag: bytes
    headers: Headers
    unchanged: Headers
    body: bytes


class Kept(NamedTuple):
    plain: Variant
    zipped: Variant

    @property
    def size(self) -> int:
        return len(self.plain.body) + len(self.zipped.body)


class Answer:
    """What an application sent, collected."""

    def __init__(self):
        self.messages = []

    async def collect(self, message):
        self.messages.append(message)

    def kept(self) -> Kept | None:
        """The answer as a page to keep; None unless it is a 200 that is the same for everybody."""
        start, *parts = self.messages
        headers = [(name.lower(), value) for name, value in start.get("headers", [])]
        found = dict(headers)
        private = {b"private", b"no-store"} & set(found.get(b"cache-control", b"").replace(b",", b" ").split())
        coded = b"content-encoding" in found
        body = b"".join(part.get("body", b"") for part in parts)
        if start["status"] != 200 or private or coded or b"set-cookie" in found or len(body) > LARGEST:
            return None
        return Kept(_variant(headers, body, body), _variant(headers, body, gzip.compress(body, 6, mtime=0), b"gzip"))


def _variant(headers: Headers, content: bytes, body: bytes, coding: bytes = b"") -> Variant:
    """`content` is the page, `body` the same in the coding named."""
    found = dict(headers)
    etag = b'"%s%s"' % (hashlib.sha256(content).hexdigest()[:32].encode(), b"-" + coding if coding else b"")
    vary = b", ".join(filter(None, (found.get(b"vary"), b"Accept-Encoding")))
    caching = (b"cache-control", found[b"cache-control"]) if b"cache-control" in found else ALWAYS_ASK
    unchanged = [(b"etag", etag), (b"vary", vary), caching]
    rest = [header for header in headers if header[0] not in (b"etag", b"vary", b"cache-control", b"content-length")]
    length = (b"content-length", b"%d" % len(body))
    return Variant(
        etag, [*rest, *unchanged, length, *([(b"content-encoding", coding)] if coding else [])], unchanged, body
    )


class PageCache:
    """ASGI middleware: keeps the 200 answers to GET for addresses that `cacheable(path, query)` allows.

    A page belongs to the object that `source()` gives, the database it was made from; when that is
    another, all pages go. Pages name their own address, so the host and scheme asked for are part of
    the key: what a forged Host header brings is given to nobody else. A request with a cookie or an
    authorization passes by.
    """

    def __init__(self, app, source: Callable[[], object], cacheable: Callable[[str, str], bool], room: int = ROOM):
        self.app, self.source, self.cacheable, self.room = app, source, cacheable, room
        self.pages: OrderedDict[tuple, Kept] = OrderedDict()
        self.size, self.made_from = 0, None

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return await self.app(scope, receive, send)
        headers = dict(scope["headers"])
        if b"cookie" in headers or b"authorization" in headers:
            return await self.app(scope, receive, send)
        made_from = self.source()
        if made_from is not self.made_from:
            self.pages.clear()
            self.size, self.made_from = 0, made_from
        path = scope.get("raw_path", scope["path"].encode()).partition(b"?")[0]
        query = scope.get("query_string", b"")
        key = scope.get("scheme"), headers.get(b"host"), path, query
        page = self.pages.get(key)
        if page is None:
            # Latin-1 takes every byte; what is not ASCII is no address of ours.
            if not self.cacheable(path.decode("latin-1"), query.decode("latin-1")):
                return await self.app(scope, receive, send)
            answer = Answer()
            await self.app({**scope, "method": "GET"}, receive, answer.collect)
            page = answer.kept()
            if page is None:
                for message in answer.messages:
                    await send(message)
                return
            # The database may have been replaced while the page was made.
            if self.source() is made_from is self.made_from:
                self._keep(key, page)
        else:
            self.pages.move_to_end(key)
        await _send(page, scope["method"], headers, send)

    def _keep(self, key: tuple, page: Kept):
        # Two readers may have waited for the same page.
        self.size += page.size - (self.pages.pop(key).size if key in self.pages else 0)
        self.pages[key] = page
        while self.size > self.room:
            self.size -= self.pages.popitem(last=False)[1].size


async def _send(page: Kept, method: str, headers: dict[bytes, bytes], send):
    variant = page.zipped if accepts_gzip(headers.get(b"accept-encoding", b"")) else page.plain
    if _matches(headers.get(b"if-none-match"), variant.etag):
        await send({"type": "http.response.start", "status": 304, "headers": variant.unchanged})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": variant.headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else variant.body})


@lru_cache(256)
def accepts_gzip(accepted: bytes) -> bool:
    """Whether an Accept-Encoding header takes gzip. https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3"""
    codings = {}
    for part in accepted.lower().replace(b" ", b"").split(b","):
        coding, _, weight = part.partition(b";q=")
        codings[coding] = weight.strip(b"0.") != b"" or not weight
    return codings.get(b"gzip", codings.get(b"*", False))


def _matches(none_match: bytes | None, etag: bytes) -> bool:
    """Whether an If-None-Match header names this page; a proxy may have made its mark a weak one."""
    if none_match is None:
        return False
    tags = [tag.strip().removeprefix(b"W/") for tag in none_match.split(b",")]
    return etag in tags or tags == [b"*"]

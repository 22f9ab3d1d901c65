"""Kept pages: the same bytes as made afresh, never of an old database, never somebody else's."""

import asyncio
import gzip
import json
import socket

import httpx
import pytest

from kb import serve
from kb.build import build
from kb.site import PAGES, cacheable
from kb.site.cache import PageCache, accepts_gzip
from tests.conftest import Site

PLAIN = {"accept-encoding": "identity"}


@pytest.fixture
def tiny_once(tiny_path):
    """A site of its own, with an empty cache."""
    return Site(tiny_path)


def paths(site):
    """Every page of the site without variables, one of each kind with, and their JSON."""
    claim = site.get("/claims.json").json()["claims"][0]["id"]
    study = site.get("/studies.json").json()["studies"][0]["key"]
    found = [page.address for page in PAGES if "(" not in page.address]
    found += [f"/claims/{claim}", f"/studies/{study}", f"/claims/{claim}.json", "/index.json", "/changes.atom"]
    return [*found, "/claims?type=efficacy&verdict=", "/studies?design=rct"]


def without_cache(path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("kb.site.cacheable", lambda path, query: False)
        return Site(path)


def test_a_kept_page_is_the_page_made_afresh(tiny_once, monkeypatch):
    uncached = without_cache(tiny_once.path, monkeypatch)
    assert "etag" not in uncached.get("/claims").headers
    for path in paths(tiny_once):
        afresh = uncached.get(path, headers=PLAIN)
        first, second = (tiny_once.get(path, headers=PLAIN) for _ in range(2))
        zipped = tiny_once.get(path, headers={"accept-encoding": "gzip"})
        assert afresh.status_code == first.status_code == 200, path
        assert afresh.content == first.content == second.content == zipped.content, path
        assert first.headers == second.headers
        assert zipped.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in first.headers
        assert zipped.headers["etag"] != first.headers["etag"]
        # Everything that was said without a cache is said with it.
        kept = dict(first.headers)
        vary = {part.strip() for part in kept.pop("vary").split(",")}
        assert vary == {part.strip() for part in afresh.headers.get("vary", "").split(",") if part} | {
            "Accept-Encoding"
        }
        said = {name: value for name, value in afresh.headers.items() if name not in ("vary", "cache-control")}
        assert {name: kept.get(name) for name in said} == said
        assert set(kept) - set(said) == {"etag", "cache-control", "content-length"}


def test_what_has_not_changed_is_not_sent_again(tiny_once):
    for coding in ("identity", "gzip"):
        headers = {"accept-encoding": coding}
        page = tiny_once.get("/claims", headers=headers)
        for told in (page.headers["etag"], f"W/{page.headers['etag']}", f'"other", {page.headers["etag"]}', "*"):
            same = tiny_once.get("/claims", headers=headers | {"if-none-match": told})
            assert (same.status_code, same.content) == (304, b"")
            assert same.headers["etag"] == page.headers["etag"]
            assert same.headers["vary"] == page.headers["vary"]
            assert "content-security-policy" in same.headers
        other = tiny_once.get("/claims", headers=headers | {"if-none-match": '"other"'})
        assert (other.status_code, other.content) == (200, page.content)


def test_head_has_the_headers_and_no_body(tiny_once):
    for _ in range(2):
        head = tiny_once.loop.run_until_complete(tiny_once.datasette.client.head("/claims", headers=PLAIN))
        page = tiny_once.get("/claims", headers=PLAIN)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers == page.headers


def test_a_new_database_is_shown_at_once(tiny, real, tmp_path, monkeypatch):
    path = tmp_path / "kb.db"
    build(tiny, path)
    site = Site(path)
    before = [site.get("/") for _ in range(2)][1]
    assert site.get("/claims/crps").status_code == 404
    build(real, path)
    told = {"if-none-match": before.headers["etag"]}
    after = site.get("/", headers=told)
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert after.content == without_cache(path, monkeypatch).get("/").content
    assert site.get("/claims/crps").status_code == 200


def test_an_address_in_a_page_is_that_of_who_asked(real_path):
    site = Site(real_path)
    for host in ("evil.example", "kb.example", "evil.example"):
        page = site.get("/changes.atom", headers={"host": host}).text
        assert f"http://{host}/" in page
        assert ("evil" in page) == ("evil" in host)


@pytest.mark.parametrize(
    "path, query, kept",
    [
        ("/", "", True),
        ("/index.json", "", True),
        ("/claims", "", True),
        ("/claims", "type=efficacy", True),
        ("/claims", "type=efficacy&verdict=&condition=", True),
        ("/claims.json", "type=efficacy", True),
        ("/claims", "other=efficacy", False),
        ("/claims", "type=a&type=b", False),
        ("/claims", "type=a b", False),
        ("/claims", "type=" + "a" * 300, False),
        ("/claims", "&".join(f"type={i}" for i in range(30)), False),
        ("/claims/a", "type=efficacy", False),
        ("/search", "q=pain", False),
        ("/changes.atom", "", True),
        ("/changes.atom", "q", False),
        ("/claims", "&", False),
        ("/claims", "type=efficacy&", False),
        ("/claims", "type=%65fficacy", False),
        ("/changes.atom", "q=1", False),
        ("/kb", "", False),
        ("/kb/claim", "", False),
        ("/kb.db", "", False),
        ("/-/static/app.css", "", False),
        ("/claims/", "", False),
        ("/%63laims", "", False),
        ("//claims", "", False),
    ],
)
def test_only_our_pages_with_their_filters_are_kept(path, query, kept):
    assert cacheable(path, query) is kept


@pytest.mark.parametrize(
    "accepted, taken",
    [
        (b"", False),
        (b"gzip", True),
        (b"deflate, GZIP", True),
        (b"br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        (b"gzip; q=0", False),
        (b"gzip;q=0.000, *", False),
        (b"gzip;q=0.001", True),
        (b"*", True),
        (b"*;q=0", False),
        (b"identity", False),
        (b"x-gzippy", False),
    ],
)
def test_gzip_is_sent_to_those_who_take_it(accepted, taken):
    assert accepts_gzip(accepted) is taken


def test_a_connection_used_again_does_not_wait():
    """asyncio sends small answers at once only where the socket names its protocol, and accepted ones inherit it."""
    with serve.listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP


# --- the cache alone, before an application that counts ---------------------------------------------


class Counted:
    """An application that says how often it was asked, with what a path or a test wants."""

    def __init__(self):
        self.asked, self.database, self.then = 0, object(), None

    async def __call__(self, scope, receive, send):
        self.asked += 1
        status = int(scope["path"].strip("/") or 200) if scope["path"].strip("/").isdecimal() else 200
        headers = [(b"content-type", b"text/plain")]
        headers += {
            "/cookie": [(b"Set-Cookie", b"a=b")],
            "/private": [(b"Cache-Control", b"private, max-age=9")],
            "/unstored": [(b"Cache-Control", b"no-store")],
            "/coded": [(b"Content-Encoding", b"br")],
        }.get(scope["path"], [])
        if self.then:
            self.then()
        body = b"x" * (5 << 20) if scope["path"] == "/large" else f"{self.asked} {scope['method']}".encode()
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body[:1], "more_body": True})
        await send({"type": "http.response.body", "body": body[1:]})


def asking(room=1 << 20):
    app = Counted()
    cache = PageCache(app, lambda: app.database, lambda path, query: not query, room)

    def ask(path, method="GET", **options):
        async def go():
            transport = httpx.ASGITransport(app=cache)
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await client.request(method, path, **options)

        return asyncio.run(go())

    return app, cache, ask


def test_a_page_is_made_once():
    app, _, ask = asking()
    assert [ask("/a").text for _ in range(3)] == ["1 GET"] * 3
    assert [ask("/b").text for _ in range(3)] == ["2 GET"] * 3
    assert app.asked == 2
    assert ask("/a").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/404", "/302", "/500", "/cookie", "/private", "/unstored", "/coded", "/large", "/?a"]
)
def test_these_are_made_each_time(path):
    app, cache, ask = asking()
    if path == "/coded":
        assert [ask(path, headers=PLAIN).headers["content-type"] for _ in range(2)] == ["text/plain"] * 2
    else:
        assert ask(path).content != b"" and ask(path).content != b""
    assert (app.asked, len(cache.pages)) == (2, 0)


@pytest.mark.parametrize("headers", [{"cookie": "a=b"}, {"authorization": "Bearer x"}])
def test_a_request_of_somebody_passes_by(headers):
    _, _, ask = asking()
    ask("/a")
    assert ask("/a", headers=headers).text == "2 GET"
    assert ask("/a").text == "1 GET"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_pass_by(method):
    _, cache, ask = asking()
    assert [ask("/a", method).text for _ in range(2)] == [f"1 {method}", f"2 {method}"]
    assert not cache.pages


def test_hosts_and_schemes_are_apart():
    _, _, ask = asking()
    hosts = ["a.example", "b.example", "a.example"]
    assert [ask("/a", headers={"host": host}).text for host in hosts] == ["1 GET", "2 GET", "1 GET"]
    assert ask("https://here/a", headers={"host": "a.example"}).text == "3 GET"


def test_no_more_is_kept_than_there_is_room_for():
    app, cache, ask = asking(room=400)
    for i in range(50):
        ask(f"/a{i}")
        ask("/often")
        assert cache.size <= 400
        assert cache.size == sum(page.size for page in cache.pages.values())
    assert app.asked == 51, "what is asked for often stays"


def test_nothing_is_kept_of_a_database_that_was_replaced_meanwhile():
    app, cache, ask = asking()
    app.then = lambda: setattr(app, "database", object())
    assert ask("/a").text == "1 GET"
    assert not cache.pages
    app.then = None
    assert [ask("/a").text for _ in range(2)] == ["2 GET", "2 GET"]
    app.database = object()
    assert ask("/a").text == "3 GET"


def test_two_readers_at_once_count_a_page_once():
    _, cache, _ = asking()

    async def go():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=cache), base_url="http://here") as client:
            return await asyncio.gather(*(client.get("/a") for _ in range(5)))

    asyncio.run(go())
    assert cache.size == sum(page.size for page in cache.pages.values())
    assert len(cache.pages) == 1


def test_the_zipped_body_is_the_body(tiny_once):
    async def go():
        sent = []
        scope = {"type": "http", "method": "GET", "path": "/claims.json", "raw_path": b"/claims.json"}
        scope |= {"query_string": b"", "scheme": "http", "headers": [(b"host", b"a"), (b"accept-encoding", b"gzip")]}

        async def send(message):
            sent.append(message)

        async def receive():
            return {"type": "http.request"}

        await tiny_once.datasette.app()(scope, receive, send)
        return sent

    start, body = tiny_once.loop.run_until_complete(go())
    headers = dict(start["headers"])
    assert int(headers[b"content-length"]) == len(body["body"])
    assert json.loads(gzip.decompress(body["body"]))["claims"]

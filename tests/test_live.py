"""A database replaced under a running server: the old one or the new one, never a half, and never a bad one."""

import asyncio
import gc
import logging
import os
import re
import shutil
import threading

import pytest

from kb.build import build
from tests.conftest import Site

PAGES = ("/", "/claims", "/studies", "/kb/claim", "/kb/claim.json?_shape=array", "/kb.json?sql=select+*+from+claim")


@pytest.fixture
def two(tiny, tmp_path):
    """Two databases of the same size of claims, told apart by a word in every statement."""
    paths = {}
    for word in ("Elder", "Younger"):
        claims = {
            key: claim.model_copy(update={"statement": f"{word} {claim.statement}"})
            for key, claim in tiny.claims.items()
        }
        paths[word] = tmp_path / f"{word}.db"
        build(type(tiny)(**{**vars(tiny), "claims": claims}), paths[word])
    return paths


def put(source, path):
    """As `kb build` does it: beside, then in one step."""
    beside = path.with_suffix(".new")
    shutil.copy(source, beside)
    os.replace(beside, path)


def test_a_thousand_requests_across_twenty_swaps(two, tmp_path):
    path = tmp_path / "kb.db"
    put(two["Elder"], path)
    site = Site(path)
    site.get("/kb")  # Datasette's start is not meant for several requests at once; kb serve does it before the first
    seen = set()

    async def reader(number):
        for i in range(125):
            address = PAGES[(number + i) % len(PAGES)]
            response = await site.datasette.client.get(address)
            assert response.status_code == 200, (address, response.text[:300])
            words = set(re.findall("Elder|Younger", response.text))
            assert len(words) == 1 or address in ("/", "/studies"), address  # never of both
            seen.update(words)

    async def publisher(done):
        for i in range(20):
            put(two[("Younger", "Elder")[i % 2]], path)
            await asyncio.sleep(0.1)
        done.set()

    async def both():
        done = asyncio.Event()
        await asyncio.gather(publisher(done), *(reader(n) for n in range(8)))

    site.loop.run_until_complete(both())
    assert seen == {"Elder", "Younger"}
    assert "Elder" in site.get("/claims").text  # the last of the twenty
    gc.collect()
    # What is no longer served is let go: its threads end and its files close.
    for thread in threading.enumerate():
        if thread.name.startswith("kb-snapshot"):
            thread.join(5)
    gc.collect()
    opened = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _is_link(fd)]
    assert sum(name.startswith(str(path)) for name in opened) <= 4 * 3


def _is_link(fd):
    return os.path.lexists(f"/proc/self/fd/{fd}")


def test_one_request_of_many_queries_ends_on_the_file_it_began_with(two, tmp_path):
    """Datasette asks a dozen questions for a table; a swap between two of them is not seen."""
    path = tmp_path / "kb.db"
    put(two["Elder"], path)
    site = Site(path)
    assert "Elder" in site.get("/claims").text
    began, swapped = asyncio.Event(), asyncio.Event()

    async def slow_app(scope, receive, send):
        first = await site.datasette.get_database("kb").execute("select statement from claim limit 1")
        began.set()
        await swapped.wait()
        second = await site.datasette.get_database("kb").execute("select statement from claim limit 1")
        same.append(first.rows[0][0] == second.rows[0][0])

    from kb.site.live import LiveDatabase

    same = []
    live = LiveDatabase(slow_app, site.datasette, "kb")

    async def go():
        request = asyncio.create_task(live({"type": "http"}, None, None))
        await began.wait()
        put(two["Younger"], path)
        live.app = nothing
        await live({"type": "http"}, None, None)
        assert (await site.datasette.databases["kb"].execute("select statement from claim")).rows[0][0][:7] == "Younger"
        swapped.set()
        await request

    async def nothing(scope, receive, send):
        pass

    site.loop.run_until_complete(go())
    assert same == [True]


def spoil_cut(path, content):
    path.write_bytes(content[: len(content) // 2])


def spoil_pages(path, content):
    path.write_bytes(content[:8192] + os.urandom(len(content) - 8192))


def spoil_empty(path, content):
    path.write_bytes(b"")


def spoil_text(path, content):
    path.write_text("This is no database.")


def spoil_schema(path, content):
    import sqlite3

    path.write_bytes(content)
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE verdict_log")


@pytest.mark.parametrize("spoil", [spoil_cut, spoil_pages, spoil_empty, spoil_text, spoil_schema])
def test_a_bad_file_is_said_once_and_the_one_before_it_is_served(two, tmp_path, caplog, spoil):
    path = tmp_path / "kb.db"
    put(two["Elder"], path)
    site = Site(path)
    assert "Elder" in site.get("/claims").text
    bad = tmp_path / "bad.db"
    spoil(bad, two["Younger"].read_bytes())
    os.replace(bad, path)
    with caplog.at_level(logging.WARNING, logger="kb.site.live"):
        for address in [*PAGES, "/kb/evidence", "/harms", "/map"]:
            assert site.get(address).status_code == 200
    (line,) = [r.getMessage() for r in caplog.records if r.name == "kb.site.live"]
    assert "the one before it still is" in line and "\n" not in line
    put(two["Younger"], path)
    assert "Younger" in site.get("/claims").text


def test_a_file_written_over_in_place_heals_when_a_whole_one_comes(two, tmp_path):
    """That breaks what is read, and no server can help it; kb build never does it."""
    path = tmp_path / "kb.db"
    put(two["Elder"], path)
    site = Site(path)
    site.get("/claims")
    spoil_pages(path, two["Elder"].read_bytes())
    statuses = {site.get(f"/claims?type={i}").status_code for i in range(5)}
    assert statuses <= {200, 503}
    put(two["Younger"], path)
    assert "Younger" in site.get("/claims").text


@pytest.mark.parametrize("threads", [0, 1, 4])
def test_any_number_of_threads(two, tmp_path, monkeypatch, threads):
    from kb import serve

    monkeypatch.setitem(serve.SETTINGS, "num_sql_threads", threads)
    path = tmp_path / "kb.db"
    put(two["Elder"], path)
    site = Site(path)
    assert "Elder" in site.get("/claims").text
    put(two["Younger"], path)
    assert "Younger" in site.get("/kb/claim").text

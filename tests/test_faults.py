"""Disks, files, clocks and kills: one clear line, the database before still served, nothing lost."""

import ctypes
import datetime as dt
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from kb.build import build
from tests.conftest import ROOT, TINY, Site
from tests.test_cli import KB, one_clear_line, run


@pytest.fixture
def built(tiny, tmp_path):
    path = tmp_path / "kb.db"
    build(tiny, path)
    return path


def command(*arguments, **options):
    """A command in a process of its own, as a user starts it."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*KB, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def whole(path):
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute("SELECT value FROM about WHERE key = 'content_hash'").fetchone()[0]


def small_files():
    """As on a full disk: no file of this process may grow beyond 200 kB."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


def finish(process):
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def test_a_full_disk_leaves_the_database_before(built):
    before = built.read_bytes()
    line = one_clear_line(finish(command("build", "--data", TINY, "--out", built, preexec_fn=small_files)))
    assert str(built) in line
    assert built.read_bytes() == before
    assert [path.name for path in built.parent.iterdir()] == ["kb.db"]


def bound_by_permissions():
    """Root, too, may then only write where the permissions say so (PR_CAPBSET_DROP, CAP_DAC_OVERRIDE)."""
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


def test_a_folder_that_cannot_be_written_is_one_clear_line(built, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    out = folder / "kb.db"
    shutil.copy(built, out)
    folder.chmod(0o555)
    line = one_clear_line(finish(command("build", "--data", TINY, "--out", out, preexec_fn=bound_by_permissions)))
    assert line == f"Error: {out}: cannot be written: Permission denied"
    assert whole(out) == whole(built)


@pytest.mark.parametrize("moment", [0, 0.02, 0.1, 0.3, 0.45])
def test_a_build_killed_while_it_writes_leaves_the_database_before(built, moment):
    before = built.read_bytes()
    for attempt in range(8):
        process = command("build", "--data", ROOT / "data", "--out", built)
        deadline = time.monotonic() + 60
        while not (left := list(built.parent.glob(".kb.db.*.building"))) and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(moment / 2**attempt)
        process.kill()
        process.communicate()
        if built.read_bytes() == before:
            break
        # The new one was in its place, whole, before the kill: once more, with less time for the build.
        assert whole(built)
        built.write_bytes(before)
    assert process.returncode == -signal.SIGKILL and left
    assert built.read_bytes() == before
    assert Site(built).get("/claims").status_code == 200
    # What a kill leaves beside the database does not hinder the next build, which takes it away.
    assert finish(command("build", "--data", TINY, "--out", built)).returncode == 0
    assert [path.name for path in built.parent.iterdir()] == ["kb.db"]


def test_two_builds_at_once_end_with_one_whole_database(built):
    builds = [command("build", "--data", TINY, "--out", built) for _ in range(3)]
    results = [finish(process) for process in builds]
    assert [result.returncode for result in results] == [0, 0, 0]
    assert whole(built) in results[0].stdout
    assert [path.name for path in built.parent.iterdir()] == ["kb.db"]


@pytest.mark.parametrize("spoil", ["cut", "empty", "noise", "text"])
def test_a_damaged_database_is_one_clear_line_to_the_server(built, spoil):
    content = built.read_bytes()
    spoiled = {
        "cut": content[: len(content) // 2],
        "empty": b"",
        "noise": content[:8192] + b"\xa5" * (len(content) - 8192),
        "text": b"no database",
    }
    built.write_bytes(spoiled[spoil])
    line = one_clear_line(run("serve", "--db", built, "--port", "0"))
    assert str(built) in line


@pytest.mark.parametrize("spoil", ["cut", "noise", "text"])
def test_a_damaged_store_is_one_clear_line_and_nothing_is_written(tmp_path, spoil):
    from ingest.store import Store

    data = tmp_path / "data"
    shutil.copytree(TINY, data)
    path = tmp_path / "pubmed.db"
    Store(path).db.close()
    content = path.read_bytes()
    spoiled = {"cut": content[:3000], "noise": content[:1024] + b"\xa5" * 8192, "text": b"no database at all"}
    path.write_bytes(spoiled[spoil])
    before = {p: p.read_bytes() for p in data.rglob("*") if p.is_file()}
    result = run("build", "--data", data, "--out", tmp_path / "kb.db", "--store", path)
    assert str(path) in one_clear_line(result)
    result = run("pubmed", "verify", "--data", data, "--store", path)
    assert str(path) in one_clear_line(result)
    assert {p: p.read_bytes() for p in data.rglob("*") if p.is_file()} == before
    assert not (tmp_path / "kb.db").exists()


def test_a_clock_that_went_back_is_named(tmp_path, monkeypatch):
    """Dates of records then seem to lie in the future, which validation says record by record."""
    from kb import documents, load

    class Earlier(dt.date):
        @classmethod
        def today(cls):
            return cls(2025, 1, 1)

    monkeypatch.setattr("kb.fields.dt.date", Earlier)
    with pytest.raises(documents.BadData) as caught:
        load.load(TINY)
    assert any("not in the future" in str(fault) for fault in caught.value.faults)


def test_a_server_does_not_mind_a_clock_that_goes_back(built, tiny):
    """A newer file may bear an older time."""
    site = Site(built)
    assert site.get("/claims").status_code == 200
    fresh = built.with_name("fresh.db")
    study = next(iter(tiny.studies.values()))
    changed = study.model_copy(update={"population": "People of another clock"})
    build(type(tiny)(**{**vars(tiny), "studies": {**tiny.studies, study.key: changed}}), fresh)
    os.utime(fresh, (0, 0))
    os.replace(fresh, built)
    assert "People of another clock" in site.get(f"/studies/{study.key}").text


def test_a_limit_of_requests_does_not_freeze_when_the_clock_goes_back():
    from kb.site.rate import Rate

    now = 1000.0
    rate = Rate(lambda: now)
    rate.wait({"client": ("192.0.2.1", 1)}, False)
    now = 0.0
    assert rate.wait({"client": ("192.0.2.1", 1)}, False) <= 1001  # monotonic clocks never do; another may

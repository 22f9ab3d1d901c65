"""`kb new`, and `docs/new-topic.md` run as written: its files and its commands in order, up to a served page."""

import os
import re
import sqlite3
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from kb.load import load
from tests.conftest import ROOT
from tests.test_cli import one_clear_line, run

DOCUMENT = ROOT / "docs" / "new-topic.md"
BLOCK = re.compile(r"^```(\w+)(?: title=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SERVE = "kb serve --port 0\n"


def walk(folder: Path, environment: dict) -> tuple[subprocess.Popen, str]:
    """Every block in order, in `folder`; the server that the last one starts, and its address."""
    for language, title, content in BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")):
        if title:
            assert (folder / title).parent.is_dir(), title
            (folder / title).write_text(content, encoding="utf-8")
        elif content == SERVE:
            server = subprocess.Popen(
                content.split(), cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            return server, server.stdout.readline().strip()
        else:
            assert language == "sh", content
            script = f"set -euo pipefail\n{content}\necho; pwd"
            done = subprocess.run(
                ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
            )
            assert done.returncode == 0, content + done.stdout + done.stderr
            folder = Path(done.stdout.splitlines()[-1])
    raise AssertionError("the document serves nothing")


def environment_of(folder: Path, source: Path) -> dict:
    """A shell whose `kb` is the one of `source`, a checkout or an unpacked wheel."""
    command = folder / "bin" / "kb"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kb.cli "$@"\n')
    command.chmod(0o755)
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": path, "PYTHONPATH": str(source), "PYTHONSAFEPATH": "1"}


def pages_of(address: str) -> dict[str, str]:
    """The pages that the document tells its reader to open."""
    told = DOCUMENT.read_text(encoding="utf-8").partition(SERVE)[2].partition("## What next")[0]
    paths = re.findall(r"`(/[^`]*)`", told)
    return {path: urllib.request.urlopen(address.rstrip("/") + path, timeout=30).read().decode() for path in paths}


def served(folder: Path, source: Path) -> dict[str, str]:
    environment = environment_of(folder, source)
    work = folder / "work"
    work.mkdir()
    server, address = walk(work, environment)
    try:
        assert address.startswith("http://127.0.0.1:"), server.stderr.read()
        return pages_of(address)
    finally:
        server.terminate()
        server.communicate(timeout=20)


def looks_right(pages: dict[str, str]):
    assert len(pages) == 6
    assert "Do ferrolin tablets stop hiccups?" in pages["/"]
    assert "trials disagree" in pages["/claims/stops-hiccups"]
    assert "13 of 39" in pages["/claims/causes-drowsiness"]
    assert "Ferrolin may stop hiccups within an hour" in pages["/conditions/hiccups"]
    assert "Overstated" in pages["/articles/advert"]
    assert "evidence_table" in pages["/kb"]


def test_the_document_leads_to_a_served_page(tmp_path):
    looks_right(served(tmp_path, ROOT))


@pytest.mark.slow
def test_the_document_holds_for_an_installed_wheel(tmp_path):
    pip = [sys.executable, "-m", "pip", "-q"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", tmp_path, ROOT], check=True, timeout=300)
    installed = tmp_path / "installed"
    wheel = next(tmp_path.glob("*.whl"))
    subprocess.run([*pip, "install", "--no-deps", "--target", installed, wheel], check=True, timeout=300)
    assert (installed / "kb" / "metadata.json").read_bytes() == (ROOT / "metadata.json").read_bytes()
    looks_right(served(tmp_path, installed))
    where = [sys.executable, "-P", "-c", "import kb; print(kb.__file__)"]
    used = subprocess.run(where, env=environment_of(tmp_path / "again", installed), capture_output=True, text=True)
    assert used.stdout.startswith(str(installed))


def test_a_new_knowledge_base_is_valid_and_says_that_it_is_invented(tmp_path):
    result = run("new", tmp_path / "topic")
    assert result.returncode == 0, result.stderr
    kb = load(tmp_path / "topic" / "data")
    assert (len(kb.claims), len(kb.studies), len(kb.articles)) == (1, 1, 1)
    assert all("PLACEHOLDER" in text for text in (kb.about.description, kb.about.disclaimer, kb.about.review_status))
    located = run("locate", "--data", tmp_path / "topic" / "data", tmp_path / "topic" / "texts" / "leaflet.txt")
    assert "1 of 1 appearances located" in located.stdout
    for path in (tmp_path / "topic").rglob("*"):
        assert path.is_dir() or "$" not in path.read_text(encoding="utf-8")


def test_its_verdict_is_the_computed_one(tmp_path):
    run("new", tmp_path / "topic")
    built = run("build", "--data", tmp_path / "topic" / "data", "--out", tmp_path / "kb.db")
    assert built.returncode == 0, built.stderr
    row = sqlite3.connect(tmp_path / "kb.db").execute("SELECT verdict, computed, override FROM claim").fetchone()
    assert row == ("insufficient-evidence", "insufficient-evidence", None)


def test_a_folder_that_is_not_empty_stays_as_it_is(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    assert "not empty" in one_clear_line(run("new", tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert "is a file" in one_clear_line(run("new", tmp_path / "notes.txt"))
    assert "Not a directory" in one_clear_line(run("new", tmp_path / "notes.txt" / "topic"))

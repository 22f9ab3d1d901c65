"""The commands as a user runs them, on right and on wrong input: one clear line, the right exit code."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.conftest import ROOT, TINY

KB = [sys.executable, "-m", "kb.cli"]


def run(*arguments, cwd=ROOT):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*KB, *map(str, arguments)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120
    )


def one_clear_line(result):
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()[-1]) < 300
    return result.stderr.strip().splitlines()[-1]


def test_validate_counts_what_it_checked():
    result = run("validate", "--data", TINY)
    assert result.returncode == 0
    assert "11 files, no fault" in result.stdout


def test_validate_names_file_and_line_and_exits_2(tmp_path):
    data = tmp_path / "data"
    shutil.copytree(TINY, data)
    study = data / "studies" / "moss-2001.yaml"
    study.write_text(study.read_text().replace("stance: supports", "stance: mixed", 1))
    result = run("validate", "--data", data)
    assert "faults in" in one_clear_line(result)
    expected = rf"{data}/studies/moss-2001.yaml:\d+: findings.0.evidence.0.stance: found 'mixed', expected 'supports'"
    assert re.search(expected, result.stderr)


def test_build_prints_the_content_hash_twice_the_same(tmp_path):
    first, second = (run("build", "--data", TINY, "--out", tmp_path / name) for name in ("a.db", "b.db"))
    assert first.returncode == 0
    digest = re.search(r"content hash ([0-9a-f]{64})", first.stdout)[1]
    assert digest in second.stdout


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["build", "--data", "nowhere"], "faults in nowhere: 1"),
        (["build", "--data", TINY, "--out", "/nowhere/kb.db"], "cannot be written"),
        (["serve", "--db", "nowhere.db"], "nowhere.db is missing; run kb build"),
        (["serve", "--db", "README.md"], "not a database built by kb build"),
        (["dictionary", "--db", "nowhere.db"], "nowhere.db is missing; run kb build"),
        (["export", "out", "--db", "nowhere.db"], "nowhere.db is missing; run kb build"),
        (["export", "out", "--db", "README.md"], "not a database built by kb build"),
        (["export", "out", "--format", "xlsx"], "'xlsx' is not"),
        (["locate", "nowhere.txt"], "No such file"),
        (["locate", "kb/site/static/../../../docs"], "directory"),
        (["schema", "README.md"], "README.md"),
        (["validate", "--dta", "x"], "No such option"),
        (["nothing"], "No such command"),
    ],
)
def test_bad_input_is_one_clear_line(arguments, says):
    assert says in one_clear_line(run(*arguments))


def test_locate_lists_the_sentences_of_an_unknown_text(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("A heading\nOne sentence, e.g. this. Another one.\n", encoding="utf-8")
    result = run("locate", "--data", TINY, text)
    assert result.returncode == 1
    assert "3 sentences" in result.stdout
    text.write_bytes(b"\xff")
    assert "not UTF-8" in one_clear_line(run("locate", "--data", TINY, text))


def test_a_changed_verdict_must_be_entered_in_the_log(tmp_path):
    data = tmp_path / "data"
    shutil.copytree(TINY, data)
    assert "2 entered" in run("log", "--data", data, "--reason", "First verdicts.").stdout
    assert run("validate", "--data", data).returncode == 0
    claim = data / "claims" / "stops-hiccups.yaml"
    claim.write_text(claim.read_text().replace("value: contested", "value: refuted"))
    refused = run("validate", "--data", data)
    assert refused.returncode == 2
    assert "run kb log" in refused.stderr
    entered = run("log", "--data", data, "--reason", "A new trial.")
    assert entered.stdout == "stops-hiccups: refuted, low certainty\n1 entered\n"
    assert run("validate", "--data", data).returncode == 0
    assert "0 entered" in run("log", "--data", data, "--reason", "Again.").stdout
    assert (data / "verdict_log.csv").read_text().count("stops-hiccups") == 2


def test_help_lists_every_command():
    commands = [
        "build",
        "check",
        "cite",
        "claims",
        "dictionary",
        "eval",
        "export",
        "locate",
        "log",
        "new",
        "pubmed",
        "schema",
        "serve",
        "show",
        "validate",
    ]
    text = run("--help").stdout
    assert re.findall(r"^  ([a-z]+) ", text, re.MULTILINE) == commands


def test_serve_answers_over_http_and_stops_when_told(tiny_path):
    process = subprocess.Popen(
        [*KB, "serve", "--db", str(tiny_path), "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(address, timeout=20) as response:
            assert "moonwort" in response.read().decode().lower()
    finally:
        process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + 10
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
        process.communicate()
    assert process.returncode in (0, -signal.SIGINT)

"""`kb export`: what is written, read back, is what the database holds."""

import csv
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.database import connect
from kb.export.tables import guarded, unguarded, write
from tests.conftest import ROOT
from tests.test_cli import one_clear_line, run

RUN_BY_SPREADSHEETS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "-3 (-5 to -1)"]


@pytest.fixture(scope="session")
def exported(tiny_path, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    write(connect(tiny_path), folder)
    return folder


def test_every_table_and_view_is_a_file(exported, tiny_path):
    sql = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE '%fts%'"
    names = {row["name"] for row in connect(tiny_path).execute(sql) if not row["name"].startswith("sqlite_")}
    assert {path.stem for path in exported.glob("*.csv")} == names


def test_csv_holds_every_row(exported, tiny_path):
    with open(exported / "citation.csv", encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    stored = [dict(row) for row in connect(tiny_path).execute("SELECT * FROM citation")]
    assert read == [{k: "" if v is None else str(v) for k, v in row.items()} for row in stored]


@pytest.mark.parametrize("text", RUN_BY_SPREADSHEETS)
def test_a_formula_is_guarded(text):
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("value", [-3.5, -3, "-3.5", "+2", "-12%", "plain", "'quoted'", "−3", None])
def test_numbers_and_plain_text_are_not(value):
    assert guarded(value) == value


@given(st.text() | st.from_regex(r"'*[=+\-@]'*.*"))
def test_a_guard_can_be_taken_off_again(text):
    assert unguarded(guarded(text)) == text


def test_the_command_writes_and_counts(tiny_path, tmp_path):
    result = run("export", tmp_path / "new" / "out", "--db", tiny_path)
    assert result.returncode == 0, result.stderr
    assert "tables and views as CSV" in result.stdout
    assert (tmp_path / "new" / "out" / "claim.csv").read_text(encoding="utf-8").startswith("id,code,type,")


def test_a_folder_that_cannot_be_written_is_one_clear_line(tiny_path, tmp_path):
    (tmp_path / "file").write_text("")
    assert "file" in one_clear_line(run("export", tmp_path / "file" / "out", "--db", tiny_path))


def test_the_documented_guard_is_the_one_that_is_used():
    block = re.search(r"```python\n(import re\n.*?)```", (ROOT / "docs" / "files.md").read_text(encoding="utf-8"), re.S)
    documented = {}
    exec(block[1], documented)
    for text in [*RUN_BY_SPREADSHEETS, "'=x", "''@x", "-3.5", "plain", "'quoted'", "＝x", ""]:
        assert documented["unguarded"](guarded(text)) == text

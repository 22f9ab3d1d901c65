"""`kb.frames`: the types of DataFrames, their rows, and docs/frames.md run as written."""

import contextlib
import io
import re

import pandas as pd
import pytest

from kb import dictionary, frames
from kb.database import connect
from tests.conftest import ROOT
from tests.test_engine import PYTHON, imports

BLOCKS = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def real_frames(real_path):
    return frames.tables(real_path)


def test_every_row_of_every_table_and_view(real_frames, real_path):
    connection = connect(real_path)
    assert set(real_frames) == {table.name for table in dictionary.read(connection)}
    for name, frame in real_frames.items():
        stored = [tuple(row) for row in connection.execute(f"SELECT * FROM [{name}]")]
        columns = [[None if pd.isna(v) else v for v in frame[c]] for c in frame]
        assert list(zip(*columns, strict=True)) == stored, name


def test_types(real_frames, real_path):
    expected = {"string": "string", "integer": "Int64", "number": "Float64", "boolean": "boolean"}
    for table in dictionary.read(connect(real_path)):
        for column in table.columns:
            found = real_frames[table.name][column.name].dtype
            if column.values and column.kind == "string":
                assert found == "category" and set(found.categories) == set(column.values), (table.name, column.name)
            elif not (table.view and found == "category"):
                assert found == expected[column.kind], (table.name, column.name)


@pytest.mark.parametrize("column", ["stance", "directness", "design", "comparator_type", "read_depth"])
def test_terms_are_categories_in_views_too(real_frames, column):
    view = real_frames["evidence_table"][column]
    assert view.dtype == "category"
    assert view.notna().all()


def test_a_name_that_means_two_things_is_no_category(real_frames):
    assert real_frames["summary_of_findings"]["certainty"].dtype == "string"


def test_terms_sort_as_their_vocabulary_does(real_frames):
    levels = real_frames["certainty"]["level"].sort_values().unique().tolist()
    assert levels == ["high", "moderate", "low", "very-low"]


def test_what_is_empty_is_missing_and_no_text(real_frames):
    for name, frame in real_frames.items():
        for column in frame.select_dtypes(["string", "category"]):
            assert not frame[column].isin(["NaT", "nan", "NaN", "<NA>", ""]).any(), (name, column)


def test_an_unknown_name_is_said(tiny_path):
    with pytest.raises(KeyError, match="no table or view"):
        frames.table("mood", tiny_path)


def test_nothing_else_imports_pandas():
    """sqlite-utils does where it is installed; no module of ours may need it."""
    assert {path.name for path in PYTHON if any(n.split(".")[0] == "pandas" for n in imports(path))} == {"frames.py"}


def notebook(folder, database, monkeypatch) -> list[tuple[str, str]]:
    """What each block of the document prints, and what the document says that it prints."""
    (folder / "tiny.db").symlink_to(database)
    monkeypatch.chdir(folder)
    names, results = {}, []
    for language, content in BLOCKS.findall((ROOT / "docs" / "frames.md").read_text(encoding="utf-8")):
        if language == "python":
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(content, "docs/frames.md", "exec"), names)
        else:
            results.append((printed.getvalue(), content))
    return results


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def test_the_document_prints_what_it_says(tiny_path, tmp_path, monkeypatch):
    results = notebook(tmp_path, tiny_path, monkeypatch)
    assert len(results) == 6
    for printed, said in results:
        assert lines(printed) == lines(said)


def test_the_document_runs_on_the_real_topic(real_path, tmp_path, monkeypatch):
    assert all(len(lines(printed)) >= len(lines(said)) for printed, said in notebook(tmp_path, real_path, monkeypatch))

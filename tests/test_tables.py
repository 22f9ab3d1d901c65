"""CSV, data package and Parquet, read back by other programs: whole tables, cell by cell."""

import json
import sqlite3
import subprocess
import sys

import duckdb
import frictionless
import pandas as pd
import pyarrow.parquet as pq
import pytest

from kb import dictionary
from kb.database import connect
from kb.export import parquet, tables
from kb.export.tables import unguarded
from tests import awkward
from tests.conftest import ROOT
from tests.test_cli import one_clear_line, run

DTYPES = {"string": "string", "integer": "Int64", "number": "Float64", "boolean": "boolean"}


@pytest.fixture(scope="module")
def awkward_path(tmp_path_factory):
    return awkward.make(tmp_path_factory.mktemp("awkward"))


@pytest.fixture(scope="module", params=["awkward", "real"])
def case(request, awkward_path, real_path, tmp_path_factory):
    """A folder with every file, the tables, and every row of the database with true and false for 1 and 0."""
    folder = tmp_path_factory.mktemp(request.param)
    connection = connect(awkward_path if request.param == "awkward" else real_path)
    tables.write(connection, folder)
    parquet.write(connection, folder)
    known = dictionary.read(connection)
    return folder, known, {table.name: stored(connection, table) for table in known}


def stored(connection, table) -> list[tuple]:
    yes_no = [column.kind == "boolean" for column in table.columns]
    rows = connection.execute(f"SELECT * FROM [{table.name}]")
    return [
        tuple(bool(v) if b and v is not None else v for v, b in zip(row, yes_no, strict=True))
        for row in map(tuple, rows)
    ]


def rows_of(frame: pd.DataFrame) -> list[tuple]:
    columns = [[None if pd.isna(v) else v for v in frame[name]] for name in frame]
    return list(zip(*columns, strict=True))


def test_pyarrow_reads_the_same(case):
    folder, _, expected = case
    for name, rows in expected.items():
        read = pq.read_table(folder / f"{name}.parquet")
        assert [tuple(row.values()) for row in read.to_pylist()] == rows, name


def test_duckdb_reads_the_same_parquet(case):
    folder, _, expected = case
    for name, rows in expected.items():
        assert duckdb.sql(f"SELECT * FROM read_parquet('{folder / name}.parquet')").fetchall() == rows, name


def test_duckdb_reads_the_same_csv(case):
    folder, known, expected = case
    kinds = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}
    for table in known:
        columns = {column.name: kinds[column.kind] for column in table.columns}
        read = duckdb.sql(
            f"SELECT * FROM read_csv('{folder / table.name}.csv', header=true, columns={columns},"
            " quote='\"', escape='\"', delim=',', new_line='\\r\\n', auto_detect=false, parallel=false)"
        ).fetchall()
        assert [tuple(unguarded(v) if isinstance(v, str) else v for v in row) for row in read] == expected[table.name]


def test_pandas_reads_the_same_csv_with_the_types_of_the_data_package(case):
    folder, _, expected = case
    for resource in json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]:
        fields = resource["schema"]["fields"]
        read = pd.read_csv(
            folder / resource["path"],
            dtype={field["name"]: DTYPES[field["type"]] for field in fields},
            keep_default_na=False,
            na_values=resource["schema"]["missingValues"],
            true_values=["1"],
            false_values=["0"],
        )
        found = [tuple(unguarded(v) if isinstance(v, str) else v for v in row) for row in rows_of(read)]
        assert found == expected[resource["name"]], resource["name"]


def test_the_awkward_cases_are_there(awkward_path, tmp_path):
    connection = connect(awkward_path)
    parquet.write(connection, tmp_path)
    cited = {row["id"]: row for row in pq.read_table(tmp_path / "citation.parquet").to_pylist()}
    marked = next(row for row in cited.values() if "Müller" in row["authors"])
    assert marked["title"] == 'H<sub>2</sub>O &amp; <i>Lunaria</i>, "größer" als β²'
    body = next(row for row in cited.values() if "Study Group" in row["authors"])
    assert body["doi"] is None and body["pmid"] is None
    standing = pq.read_table(tmp_path / "study_standing.parquet").to_pylist()
    assert {"study": "mueller-2010", "kind": "retracted"} in standing
    assert {row["population"] for row in pq.read_table(tmp_path / "study.parquet").to_pylist()} >= {
        "=1+1 adults",
        "Line one\nline two",
    }


def test_frictionless_finds_no_fault(awkward_path, tmp_path):
    tables.write(connect(awkward_path), tmp_path)
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])
    assert len(report.tasks) == len(dictionary.read(connect(awkward_path)))


@pytest.mark.parametrize(
    "file, old, new",
    [
        ("evidence.csv", ",supports,", ",applauds,"),
        ("evidence.csv", "stops-hiccups,", "stops-sneezing,"),
        ("horizon.csv", "later,Later,2", "soon,Later,2"),
        ("study.csv", ",2010,", ",twenty ten,"),
        ("claim.csv", "Moonwort stops hiccups.,", ","),
    ],
)
def test_frictionless_sees_a_file_that_was_changed(awkward_path, tmp_path, file, old, new):
    """What constraints, keys and types of the package are for."""
    tables.write(connect(awkward_path), tmp_path)
    described = tmp_path / "datapackage.json"
    package = json.loads(described.read_text(encoding="utf-8"))
    package["resources"] = [r for r in package["resources"] if needed(r, file, package)]
    described.write_text(json.dumps(package))
    assert frictionless.validate(str(described)).valid
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new), encoding="utf-8", newline="")
    assert not frictionless.validate(str(described)).valid


def needed(resource: dict, file: str, package: dict) -> bool:
    """The changed table and, for their keys, all those it leads to."""
    by_name = {r["name"]: r for r in package["resources"]}
    wanted, todo = set(), [file.removesuffix(".csv")]
    while todo:
        name = todo.pop()
        if name and name not in wanted:
            wanted.add(name)
            todo += [k["reference"]["resource"] for k in by_name[name]["schema"].get("foreignKeys", [])]
    return resource["name"] in wanted


def test_parquet_says_what_its_columns_mean(case):
    folder, _, _ = case
    schema = pq.read_schema(folder / "finding.parquet")
    assert schema.field("days").metadata[b"unit"] == b"days"
    assert b"source" in schema.metadata
    assert not schema.field("text").nullable and schema.field("value").nullable


def test_without_pyarrow_one_clear_line_says_what_to_install(awkward_path, tmp_path):
    (tmp_path / "pyarrow.py").write_text("raise ImportError('none', name='pyarrow')")
    command = [sys.executable, "-m", "kb.cli", "export", tmp_path / "out", "--db", awkward_path]
    environment = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": "/usr/bin:/bin"}
    asked = subprocess.run([*command, "--format", "parquet"], env=environment, capture_output=True, text=True)
    assert one_clear_line(asked) == "Error: parquet: needs pyarrow; pip install 'evidence-kb[parquet]'"
    everything = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert everything.returncode == 0 and "left out" in everything.stderr


def test_a_database_that_this_version_does_not_know_is_one_clear_line(tmp_path, awkward_path):
    other = tmp_path / "kb.db"
    other.write_bytes(awkward_path.read_bytes())
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mood (id TEXT)")
    assert "mood" in one_clear_line(run("export", tmp_path / "out", "--db", other))

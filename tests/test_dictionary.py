"""The data dictionary: nothing without a meaning, every number with its unit, and docs/schema.md up to date."""

import shutil
import sqlite3

import pytest
import sqlite_utils

from kb import dictionary
from kb.database import connect
from tests.conftest import ROOT

TYPES = {"TEXT": {"text"}, "INTEGER": {"integer"}, "REAL": {"real", "integer"}}


@pytest.fixture(scope="session")
def tables(real_path):
    return dictionary.read(connect(real_path))


def test_every_number_has_a_unit_and_everything_a_meaning_and_a_source(tables):
    for table in tables:
        assert table.meaning and table.source, table.name
        for column in table.columns:
            assert column.meaning, (table.name, column.name)
            assert (column.unit is not None) == (column.type != "TEXT"), (table.name, column.name)


def test_values_are_of_the_type_that_it_says(tables, real_path):
    db = connect(real_path)
    for table in tables:
        for column in table.columns:
            sql = f"SELECT DISTINCT typeof([{column.name}]) FROM [{table.name}] WHERE [{column.name}] IS NOT NULL"
            found = {row[0] for row in db.execute(sql)}
            assert found <= TYPES[column.type], (table.name, column.name, found)


def test_no_text_is_empty(tables, real_path):
    db = connect(real_path)
    for table in tables:
        for column in table.columns:
            sql = f"SELECT count(*) FROM [{table.name}] WHERE [{column.name}] = ''"
            assert db.execute(sql).fetchone()[0] == 0, (table.name, column.name)


def test_allowed_values_are_those_of_the_vocabulary(tables, real_path):
    stance = next(c for t in tables if t.name == "evidence" for c in t.columns if c.name == "stance")
    assert stance.values == tuple(
        row["id"] for row in connect(real_path).execute("SELECT id FROM stance ORDER BY rank")
    )
    assert stance.refers == ("stance", "id")


@pytest.mark.parametrize(
    "change", ["ALTER TABLE claim ADD COLUMN mood TEXT", "CREATE TABLE mood (id TEXT)", "CREATE VIEW mood AS SELECT 1"]
)
def test_what_nobody_described_is_not_passed_over(tiny_path, tmp_path, change):
    path = tmp_path / "kb.db"
    shutil.copy(tiny_path, path)
    with sqlite3.connect(path) as connection:
        connection.execute(change)
    with pytest.raises(KeyError, match="mood"):
        dictionary.read(connect(path))


def test_the_document_is_up_to_date_whatever_the_topic(tables, tiny_path):
    document = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
    assert document == dictionary.markdown(dictionary.read(connect(tiny_path))), "run make schema"
    assert document == dictionary.markdown(tables)


def test_the_diagram_has_every_foreign_key_but_those_to_vocabularies(db):
    diagram = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8").split("```")[1]
    for table in (t for t in db.tables if isinstance(t, sqlite_utils.db.Table)):
        for key in table.foreign_keys:
            vocabulary = {"rank", "description"} <= {c.name for c in db[key.other_table].columns}
            line = f'{key.other_table} ||--o{{ {table.name} : "{key.column}"'
            assert (line in diagram) != vocabulary, line

"""Datasette's own pages show words where a column refers to another table, in cells and in facets."""

import json
import re
from html import unescape

import pytest

from kb.database import connect
from tests.conftest import ROOT

WORDS = json.loads((ROOT / "metadata.json").read_text(encoding="utf-8"))["databases"]["kb"]["tables"]


def references(connection) -> list[tuple[str, str, str]]:
    """Table, column, and the table that it refers to."""
    names = [row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [
        (name, key["from"], key["table"])
        for name in names
        for key in connection.execute(f"PRAGMA foreign_key_list([{name}])")
    ]


def test_every_table_that_is_referred_to_has_a_label_for_every_row(real_path):
    connection = connect(real_path)
    targets = {target for _, _, target in references(connection)}
    assert len(targets) > 30
    for target in targets:
        label = WORDS[target]["label_column"]
        key = next(row["name"] for row in connection.execute(f"PRAGMA table_info([{target}])") if row["pk"])
        assert label != key, target
        assert connection.execute(f"SELECT count(*) FROM [{target}] WHERE [{label}] IS NULL").fetchone()[0] == 0


def faceted(connection) -> list[tuple[str, str, str]]:
    return [(t, c, target) for t, c, target in references(connection) if c in WORDS[t].get("facets", ())]


def test_facets_show_the_label_of_every_term(site):
    connection = connect(site.path)
    columns = faceted(connection)
    assert ("evidence", "stance", "stance") in columns and ("finding", "outcome", "outcome") in columns
    for table in {table for table, _, _ in columns}:
        results = site.get(f"/kb/{table}.json?_shape=objects&_size=1").json()["facet_results"]
        for column, target in [(c, target) for t, c, target in columns if t == table]:
            label = WORDS[target]["label_column"]
            labels = {row["id"]: row[label] for row in connection.execute(f"SELECT id, [{label}] FROM [{target}]")}
            found = results[column]["results"]
            assert found, (table, column)
            assert all(result["label"] == labels[result["value"]] for result in found), (table, column)


@pytest.mark.parametrize(
    "table, column",
    [("evidence", "claim"), ("evidence", "finding"), ("certainty", "level"), ("finding", "study"), ("study", "design")],
)
def test_cells_show_the_label_and_link_to_the_row(site, table, column):
    connection = connect(site.path)
    target = next(target for t, c, target in references(connection) if (t, c) == (table, column))
    row = site.get(f"/kb/{table}?_size=1").text
    cell = re.search(rf'<td class="col-{column} [^"]*"><a href="/kb/{target}/[^"]+">([^<]+)</a>', row)
    assert cell, (table, column)
    label = WORDS[target]["label_column"]
    shown = unescape(cell[1])
    sql = f"SELECT count(*) FROM [{target}] WHERE [{label}] = ?"
    assert connection.execute(sql, (shown,)).fetchone()[0] >= 1, shown

"""`kb build`: whole, checked, the same each time, and never half."""

import sqlite3

import pytest
import sqlite_utils

from kb import rows, schema
from kb.build import BuildFailed, build, content_hash
from kb.vocabulary import VOCABULARIES


def test_holds_everything_that_was_written(real, db):
    counts = {table: db[table].count for table in ("claim", "study", "article", "search")}
    assert counts == {
        "claim": len(real.claims),
        "study": len(real.studies),
        "article": len(real.articles),
        "search": len(real.searches),
    }
    findings = [f for s in real.studies.values() for f in s.findings]
    assert db["finding"].count == len(findings)
    assert db["evidence"].count == sum(len(f.evidence) for f in findings)
    assert db["appearance"].count == sum(len(a.appearances) + len(a.omissions) for a in real.articles.values())
    assert db["certainty"].count == sum(len(c.certainty) for c in real.claims.values())


def test_is_of_the_promised_size(db):
    assert db["claim"].count == 53
    assert db["study"].count >= 110
    assert db["evidence"].count >= 350


def test_no_reference_dangles(db):
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_two_builds_have_the_same_content(real, real_path, tmp_path):
    assert build(real, tmp_path / "again.db") == content_hash(sqlite_utils.Database(real_path))


def test_another_word_makes_another_hash(tiny, tiny_path, tmp_path):
    study = next(iter(tiny.studies.values()))
    changed = study.model_copy(update={"population": "Somebody else"})
    other = type(tiny)(**{**vars(tiny), "studies": {**tiny.studies, study.key: changed}})
    assert build(other, tmp_path / "other.db") != content_hash(sqlite_utils.Database(tiny_path))


def test_vocabularies_are_tables_with_checks(db):
    for name, vocabulary in VOCABULARIES.items():
        assert [row["id"] for row in db.query(f"SELECT id FROM {name} ORDER BY rank")] == [t.value for t in vocabulary]
    columns = [
        (t, c) for t, cs in schema.TABLES.items() for c, definition in cs.items() if "CHECK ({column} IN" in definition
    ]
    for table, column in columns:
        assert f"CHECK ([{column}] IN (" in db[table].schema


def test_checks_refuse_a_word_that_is_not_in_the_vocabulary(tiny_path, tmp_path):
    copy = tmp_path / "copy.db"
    copy.write_bytes(tiny_path.read_bytes())
    with sqlite3.connect(copy) as connection, pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        connection.execute("UPDATE evidence SET stance = 'mixed'")


def test_every_foreign_key_is_indexed(db):
    for table in db.tables:
        indexed = {index.columns[0] for index in table.indexes} | set(table.pks)
        assert {key.column for key in table.foreign_keys} <= indexed, table.name


def test_search_finds_words_by_their_stem(db):
    found = db.execute("SELECT count(*) FROM claim_fts WHERE claim_fts MATCH 'infusions OR injection'").fetchone()[0]
    assert found > 10


def test_a_failed_build_leaves_the_old_database(tiny, tmp_path, monkeypatch):
    out = tmp_path / "kb.db"
    build(tiny, out)
    before = out.read_bytes()
    good = rows.tables

    def dangling(kb):
        tables = good(kb)
        tables["evidence"][0]["claim"] = "nowhere"
        return tables

    monkeypatch.setattr(rows, "tables", dangling)
    with pytest.raises(BuildFailed, match="dangling"):
        build(tiny, out)
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["kb.db"]


def test_a_folder_that_is_not_there_is_one_clear_line(tiny, tmp_path):
    with pytest.raises(BuildFailed, match="cannot be written"):
        build(tiny, tmp_path / "no" / "kb.db")


def test_a_citation_keeps_what_was_fetched_and_fills_what_was_not(real, db):
    for fetched in real.citations[:20]:
        row = db["citation"].get(f"PMID:{fetched.pmid}")
        assert row["title"] == fetched.title
        assert row["source"] == fetched.source


def test_no_abstract_and_no_article_text_is_in_the_database(db):
    assert not {"abstract", "text_of_article"} & {column.name for table in db.tables for column in table.columns}

"""The verdict function: a pure function of rows, by cases that a reader can check by hand."""

import dataclasses
import shutil
import sqlite3

import pytest

from kb.build import build
from kb.fetched import StandingRow
from kb.load import load
from kb.vocabulary import Stance
from tests.conftest import DATA, TINY, Site


def verdict(connection, claim="stops-hiccups"):
    return connection.execute("SELECT verdict FROM verdict_computed WHERE claim = ?", [claim]).fetchone()[0]


def weights(connection, claim="stops-hiccups"):
    rows = connection.execute("SELECT study, sum(weight) FROM verdict_weight WHERE claim = ? GROUP BY study", [claim])
    return dict(rows.fetchall())


@pytest.fixture
def tiny_copy(tiny_path, tmp_path):
    """The tiny topic's database, writable."""
    copy = tmp_path / "copy.db"
    shutil.copy(tiny_path, copy)
    with sqlite3.connect(copy) as connection:
        yield connection
    connection.close()


def test_equal_trials_that_disagree_in_the_same_cell_are_contested(tiny_copy):
    assert weights(tiny_copy) == {"moss-2001": 3, "fern-2003": 3}
    assert verdict(tiny_copy) == "contested"


@pytest.mark.parametrize(
    "change, expected",
    [
        ("UPDATE evidence SET stance = 'supports'", "partly-supported"),
        ("UPDATE evidence SET stance = 'supports'; UPDATE certainty SET level = 'moderate'", "supported"),
        ("UPDATE evidence SET stance = 'no-effect'", "not-supported"),
        ("UPDATE evidence SET stance = 'contradicts'", "refuted"),
        ("UPDATE evidence SET stance = 'context'", "insufficient-evidence"),
        ("UPDATE evidence SET directness = 'indirect'", "insufficient-evidence"),
        ("UPDATE certainty SET level = 'very-low'", "insufficient-evidence"),
        ("UPDATE study SET size = 500 WHERE key = 'moss-2001'", "contested"),
        ("UPDATE study SET design = 'case-report' WHERE key = 'fern-2003'", "partly-supported"),
        ("UPDATE study SET design = 'case-report' WHERE key = 'moss-2001'", "not-supported"),
        ("UPDATE finding SET horizon = 'later' WHERE study = 'fern-2003'", "partly-supported"),
        ("INSERT INTO standing VALUES ('moss-2001', 'retracted', 'a list', 'gone', '2026-01-01')", "not-supported"),
        ("INSERT INTO standing VALUES ('moss-2001', 'correction', 'a list', 'typo', '2026-01-01')", "contested"),
        ("UPDATE study SET report_of = 'moss-2001' WHERE key = 'fern-2003'", "contested"),
    ],
)
def test_changing_one_thing_changes_the_verdict_as_published(tiny_copy, change, expected):
    tiny_copy.executescript(change)
    assert verdict(tiny_copy) == expected


def test_a_later_report_has_no_voice_of_its_own(tiny_copy):
    tiny_copy.execute("UPDATE study SET report_of = 'moss-2001' WHERE key = 'fern-2003'")
    assert weights(tiny_copy) == {"moss-2001": 3}


def test_a_review_is_discounted_by_the_trials_that_speak_themselves(tiny_copy):
    tiny_copy.execute("UPDATE study SET design = 'meta-analysis', n_studies = 4 WHERE key = 'fern-2003'")
    assert weights(tiny_copy)["fern-2003"] == 4
    tiny_copy.execute("INSERT INTO review_includes VALUES ('fern-2003', 'moss-2001')")
    assert weights(tiny_copy)["fern-2003"] == 3


def test_a_study_has_one_voice_however_many_findings(tiny_copy):
    tiny_copy.execute(
        "INSERT INTO finding (id, study, position, outcome, horizon, text, direction)"
        " SELECT 'moss-2001/twice', study, 9, outcome, horizon, text, direction"
        " FROM finding WHERE id = 'moss-2001/fewer'"
    )
    tiny_copy.execute(
        "INSERT INTO evidence (id, claim, finding, stance, directness)"
        " SELECT 'twice', claim, 'moss-2001/twice', stance, directness FROM evidence WHERE finding = 'moss-2001/fewer'"
    )
    assert weights(tiny_copy)["moss-2001"] == 3


def test_stored_and_computed_agree_or_a_person_says_why(db):
    silent = [
        (row["claim"], row["stored"], row["computed"])
        for row in db["claim_verdict"].rows
        if not row["agrees"] and not row["override"]
    ]
    assert silent == []


def test_what_is_copied_beside_the_rows_is_what_the_views_say(db):
    both = "SELECT claim.computed, claim.weight, now.computed AS c, now.weight AS w FROM claim"
    for row in db.query(f"{both} JOIN claim_verdict AS now ON now.claim = claim.id"):
        assert (row["computed"], row["weight"]) == (row["c"], row["w"])
    weights = {r["evidence"]: r["weight"] for r in db["verdict_weight"].rows}
    assert {r["id"]: r["weight"] for r in db["evidence"].rows if r["weight"] is not None} == weights


def test_no_override_where_none_is_needed(db):
    assert [row["claim"] for row in db["claim_verdict"].rows if row["agrees"] and row["override"]] == []


DECISIVE = ["crps", "fibromyalgia", "refractory-cancer-pain"]


@pytest.mark.parametrize("claim", DECISIVE)
def test_flipping_every_supporting_row_of_a_real_claim_changes_its_verdict(claim, real_path, tmp_path):
    copy = tmp_path / "copy.db"
    shutil.copy(real_path, copy)
    with sqlite3.connect(copy) as connection:
        before = verdict(connection, claim)
        connection.execute(
            "UPDATE evidence SET stance = 'contradicts' WHERE claim = ? AND stance = 'supports'", [claim]
        )
        assert verdict(connection, claim) != before
    connection.close()


def test_every_claim_has_a_verdict_and_every_benefit_claim_its_contrary_answer(real):
    contrary = {
        e.claim
        for s in real.studies.values()
        for f in s.findings
        for e in f.evidence
        if e.stance in (Stance.NO_EFFECT, Stance.CONTRADICTS)
    }
    for claim in real.claims.values():
        assert "TODO" not in claim.model_dump_json(), claim.id
        assert claim.certainty, claim.id
        if claim.type in ("efficacy", "indication"):
            assert claim.id in contrary or claim.none_found, claim.id
            purposes = {s.purpose for s in real.searches.values() if s.claim == claim.id}
            assert purposes == {"all", "null-or-contrary"}, claim.id


def test_the_tiny_topic_and_the_real_one_share_one_engine():
    assert load(TINY).claims.keys().isdisjoint(load(DATA).claims.keys())


def test_weights_in_the_database_are_those_of_the_schema(tmp_path, tiny):
    from kb.schema import DESIGN_WEIGHTS

    build(tiny, tmp_path / "kb.db")
    with sqlite3.connect(tmp_path / "kb.db") as connection:
        rows = connection.execute("SELECT id, weight_benefit, weight_harm, weight_fact FROM design").fetchall()
    connection.close()
    assert {id: tuple(weights) for id, *weights in rows} == {d.value: w for d, w in DESIGN_WEIGHTS.items()}


def test_the_pages_say_what_a_retraction_did(tiny, tmp_path):
    row = StandingRow(study="moss-2001", kind="retracted", asked="a list", notice="gone", checked="2026-01-01")
    build(dataclasses.replace(tiny, standing=[row]), tmp_path / "kb.db")
    with sqlite3.connect(tmp_path / "kb.db") as connection:
        effect = connection.execute("SELECT claim, before, after FROM retraction_effect ORDER BY claim").fetchall()
        assert verdict(connection) == "not-supported"
    connection.close()
    assert effect == [
        ("green-tongue", "supported", "insufficient-evidence"),
        ("stops-hiccups", "contested", "not-supported"),
    ]
    text = Site(tmp_path / "kb.db").get("/studies/moss-2001").text
    assert "Retracted" in text and "no longer count" in text

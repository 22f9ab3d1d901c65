"""The numbers that the pages of claims and conditions put together, against SQL."""

from types import SimpleNamespace

import pytest

from kb.site import charts
from kb.site.pages import summary
from tests.test_site import read, rows


def group(**values):
    return SimpleNamespace(
        **{"label": None, "n": None, "events": None, "percent": None, "value": None, "unit": None} | values
    )


@pytest.mark.parametrize(
    "treated, compared, difference",
    [
        (group(events=24, n=120), group(events=6, n=120), "15 more in 100"),
        (group(percent=31), group(percent=27), "4 more in 100"),
        (group(percent=10), group(percent=30), "20 fewer in 100"),
        (group(percent=19.45), group(percent=19.82), "about as many in 100"),
        (group(events=0, n=30), group(percent=10), "10 fewer in 100"),
        (group(value=2.68, unit="points"), group(value=5.45, unit="points"), None),
        (group(events=3), group(events=1), None),  # no denominator, no share
        (group(events=0, n=0), group(percent=10), None),
    ],
)
def test_a_difference_in_100_is_given_only_between_two_shares(treated, compared, difference):
    assert summary.contrast(treated, compared)["difference"] == difference


def row(**values):
    plain = {"result": "x", "stance": "supports", "standing": "none", "directness": "direct", "tier": 2}
    return plain | {"finding": "a", "low": None, "measure": None} | values


def test_the_figures_shown_are_the_strongest_whatever_they_say():
    compared = {"low": 0.5, "measure": "risk-ratio"}
    weak = row(finding="weak", tier=4, **compared)
    null = row(finding="null", stance="no-effect", **compared)
    indirect = row(finding="indirect", tier=1, directness="indirect", **compared)
    alone = row(finding="alone", tier=1)
    retracted = row(finding="retracted", tier=1, standing="retracted", **compared)
    beside = row(finding="beside", tier=1, stance="context", **compared)
    items = [weak, null, indirect, alone, retracted, beside]
    assert summary.strongest(items, {})["finding"] == "null"
    assert summary.strongest([retracted, beside], {}) is None
    assert summary.strongest([alone, weak], {"weak": None})["finding"] == "weak"
    chance = row(finding="chance", tier=1, result="P < 0.001")
    assert summary.strongest([chance, row(finding="size", tier=2, result="58%")], {})["finding"] == "size"
    assert summary.strongest([chance], {})["bare"]


def test_a_summary_of_findings_holds_every_cell_and_every_rating(site, db):
    for claim in rows(db, "SELECT id FROM claim"):
        data = site.get(f"/claims/{claim['id']}.json").json()["summary"]
        cells = rows(db, f"SELECT * FROM summary_of_findings WHERE claim = '{claim['id']}'")
        shown = {(r["outcome"], r["horizon"]): r for r in data}
        assert len(shown) == len(data)
        for cell in cells:
            row = shown[cell["outcome"], cell["horizon"]]
            for name in ("studies", "reviews", "participants", "supporting", "no_effect", "contradicting"):
                assert row[name] == cell[name], (claim, cell["outcome"], name)
        rated = [rating["id"] for row in data for rating in row["ratings"]]
        assert sorted(rated) == [
            r["id"] for r in rows(db, f"SELECT id FROM certainty WHERE claim = '{claim['id']}' ORDER BY id")
        ]


def test_figures_in_a_summary_are_those_of_their_study(site, db):
    figures = {r["id"]: (r["result"], r["study"]) for r in rows(db, "SELECT id, result, study FROM finding")}
    seen = 0
    for claim in rows(db, "SELECT id FROM claim"):
        for row in site.get(f"/claims/{claim['id']}.json").json()["summary"]:
            if row["figures"]:
                shown = row["figures"]
                assert (shown["result"], shown["study"]) == figures[shown["finding"]]
                if shown["contrast"]:
                    assert shown["contrast"]["treated"] in shown["result"]
                    assert shown["contrast"]["compared"] in shown["result"]
                seen += 1
    assert seen > 100


def test_studies_by_design_add_up(site, db):
    for claim in rows(db, "SELECT id, supporting, no_effect, contradicting FROM claim_summary"):
        data = site.get(f"/claims/{claim['id']}.json").json()["designs"]
        for stance, name in [("supports", "supporting"), ("no-effect", "no_effect"), ("contradicts", "contradicting")]:
            assert sum(d["sides"].get(stance, {"studies": 0})["studies"] for d in data) == claim[name]


def test_routes_of_a_condition_count_what_sql_counts(site, db):
    sql = """
    SELECT route.label AS route, count(*) AS studies FROM study
    JOIN study_condition ON study_condition.study = study.key JOIN study_route ON study_route.study = study.key
    JOIN route ON route.id = study_route.route JOIN design ON design.id = study.design
    WHERE condition = ? AND NOT design.review GROUP BY route.id
    """
    for condition in rows(db, "SELECT id FROM condition"):
        data = site.get(f"/conditions/{condition['id']}.json").json()["regimens"]
        assert {r["route"]: r["studies"] for r in data} == dict(db.execute(sql, [condition["id"]]).fetchall())


def test_overlapping_reviews_are_a_matrix(site, db):
    claims = rows(db, "SELECT DISTINCT claim FROM verdict_study WHERE overlap_factor < 1")
    assert claims
    for claim in claims:
        page = site.get(f"/claims/{claim['claim']}").text
        assert 'class="overlap"' in page and "● counted" in page


def test_a_writer_can_copy_the_better_wording_and_sees_the_history(site, db):
    for claim in rows(db, "SELECT id, safer_wording, decided_on FROM claim LIMIT 10"):
        text = read(site, f"/claims/{claim['id']}").text
        assert " ".join(claim["safer_wording"].split()) in text
        assert f"Last decided on {claim['decided_on']}" in text


def test_the_words_of_a_verdict_are_explained_beside_it(site, db):
    sql = "SELECT claim.id, verdict.description FROM claim JOIN verdict ON verdict.id = verdict LIMIT 20"
    for claim in rows(db, sql):
        assert claim["description"] in read(site, f"/claims/{claim['id']}").text


@pytest.mark.parametrize(
    "values, ratio, expected",
    [
        ([-0.65, -1.47, 0.16, 0], False, [0, -1.5, -1.0, -0.5]),
        ([-15.8, -32.1, 0.5, 0], False, [0, -30, -20, -10]),
        ([3.26, 1.05, 10.09, 1], True, [1, 2, 5, 10]),
        ([0.58, 0.23, 1.48, 1], True, [1, 0.5]),
    ],
)
def test_an_axis_has_round_numbers(values, ratio, expected):
    axis = charts._Axis(values, ratio)
    shown = axis.ticks(1 if ratio else 0)
    assert shown[0] == expected[0]
    assert {round(value, 3) for value in expected} <= {round(value, 3) for value in shown}
    assert all(abs(axis.x(a) - axis.x(b)) > 36 for i, a in enumerate(shown) for b in shown[:i])


def test_what_a_number_refers_to_stands_beside_it(site):
    """A fall by 1 point against one by 2 must not read as a level of 1 against one of 2."""
    page = read(site, "/claims/migraine").text
    row = next(r for r in site.get("/claims/migraine.json").json()["summary"] if r["figures"]["contrast"])
    assert " ".join(row["figures"]["text"].split()) in page
    assert all(label in page for label in row["figures"]["contrast"]["of"] if label)


def test_the_benefit_beside_a_harm_is_direct_where_it_can_be():
    place = {"outcome_group": "benefit", "outcome": "pain", "horizon": "week", "low": 1, "measure": "risk-ratio"}
    indirect = row(**place, directness="indirect", tier=1)
    elsewhere = row(**(place | {"finding": "b", "horizon": "month"}))
    deciding = row(**(place | {"finding": "c", "tier": 4}))
    certainty = [{"outcome": "pain", "horizon": "week", "decisive": 1}]
    assert summary.benefit([indirect, elsewhere], certainty, {})["finding"] == "b"
    assert summary.benefit([indirect, elsewhere, deciding], certainty, {})["finding"] == "c"
    assert summary.benefit([indirect], certainty, {})["directness"] == "indirect"
    assert summary.benefit([row(**(place | {"outcome_group": "harm"}))], certainty, {}) is None

"""The ready queries: each answers over HTTP, with rows, and its rows are what Python counts in the records."""

import re
from collections import Counter, defaultdict

import pytest

from kb import queries
from kb import vocabulary as v

QUERIES = queries.load()
ONE_ARM = {"proportion", "mean", "median", "mean-change", "percent-change", "correlation"}
TRIALS = {v.Design.RCT, v.Design.CROSSOVER_RCT}
BENEFIT_CLAIMS = {v.ClaimType.EFFICACY, v.ClaimType.INDICATION}


def ask(site, name, **parameters):
    response = site.get(f"/kb/{name}.json", params={"_shape": "array", **parameters})
    assert response.status_code == 200, response.text
    return response.json()


def evidence(real):
    """Every study, finding and evidence row together."""
    return [(s, f, e) for s in real.studies.values() for f in s.findings for e in f.evidence]


def benefit(real, finding):
    return real.outcomes[finding.outcome].group == v.OutcomeGroup.BENEFIT


def test_there_are_twenty():
    assert len(QUERIES) >= 20


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_answers_with_rows(site, name):
    assert ask(site, name)
    page = site.get(f"/kb/{name}")
    assert page.status_code == 200
    assert QUERIES[name].title in page.text


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_survives_words_that_nobody_wrote(site, name):
    for value in ("zzzz", "%", "'; DROP TABLE claim; --"):
        status = site.get(f"/kb/{name}.json", params=dict.fromkeys(QUERIES[name].parameters, value)).status_code
        # A search expression may be wrong, and Datasette says so; nothing else may fail.
        assert status == 200 or (name == "find_words" and status == 400)


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_says_what_it_answers_and_what_its_parameters_mean(name):
    query = QUERIES[name]
    assert query.title and query.answers.endswith(".")
    assert set(re.findall(r":(\w+)", query.sql)) == set(query.parameters) and query.parameters
    assert all("where empty" in meaning for meaning in query.parameters.values())


def test_the_database_page_lists_them(site):
    page = site.get("/kb").text
    assert "/kb/contrary_evidence" in page or "/kb/-/queries" in page


def test_contrary_evidence(site, real):
    contrary = [e for _, _, e in evidence(real) if e.stance in ("no-effect", "contradicts")]
    assert len(ask(site, "contrary_evidence")) == len(contrary)
    claim = contrary[0].claim
    assert len(ask(site, "contrary_evidence", claim=claim)) == sum(e.claim == claim for e in contrary)


def test_direct_trials(site, real):
    withdrawn = {s.study for s in real.standing if s.kind in v.WITHDRAWN}
    expected = Counter(
        e.claim
        for s, _, e in evidence(real)
        if s.design in TRIALS and e.directness == "direct" and s.key not in withdrawn
    )
    assert Counter(row["claim"] for row in ask(site, "direct_trials")) == expected


def test_case_series_only(site, real):
    supporting, compared = defaultdict(set), set()
    for s, _, e in evidence(real):
        if e.stance == "supports" and real.claims[e.claim].type in BENEFIT_CLAIMS:
            supporting[e.claim].add(s.key)
            if e.directness == "direct" and s.comparator.type not in ("none", "mixed"):
                compared.add(e.claim)
    expected = {claim: len(keys) for claim, keys in supporting.items() if claim not in compared}
    assert {row["claim"]: row["supporting_studies"] for row in ask(site, "case_series_only")} == expected


def test_one_study_claims(site, db):
    weights, totals = defaultdict(float), defaultdict(float)
    for row in db.query("SELECT * FROM verdict_weight"):
        weights[row["claim"], row["study"]] += row["weight"]
        totals[row["claim"]] += row["weight"]
    expected = {claim for (claim, _), weight in weights.items() if weight > totals[claim] / 2}
    assert {row["claim"] for row in ask(site, "one_study_claims")} == expected
    nearly_all = {claim for (claim, _), weight in weights.items() if weight > totals[claim] * 0.9}
    assert {row["claim"] for row in ask(site, "one_study_claims", percent=90)} == nearly_all


@pytest.mark.parametrize("days", [28, 180])
def test_beyond_days(site, real, days):
    findings = [f for s in real.studies.values() for f in s.findings if f.time and benefit(real, f)]
    expected = sorted(round(f.time.days, 4) for f in findings if f.time.days > days)
    assert sorted(row["days"] for row in ask(site, "beyond_days", days=days)) == expected


def test_benefit_over_time(site, real):
    supporting = defaultdict(set)
    for s, f, e in evidence(real):
        if e.stance == "supports" and benefit(real, f):
            supporting[e.claim, f.outcome].add((s.key, f.time and f.time.days))
    counted = Counter()
    for row in ask(site, "benefit_over_time"):
        counted[row["claim"]] += row["supporting"]
    assert {claim for claim, n in counted.items() if n} == {claim for claim, _ in supporting}
    assert all(n <= sum(len(x) for (c, _), x in supporting.items() if c == claim) for claim, n in counted.items())


def test_harms_with_denominators(site, real):
    expected = Counter(
        (g.events, g.n)
        for s in real.studies.values()
        for f in s.findings
        if real.outcomes[f.outcome].group == v.OutcomeGroup.HARM
        for g in f.groups
        if g.events is not None and g.n
    )
    rows = ask(site, "harms_with_denominators")
    assert Counter((row["events"], row["n"]) for row in rows) == expected
    assert all(row["percent"] == pytest.approx(100 * row["events"] / row["n"], abs=0.06) for row in rows)


def test_changed_standing(site, real):
    changed = [s for s in real.standing if s.kind not in ("none", "unchecked")]
    rows = ask(site, "changed_standing")
    assert Counter(row["asked"] for row in rows) == Counter(s.asked for s in changed)
    assert sum(row["withdrawn"] for row in rows) == sum(s.kind in v.WITHDRAWN for s in changed)
    assert ask(site, "changed_standing", since="9999-01-01") == []


def test_shared_trials(site, real):
    counted = Counter(key for s in real.studies.values() for key in s.includes)
    assert sorted(row["reviews"] for row in ask(site, "shared_trials")) == sorted(counted.values())


def test_overstatements_and_omissions(site, real):
    wrong = [a for x in real.articles.values() for a in x.appearances if a.rating != "accurate"]
    assert Counter(row["claim"] for row in ask(site, "overstatements")) == Counter(a.claim for a in wrong)
    overstated = sum(a.rating == "overstated" for a in wrong)
    assert len(ask(site, "overstatements", rating="overstated")) == overstated
    omitted = [o.claim for x in real.articles.values() for o in x.omissions]
    assert sorted(row["claim"] for row in ask(site, "omissions")) == sorted(omitted)


def test_stored_and_computed(site, real, db):
    computed = {row["claim"]: row["verdict"] for row in db.query("SELECT claim, verdict FROM verdict_computed")}
    differ = {id for id, claim in real.claims.items() if claim.verdict.value != computed[id]}
    assert {row["claim"] for row in ask(site, "stored_and_computed")} == differ
    assert {row["claim"] for row in ask(site, "stored_and_computed", agree=1)} == set(real.claims) - differ


def test_certainty_reasons(site, real):
    reasons = [(id, x.why) for id, c in real.claims.items() for r in c.certainty for x in r.reasons]
    rows = ask(site, "certainty_reasons")
    assert Counter((row["claim"], row["why"]) for row in rows if row["why"]) == Counter(reasons)
    assert len(rows) == sum(len(r.reasons) or 1 for c in real.claims.values() for r in c.certainty)


def test_unconfirmed_pmids(site, real):
    without = [s.source.title for s in real.studies.values() if s.source.pmid is None]
    assert sorted(row["title"] for row in ask(site, "unconfirmed_pmids")) == sorted(without)


def test_condition_claims(site, real):
    expected = Counter(id for claim in real.claims.values() for id in [claim.id] * len(claim.conditions))
    rows = ask(site, "condition_claims")
    assert Counter(row["claim"] for row in rows) == expected
    labels = {c.label: id for id, c in real.conditions.items()}
    for row in rows:
        studies = {s.key for s, _, e in evidence(real) if e.claim == row["claim"]}
        assert row["studies"] == len(studies)
        of_it = [key for key in studies if labels[row["condition"]] in real.studies[key].conditions]
        assert row["studies_of_it"] == len(of_it)


def test_effect_sizes(site, real):
    expected = {
        f"{s.key}/{f.id}": (f.effect.value, f.effect.low, f.effect.high)
        for s in real.studies.values()
        for f in s.findings
        if f.effect and f.effect.low is not None and f.effect.measure not in ONE_ARM
    }
    rows = ask(site, "effect_sizes")
    assert {row["finding"]: (row["value"], row["low"], row["high"]) for row in rows} == expected


def test_routes_compared(site, real):
    rows = {row["route"]: row for row in ask(site, "routes_compared")}
    for route in real.routes.values():
        given = [
            s for s in real.studies.values() if route.id in s.intervention.routes and s.design not in v.REVIEW_DESIGNS
        ]
        if not given:
            assert route.label not in rows
            continue
        row = rows[route.label]
        sizes = [(s.n.randomised, s.n.participants, s.n.analysed) for s in given]
        people = sum(next((x for x in size if x is not None), 0) for size in sizes)
        found = Counter(f.direction for s in given for f in s.findings if benefit(real, f))
        assert (row["studies"], row["people"] or 0) == (len(given), people)
        assert row["randomised"] == sum(s.design in TRIALS for s in given)
        assert (row["better"], row["worse"]) == (found["favours-intervention"], found["favours-comparator"])


def test_evidence_gaps(site, real, db):
    horizon = {row["id"]: row["horizon"] for row in db.query("SELECT id, horizon FROM finding")}
    compared = {
        (condition, horizon[f"{s.key}/{f.id}"])
        for s, f, e in evidence(real)
        if e.directness == "direct" and e.stance != "context" and benefit(real, f) and s.comparator.type != "none"
        for condition in s.conditions
    }
    every = {(c.label, h.label) for c in real.conditions.values() for h in real.about.horizons}
    labels = {h.id: h.label for h in real.about.horizons}
    looked = {(real.conditions[c].label, labels[h]) for c, h in compared if h}
    rows = ask(site, "evidence_gaps")
    assert {(row["condition"], row["horizon"]) for row in rows} == every - looked
    assert len(rows) == len(every - looked)


def test_direct_only(site, db):
    direct = {row["id"] for row in db.query("SELECT id FROM evidence WHERE directness = 'direct'")}
    shares = {}
    weights = list(db.query("SELECT * FROM verdict_weight"))
    for claim in {row["claim"] for row in weights}:
        mine = [row for row in weights if row["claim"] == claim]
        for kind, part in (("all", mine), ("direct", [row for row in mine if row["evidence"] in direct])):
            total = sum(row["weight"] for row in part)
            support = sum(row["weight"] for row in part if row["stance"] == "supports")
            shares[claim, kind] = 100 * support / total if total else None
    expected = {
        claim
        for claim, kind in shares
        if kind == "all"
        and shares[claim, "all"] is not None
        and (shares[claim, "direct"] is None or abs(shares[claim, "all"] - shares[claim, "direct"]) > 10)
    }
    assert {row["claim"] for row in ask(site, "direct_only")} == expected


def test_find_words(site, real):
    texts = [f.text for s in real.studies.values() for f in s.findings if re.search(r"\bbladder\b", f.text, re.I)]
    found = {row["text"] for row in ask(site, "find_words", words="bladder")}
    assert set(texts) <= found
    others = {f.text: f.population or "" for s in real.studies.values() for f in s.findings if f.text in found}
    assert all("bladder" in f"{text} {population}".lower() for text, population in others.items())


def test_unblinded_support(site, real):
    expected = Counter(
        e.claim
        for s, _, e in evidence(real)
        if e.stance == "supports"
        and e.directness == "direct"
        and real.claims[e.claim].type in BENEFIT_CLAIMS
        and s.blinding not in ("double", "single")
        and s.design not in v.REVIEW_DESIGNS
    )
    assert Counter(row["claim"] for row in ask(site, "unblinded_support")) == expected


def test_funders(site, real):
    expected = sorted(s.funding for s in real.studies.values() if s.funding)
    assert sorted(row["funding"] for row in ask(site, "funders")) == expected


def test_second_readings(site, real):
    read = Counter(e.second_read.outcome.value for _, _, e in evidence(real) if e.second_read)
    assert len(ask(site, "second_readings")) == read["corrected"]
    assert len(ask(site, "second_readings", outcome="agreed")) == min(read["agreed"], 1000)


def test_searches_and_hits(site, real):
    rows = ask(site, "searches_and_hits")
    assert sorted(row["query"] for row in rows) == sorted(search.query for search in real.searches.values())
    assert sum(row["taken"] for row in rows) == sum(s.decision == "taken" for s in real.screening)

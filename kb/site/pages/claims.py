"""`/claims` and `/claims/<id>`: what is claimed, and what the evidence says of it."""

from collections import Counter

from kb.records import REFERENCE
from kb.site import charts
from kb.site.pages import about, row, rows, summary
from kb.site.pages.harms import HARM
from kb.vocabulary import COMPARATIVE_MEASURES

#: Evidence on a page: strongest design first, then the heavier, larger and newer study.
EVIDENCE = """
SELECT evidence_table.*, figures.measure, figures.low, design.rank AS design_rank, design.review
FROM evidence_table
JOIN finding AS figures ON figures.id = evidence_table.finding
JOIN design ON design.id = evidence_table.design
WHERE claim = ?
ORDER BY tier, weight DESC, size DESC, year DESC, evidence_table.study, horizon_rank, finding
"""
STUDIES = "SELECT study FROM evidence JOIN finding ON finding.id = finding WHERE claim = ?"
CERTAINTY = """
SELECT
  certainty.*, outcome.label AS outcome_label, outcome.grouping AS outcome_group,
  horizon.label AS horizon_label, horizon.rank AS horizon_rank, study.label AS study_label
FROM certainty
JOIN outcome ON outcome.id = certainty.outcome
LEFT JOIN horizon ON horizon.id = certainty.horizon
LEFT JOIN study ON study.key = certainty.study
WHERE claim = ?
ORDER BY decisive DESC, certainty.rater, outcome.rowid, horizon.rank
"""
REASONS = """
SELECT certainty_reason.*
FROM certainty_reason JOIN certainty ON certainty.id = certainty_reason.certainty
WHERE claim = ?
"""
#: The sentences of abstracts that carry the figures of findings, in databases that hold abstracts.
LOCATED = """
SELECT
  located_sentence.finding, located_sentence.figures, abstract_section.label,
  substr(abstract_section.text, located_sentence.start + 1, located_sentence.stop - located_sentence.start) AS sentence
FROM located_sentence JOIN abstract_section ON abstract_section.id = located_sentence.section
WHERE located_sentence.finding IN (SELECT finding FROM evidence WHERE claim = ?)
ORDER BY located_sentence.finding, abstract_section.position, located_sentence.start
"""
HORIZONS = "SELECT id, label, rank FROM horizon ORDER BY rank"
CONDITIONS = "SELECT id, label FROM condition JOIN claim_condition ON condition = id WHERE claim = ? ORDER BY label"
APPEARANCES = """
SELECT
  appearance.*, article.title AS article_title, article.url AS article_url, article.publisher,
  section.title AS section_title
FROM appearance
JOIN article ON article.slug = appearance.article
LEFT JOIN section ON section.id = appearance.section
WHERE claim = ?
ORDER BY appearance.article, sentence
"""
LOG = "SELECT * FROM verdict_log WHERE claim = ? ORDER BY position DESC"
SEARCHES = """
SELECT search.*, max(search_run.ran) AS ran, search_run.hits
FROM search LEFT JOIN search_run ON search_run.search = search.id
WHERE claim = ?
GROUP BY search.id
ORDER BY search.id
"""
OVERLAP = """
WITH mine AS (SELECT finding.study FROM evidence JOIN finding ON finding.id = evidence.finding WHERE claim = ?)
SELECT review_includes.review, review.label AS review_label, review_includes.study, study.label AS study_label
FROM review_includes
JOIN study AS review ON review.key = review_includes.review
JOIN study ON study.key = review_includes.study
WHERE review_includes.review IN mine AND review_includes.study IN mine
ORDER BY review.year DESC, study.year
"""
EFFECTS = f"""
SELECT
  finding.*, outcome.label AS outcome_label, study.label AS study_label, study.size,
  evidence.directness, evidence.why_indirect
FROM finding
JOIN study ON study.key = finding.study
JOIN outcome ON outcome.id = finding.outcome
JOIN evidence ON evidence.finding = finding.id
WHERE evidence.claim = :claim AND evidence.stance <> 'context' AND finding.low IS NOT NULL
  AND finding.measure IN ({", ".join(f"'{measure}'" for measure in sorted(COMPARATIVE_MEASURES))})
  AND (:directness IS NULL OR evidence.directness = :directness)
  AND (:grouping IS NULL OR outcome.grouping = :grouping)
ORDER BY finding.outcome, finding.days, study.year
"""


def index(connection, arguments):
    chosen = {name: arguments.get(name) for name in ("type", "verdict", "certainty", "condition")}
    where = [f"claim_summary.{name} = :{name}" for name in ("type", "verdict", "certainty") if chosen[name]]
    if chosen["condition"]:
        where.append("id IN (SELECT claim FROM claim_condition WHERE condition = :condition)")
    sql = f"SELECT * FROM claim_summary WHERE {' AND '.join(where or ['1'])} ORDER BY type, verdict_rank, statement"
    return {
        "about": about(connection),
        "chosen": chosen,
        "claims": rows(connection, sql, **chosen),
        "conditions": rows(connection, "SELECT id, label FROM condition ORDER BY label"),
    }


def detail(connection, arguments, id):
    claim = row(connection, "SELECT * FROM claim WHERE id = ?", id)
    if claim is None:
        return None
    evidence = rows(connection, EVIDENCE, id)
    certainty = rows(connection, CERTAINTY, id)
    reasons = rows(connection, REASONS, id)
    pairs = summary.contrasts(connection, id)
    located: dict[str, list[dict]] = {}
    for place in rows(connection, LOCATED, id):
        located.setdefault(place["finding"], []).append(place)
    return {
        "about": about(connection),
        "claim": claim,
        "benefit": summary.benefit(evidence, certainty, pairs),
        "harm": row(connection, HARM.format(among=STUDIES), id),
        "summary": summary.table(certainty, reasons, evidence, pairs),
        "designs": summary.designs(evidence),
        "evidence": evidence,
        "located": located,
        "overlap": summary.overlap(rows(connection, OVERLAP, id)),
        "conditions": rows(connection, CONDITIONS, id),
        "appearances": rows(connection, APPEARANCES, id),
        "log": rows(connection, LOG, id),
        "searches": rows(connection, SEARCHES, id),
        "labels": study_labels(
            connection, [*prose(claim), *(c["summary"] for c in certainty), *(reason["why"] for reason in reasons)]
        ),
        "_forest": charts.forests(rows(connection, EFFECTS, claim=id, grouping=None, directness=None)),
        "_strip": charts.strip(by_horizon(evidence, rows(connection, HORIZONS))),
    }


def prose(claim: dict) -> list[str]:
    """The texts of a claim that may refer to studies."""
    return [claim[name] for name in ("answer", "rationale", "safer_wording", "would_change")]


def study_labels(connection, texts: list[str]) -> dict[str, str]:
    """The labels of the studies that texts refer to as `[@key]`."""
    keys = sorted({key for text in texts for key in REFERENCE.findall(text)})
    marks = ", ".join("?" * len(keys))
    return {
        r["key"]: r["label"] for r in rows(connection, f"SELECT key, label FROM study WHERE key IN ({marks})", *keys)
    }


def by_horizon(evidence: list[dict], horizons: list[dict]) -> list[dict]:
    """At each horizon, the direct studies with a comparison group: for, mixed, no effect, against.

    `evidence` are rows of evidence_table. A study with findings of more than one stance in a span
    is counted once, as mixed. A span that no such study looked at stays, empty.
    """
    spans: dict[str, dict] = {horizon["id"]: {} for horizon in horizons}
    for item in evidence:
        if item["horizon"] and item["stance"] != "context" and counts_as_compared(item):
            spans[item["horizon"]].setdefault(item["study"], set()).add(item["stance"])
    return [
        {"label": horizon["label"], "counts": Counter(map(reading, spans[horizon["id"]].values()))}
        for horizon in horizons
    ]


def counts_as_compared(item: dict) -> bool:
    """Direct evidence from a study with a comparison group."""
    return item["directness"] == "direct" and item["comparator_type"] != "none"


def reading(stances: set[str]) -> str:
    """What one study says in one span of time: its only stance, or mixed."""
    return next(iter(stances)) if len(stances) == 1 else "mixed"

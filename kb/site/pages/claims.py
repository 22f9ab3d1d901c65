"""`/claims` and `/claims/<id>`: what is claimed, and what the evidence says of it."""

from kb.records import REFERENCE
from kb.site import charts
from kb.site.pages import about, page, row, rows

#: Order of the evidence on a claim page: strongest design first, then the larger, then the newer study.
STRONGEST_FIRST = "tier, weight DESC, size DESC, year DESC, study, horizon_rank, finding"


@page("/claims", "claims.html")
def index(connection, arguments):
    chosen = {name: arguments.get(name) for name in ("type", "verdict", "certainty", "condition")}
    where = ["1"]
    where += [f"claim_summary.{name} = :{name}" for name in ("type", "verdict", "certainty") if chosen[name]]
    if chosen["condition"]:
        where.append("id IN (SELECT claim FROM claim_condition WHERE condition = :condition)")
    sql = f"SELECT * FROM claim_summary WHERE {' AND '.join(where)} ORDER BY type, verdict_rank, statement"
    return {
        "about": about(connection),
        "chosen": chosen,
        "claims": rows(connection, sql, **chosen),
        "conditions": rows(connection, "SELECT id, label FROM condition ORDER BY label"),
    }


@page(r"/claims/(?P<id>[a-z0-9-]+)", "claim.html", "claim")
def detail(connection, arguments, id):
    claim = row(connection, "SELECT * FROM claim WHERE id = ?", id)
    if claim is None:
        return None
    evidence = rows(connection, f"SELECT * FROM evidence_table WHERE claim = ? ORDER BY {STRONGEST_FIRST}", id)
    certainty = rows(
        connection,
        "SELECT certainty.*, outcome.label AS outcome_label, horizon.label AS horizon_label FROM certainty"
        " JOIN outcome ON outcome.id = certainty.outcome LEFT JOIN horizon ON horizon.id = certainty.horizon"
        " WHERE claim = ? ORDER BY decisive DESC, outcome.rowid, horizon.rank",
        id,
    )
    texts = [claim[name] for name in ("answer", "rationale", "safer_wording", "would_change")] + [c["summary"] for c in certainty]
    return {
        "about": about(connection),
        "claim": claim,
        "computed": row(connection, "SELECT * FROM claim_verdict WHERE claim = ?", id),
        "certainty": certainty,
        "reasons": rows(
            connection,
            "SELECT certainty_reason.* FROM certainty_reason JOIN certainty ON certainty.id = certainty_reason.certainty WHERE claim = ?",
            id,
        ),
        "findings": rows(
            connection, "SELECT * FROM summary_of_findings WHERE claim = ? ORDER BY outcome_group, outcome_label, horizon_rank", id
        ),
        "evidence": evidence,
        "reviews": overlap(connection, {e["study"] for e in evidence}),
        "conditions": rows(
            connection, "SELECT id, label FROM condition JOIN claim_condition ON condition = id WHERE claim = ? ORDER BY label", id
        ),
        "appearances": rows(
            connection,
            "SELECT appearance.*, article.title AS article_title, section.title AS section_title FROM appearance"
            " JOIN article ON article.slug = appearance.article LEFT JOIN section ON section.id = appearance.section"
            " WHERE claim = ? ORDER BY article, sentence",
            id,
        ),
        "searches": rows(
            connection,
            "SELECT search.*, max(search_run.ran) AS ran, search_run.hits FROM search LEFT JOIN search_run ON search_run.search = search.id"
            " WHERE claim = ? GROUP BY search.id ORDER BY search.id",
            id,
        ),
        "labels": study_labels(connection, texts),
        "_forest": charts.forests(effects(connection, "evidence.claim = ? AND evidence.stance <> 'context'", id)),
        "_strip": charts.strip(by_horizon(evidence)),
    }


def study_labels(connection, texts: list[str | None]) -> dict[str, str]:
    """The labels of the studies that texts refer to as `[@key]`."""
    keys = sorted({key for text in texts if text for key in REFERENCE.findall(text)})
    marks = ", ".join("?" * len(keys))
    return {r["key"]: r["label"] for r in rows(connection, f"SELECT key, label FROM study WHERE key IN ({marks})", *keys)}


def overlap(connection, studies: set[str]) -> list[dict]:
    """Which of these reviews counted which of these studies."""
    marks = ", ".join("?" * len(studies))
    return rows(
        connection,
        "SELECT review_includes.review, review.label AS review_label, review_includes.study, study.label AS study_label"
        " FROM review_includes JOIN study AS review ON review.key = review_includes.review"
        " JOIN study ON study.key = review_includes.study"
        f" WHERE review_includes.review IN ({marks}) AND review_includes.study IN ({marks}) ORDER BY review.year DESC, study.year",
        *sorted(studies) * 2,
    )


def effects(connection, where: str, *parameters) -> list[dict]:
    """Findings with an estimate and its interval, for a forest plot."""
    return rows(
        connection,
        "SELECT DISTINCT finding.*, outcome.label AS outcome_label, study.label AS study_label, study.size FROM finding"
        " JOIN study ON study.key = finding.study JOIN outcome ON outcome.id = finding.outcome"
        f" JOIN evidence ON evidence.finding = finding.id WHERE {where} AND finding.low IS NOT NULL"
        " ORDER BY finding.outcome, finding.days, study.year",
        *parameters,
    )


def by_horizon(evidence: list[dict]) -> list[dict]:
    """Number of studies for, without effect and against at each horizon, from rows of evidence_table."""
    cells: dict[int, dict] = {}
    for item in evidence:
        if item["horizon"] and item["stance"] != "context":
            cell = cells.setdefault(item["horizon_rank"], {"label": item["horizon_label"], "studies": {}})
            cell["studies"].setdefault(item["stance"], set()).add(item["study"])
    return [
        {"label": cell["label"], "counts": {stance: len(keys) for stance, keys in cell["studies"].items()}}
        for _, cell in sorted(cells.items())
    ]

"""`/studies`, `/studies/<key>` and `/pmid/<pmid>`: one paper, what it did and what it found."""

from kb.site.pages import about, row, rows

LIST = """
SELECT
  study.key, study.label, study.title, study.year, study.design, design.label AS design_label,
  study.size, study.n_studies, citation.pmid, study_standing.kind AS standing,
  (
    SELECT group_concat(condition.label, '; ')
    FROM study_condition JOIN condition ON condition.id = study_condition.condition
    WHERE study_condition.study = study.key
  ) AS conditions
FROM study
JOIN design ON design.id = study.design
JOIN citation ON citation.id = study.citation
JOIN study_standing ON study_standing.study = study.key
"""
FINDINGS = """
SELECT finding.*, outcome.label AS outcome_label
FROM finding JOIN outcome ON outcome.id = finding.outcome
WHERE study = ?
ORDER BY position
"""
EVIDENCE = """
SELECT evidence.*, claim.statement, claim.verdict
FROM evidence
JOIN finding ON finding.id = evidence.finding
JOIN claim ON claim.id = evidence.claim
WHERE finding.study = ?
ORDER BY finding.position, claim.statement
"""
#: The computed verdicts with a withdrawn paper and without it.
RETRACTION = """
SELECT retraction_effect.*, claim.statement
FROM retraction_effect JOIN claim ON claim.id = retraction_effect.claim
WHERE study = ? ORDER BY statement
"""
INCLUDES = (
    "SELECT key, label FROM review_includes JOIN study ON key = review_includes.study WHERE review = ? ORDER BY year"
)
COUNTED_BY = (
    "SELECT key, label FROM review_includes JOIN study ON key = review WHERE review_includes.study = ? ORDER BY year"
)
REPORTS = "SELECT key, label FROM study WHERE report_of = ? ORDER BY year"


def index(connection, arguments):
    chosen = {
        "design": arguments.get("design"),
        "condition": arguments.get("condition"),
        "horizon": arguments.get("horizon"),
    }
    where = ["1"]
    if chosen["design"]:
        where.append("study.design = :design")
    if chosen["condition"]:
        where.append("study.key IN (SELECT study FROM study_condition WHERE condition = :condition)")
    if chosen["horizon"]:
        where.append("study.key IN (SELECT study FROM finding WHERE horizon = :horizon)")
    sql = f"{LIST} WHERE {' AND '.join(where)} ORDER BY study.year DESC, study.label"
    return {
        "about": about(connection),
        "chosen": chosen,
        "studies": rows(connection, sql, **chosen),
        "conditions": rows(connection, "SELECT id, label FROM condition ORDER BY label"),
        "horizons": rows(connection, "SELECT id, label FROM horizon ORDER BY rank"),
    }


def detail(connection, arguments, key):
    study = row(connection, "SELECT * FROM study WHERE key = ?", key)
    if study is None:
        return None
    return {
        "about": about(connection),
        "study": study,
        "citation": row(connection, "SELECT * FROM citation WHERE id = ?", study["citation"]),
        "standing": rows(connection, "SELECT * FROM standing WHERE study = ? ORDER BY checked DESC", key),
        "worst_standing": row(connection, "SELECT kind FROM study_standing WHERE study = ?", key)["kind"],
        "conditions": _named(connection, "condition", key),
        "routes": _named(connection, "route", key),
        "forms": _named(connection, "form", key),
        "findings": rows(connection, FINDINGS, key),
        "evidence": rows(connection, EVIDENCE, key),
        "retraction": rows(connection, RETRACTION, key),
        "first_report": row(connection, "SELECT key, label FROM study WHERE key = ?", study["report_of"]),
        "reports": rows(connection, REPORTS, key),
        "includes": rows(connection, INCLUDES, key),
        "included_in": rows(connection, COUNTED_BY, key),
    }


def _named(connection, what: str, study: str) -> list[dict]:
    """The conditions, routes or forms of a study."""
    sql = f"SELECT id, label FROM {what} JOIN study_{what} ON study_{what}.{what} = id WHERE study = ?"
    return rows(connection, sql, study)


def by_pmid(connection, arguments, pmid):
    sql = "SELECT key FROM study JOIN citation ON citation.id = study.citation WHERE pmid = ?"
    found = row(connection, sql, pmid)
    return found and {"redirect": f"/studies/{found['key']}"}


def by_doi(connection, doi):
    sql = "SELECT key FROM study JOIN citation ON citation.id = study.citation WHERE lower(doi) = lower(?)"
    found = row(connection, sql, doi)
    return found and {"redirect": f"/studies/{found['key']}"}

"""`/conditions` and `/conditions/<id>`: does it work for this patient, how well, how long, at what harm."""

from kb.site import charts
from kb.site.pages import about, claims, row, rows
from kb.site.pages.home import CONDITIONS

CLAIMS = """
SELECT claim_summary.* FROM claim_summary JOIN claim_condition ON claim = id
WHERE condition = ? AND id IS NOT ?
ORDER BY type, statement
"""
STUDIES = """
SELECT study.*, design.label AS design_label, design.tier, citation.pmid, study_standing.kind AS standing
FROM study
JOIN study_condition ON study_condition.study = study.key
JOIN design ON design.id = study.design
JOIN citation ON citation.id = study.citation
JOIN study_standing ON study_standing.study = study.key
WHERE study_condition.condition = ?
ORDER BY design.tier, study.size DESC, study.year DESC
"""
FINDINGS = """
SELECT
  finding.*, outcome.label AS outcome_label, outcome.system,
  study.label AS study_label, design.label AS design_label, design.tier, study_standing.kind AS standing
FROM finding
JOIN outcome ON outcome.id = finding.outcome
JOIN study ON study.key = finding.study
JOIN design ON design.id = study.design
JOIN study_standing ON study_standing.study = study.key
JOIN study_condition ON study_condition.study = study.key
WHERE study_condition.condition = ? AND {which}
ORDER BY outcome.rowid, design.tier, study.size DESC
"""
#: A harm counted in both groups of a trial, to stand beside the benefit: largest trial first, injections only.
HARM = """
SELECT
  finding.text, finding.result, finding.study, study.label AS study_label
FROM finding
JOIN outcome ON outcome.id = finding.outcome
JOIN study ON study.key = finding.study
JOIN study_condition ON study_condition.study = study.key
JOIN study_standing ON study_standing.study = study.key
WHERE study_condition.condition = ? AND outcome.grouping = 'harm' AND study.design IN ('rct', 'crossover-rct')
  AND study_standing.kind NOT IN ('retracted', 'retracted-and-republished')
  AND study.key NOT IN (SELECT study FROM study_route JOIN route ON route.id = route WHERE NOT injected)
  AND (
    SELECT count(DISTINCT arm) FROM finding_group
    WHERE finding = finding.id AND arm <> 'all' AND (percent IS NOT NULL OR events IS NOT NULL)
  ) = 2
ORDER BY study.size DESC, finding.position
LIMIT 1
"""
HARMS = FINDINGS.format(which="outcome.grouping = 'harm'")
GUIDANCE = FINDINGS.format(which="study.design IN ('guideline', 'regulatory') AND outcome.grouping = 'practice'")


def index(connection, arguments):
    sql = f"{CONDITIONS} ORDER BY claim.id IS NULL, condition.rowid"
    return {"about": about(connection), "conditions": rows(connection, sql)}


def detail(connection, arguments, id):
    condition = row(connection, f"{CONDITIONS} WHERE condition.id = ?", id)
    if condition is None:
        return None
    summary = row(connection, "SELECT * FROM claim WHERE id = ?", condition["claim"])
    certainty = rows(connection, claims.CERTAINTY, condition["claim"])
    benefits = [e for e in rows(connection, claims.EVIDENCE, condition["claim"]) if e["outcome_group"] == "benefit"]
    texts = claims.prose(summary) if summary else []
    return {
        "about": about(connection),
        "condition": condition,
        "claim": summary,
        "claims": rows(connection, CLAIMS, id, condition["claim"]),
        "certainty": certainty,
        "findings": rows(connection, claims.FINDINGS, condition["claim"]),
        "harm": row(connection, HARM, id),
        "harms": rows(connection, HARMS, id),
        "guidance": rows(connection, GUIDANCE, id),
        "studies": rows(connection, STUDIES, id),
        "labels": claims.study_labels(connection, [*texts, *(c["summary"] for c in certainty)]),
        "_forest": charts.forests(rows(connection, claims.EFFECTS, claim=condition["claim"], grouping="benefit")),
        "_strip": charts.strip(claims.by_horizon(benefits)),
    }

"""`/conditions` and `/conditions/<id>`: does it work for this patient, how well, how long, at what harm."""

from kb.site import charts
from kb.site.pages import about, claims, row, rows
from kb.site.pages.harms import HARM, SAFETY
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
HARMS = FINDINGS.format(which="outcome.grouping = 'harm'")
#: What guidelines say: first what bears on the condition's own claim, then what holds for practice in general.
GUIDANCE = FINDINGS.format(
    which="study.design IN ('guideline', 'regulatory') AND finding.id IN (SELECT finding FROM evidence WHERE claim = ?)"
)
PRACTICE = FINDINGS.format(
    which="study.design IN ('guideline', 'regulatory') AND outcome.grouping = 'practice'"
    " AND finding.id NOT IN (SELECT finding FROM evidence WHERE claim IS ?)"
)


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
        "harm": row(connection, HARM.format(among="SELECT study FROM study_condition WHERE condition = ?"), id),
        "harms": rows(connection, HARMS, id),
        "guidance": rows(connection, GUIDANCE, id, condition["claim"]),
        "practice": rows(connection, PRACTICE, id, condition["claim"]),
        "safety": rows(connection, SAFETY),
        "studies": rows(connection, STUDIES, id),
        "labels": claims.study_labels(connection, [*texts, *(c["summary"] for c in certainty)]),
        "_forest": charts.forests(
            rows(connection, claims.EFFECTS, claim=condition["claim"], grouping="benefit", directness="direct")
        ),
        "_strip": charts.strip(claims.by_horizon(benefits)),
    }

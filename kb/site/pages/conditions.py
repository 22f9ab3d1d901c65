"""`/conditions` and `/conditions/<id>`: does it work for this patient, how well, how long, at what harm."""

from kb.site import charts
from kb.site.pages import about, claims, row, rows, summary
from kb.site.pages.harms import HARM, SAFETY
from kb.site.pages.home import CONDITIONS

CLAIMS = """
SELECT id, code, type, statement, verdict, certainty, answer FROM claim JOIN claim_condition ON claim = id
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
  finding.*, outcome.label AS outcome_label, outcome.system, horizon.label AS horizon_label,
  study.label AS study_label, study.size, study.n_studies, study.design,
  design.label AS design_label, design.tier, study_standing.kind AS standing,
  (
    SELECT group_concat(route.label, ', ') FROM study_route JOIN route ON route.id = study_route.route
    WHERE study_route.study = study.key
  ) AS routes
FROM finding
LEFT JOIN horizon ON horizon.id = finding.horizon
JOIN outcome ON outcome.id = finding.outcome
JOIN study ON study.key = finding.study
JOIN design ON design.id = study.design
JOIN study_standing ON study_standing.study = study.key
JOIN study_condition ON study_condition.study = study.key
WHERE study_condition.condition = ? AND {which}
ORDER BY outcome.rowid, horizon.rank IS NULL, horizon.rank, design.tier, study.size DESC
"""
HARMS = FINDINGS.format(which="outcome.grouping = 'harm'")
#: How the studies of a condition gave the treatment; reviews, which gave nothing themselves, left out.
REGIMENS = """
SELECT
  route.label AS route, study.key, study.label, study.size, study.dose, study.schedule,
  design.label AS design_label,
  (
    SELECT group_concat(form.label, ', ') FROM study_form JOIN form ON form.id = study_form.form
    WHERE study_form.study = study.key
  ) AS forms
FROM study
JOIN study_condition ON study_condition.study = study.key
JOIN study_route ON study_route.study = study.key
JOIN route ON route.id = study_route.route
JOIN design ON design.id = study.design
WHERE study_condition.condition = ? AND NOT design.review
ORDER BY route.rowid, design.tier, study.size DESC, study.year DESC
"""
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
    claim = condition["claim"]
    answer = row(connection, "SELECT * FROM claim WHERE id = ?", claim)
    certainty = rows(connection, claims.CERTAINTY, claim)
    reasons = rows(connection, claims.REASONS, claim)
    evidence = rows(connection, claims.EVIDENCE, claim)
    pairs = summary.contrasts(connection, claim)
    texts = claims.prose(answer) if answer else []
    return {
        "about": about(connection),
        "condition": condition,
        "claim": answer,
        "claims": rows(connection, CLAIMS, id, claim),
        "benefit": summary.benefit(evidence, certainty, pairs),
        "harm": row(connection, HARM.format(among="SELECT study FROM study_condition WHERE condition = ?"), id),
        "summary": summary.table(certainty, reasons, evidence, pairs),
        "harms": rows(connection, HARMS, id),
        "regimens": by_route(rows(connection, REGIMENS, id)),
        "guidance": rows(connection, GUIDANCE, id, claim),
        "practice": rows(connection, PRACTICE, id, claim),
        "safety": rows(connection, SAFETY),
        "studies": rows(connection, STUDIES, id),
        "labels": claims.study_labels(
            connection, [*texts, *(c["summary"] for c in certainty), *(reason["why"] for reason in reasons)]
        ),
        "_forest": charts.forests(
            rows(connection, claims.EFFECTS, claim=claim, grouping="benefit", directness="direct")
        ),
        "_strip": charts.strip(
            claims.by_horizon(
                [e for e in evidence if e["outcome_group"] == "benefit"], rows(connection, claims.HORIZONS)
            )
        ),
    }


def by_route(regimens: list[dict]) -> list[dict]:
    """[{"route", "studies", "people", "regimens"}]: what was given by each route; `regimens` are those with a dose."""
    routes: dict[str, list[dict]] = {}
    for regimen in regimens:
        routes.setdefault(regimen["route"], []).append(regimen)
    return [
        {
            "route": route,
            "studies": len(given),
            "people": sum(regimen["size"] or 0 for regimen in given),
            "regimens": [regimen for regimen in given if regimen["dose"] or regimen["schedule"]],
        }
        for route, given in routes.items()
    ]

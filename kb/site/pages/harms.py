"""`/harms`: what the treatment may do wrong, by what it affects, in whom, with numerators and denominators."""

from kb.site.pages import about, rows

FINDINGS = """
SELECT
  finding.id, finding.text, finding.result, finding.time, finding.direction, finding.study,
  outcome.id AS outcome, outcome.label AS outcome_label, outcome.system,
  study.label AS study_label, design.label AS design_label, design.tier, study.size, study.n_studies,
  study_standing.kind AS standing, setting.id AS setting, setting.label AS setting_label,
  (
    SELECT group_concat(route.label, ', ') FROM study_route JOIN route ON route.id = study_route.route
    WHERE study_route.study = study.key
  ) AS routes,
  EXISTS (SELECT 1 FROM finding_group WHERE finding = finding.id AND n > 0 AND events IS NOT NULL) AS counted
FROM finding
JOIN outcome ON outcome.id = finding.outcome
JOIN study ON study.key = finding.study
JOIN design ON design.id = study.design
JOIN study_standing ON study_standing.study = study.key
JOIN setting ON setting.id = study.setting
WHERE outcome.grouping = 'harm' AND study_standing.kind NOT IN ('retracted', 'retracted-and-republished')
ORDER BY outcome.system, outcome.rowid, setting.rank, design.tier, study.size DESC
"""
CLAIMS = """
SELECT DISTINCT outcome.system, claim.id, claim.statement, claim.verdict, claim.certainty, claim.answer
FROM claim
JOIN evidence ON evidence.claim = claim.id
JOIN finding ON finding.id = evidence.finding
JOIN outcome ON outcome.id = finding.outcome
WHERE claim.type = 'risk' AND outcome.grouping = 'harm' AND evidence.stance <> 'context'
GROUP BY outcome.system, claim.id
HAVING count(*) >= 3
ORDER BY outcome.system, count(*) DESC
"""
MONITORING = """
SELECT finding.text, finding.study, study.label AS study_label, design.label AS design_label
FROM finding
JOIN study ON study.key = finding.study
JOIN design ON design.id = study.design
WHERE finding.outcome = 'monitoring' AND study.design IN ('guideline', 'regulatory')
ORDER BY design.rank, study.year DESC
"""


def load(connection, arguments):
    findings = rows(connection, FINDINGS)
    claims = rows(connection, CLAIMS)
    systems = list(dict.fromkeys(f["system"] for f in findings))
    return {
        "about": about(connection),
        "systems": [
            {
                "system": system,
                "claims": [c for c in claims if c["system"] == system],
                "findings": [f for f in findings if f["system"] == system],
            }
            for system in systems
        ],
        "monitoring": rows(connection, MONITORING),
    }

"""`/harms`: what the treatment may do wrong, by what it affects, in whom, with numerators and denominators."""

from kb.site.pages import about, rows

#: A finding that compares groups: by an estimate with its interval, or by a count in each of two.
COMPARED = """(
    finding.low IS NOT NULL OR (
      SELECT count(DISTINCT arm) FROM finding_group
      WHERE finding = finding.id AND arm <> 'all' AND (percent IS NOT NULL OR events IS NOT NULL)
    ) = 2
  )"""
STANDING = """study_standing.kind NOT IN (SELECT id FROM standing_kind WHERE withdrawn)"""
SAFETY = "SELECT id, statement, verdict, certainty, answer FROM claim WHERE safety ORDER BY statement"
FINDINGS = f"""
SELECT
  finding.id, finding.text, finding.result, finding.time, finding.direction, finding.study,
  outcome.id AS outcome, outcome.label AS outcome_label, outcome.system,
  finding.horizon, horizon.label AS horizon_label, horizon.rank AS horizon_rank,
  study.label AS study_label, study.design, design.label AS design_label, study.size, study.n_studies,
  study_standing.kind AS standing, setting.label AS setting_label, study.setting,
  (
    SELECT group_concat(route.label, ', ') FROM study_route JOIN route ON route.id = study_route.route
    WHERE study_route.study = study.key
  ) AS routes,
  {COMPARED} AS compared
FROM finding
JOIN outcome ON outcome.id = finding.outcome
JOIN study ON study.key = finding.study
JOIN design ON design.id = study.design
JOIN study_standing ON study_standing.study = study.key
JOIN setting ON setting.id = study.setting
LEFT JOIN horizon ON horizon.id = finding.horizon
WHERE outcome.grouping = 'harm' AND {STANDING}
ORDER BY outcome.rowid, setting.rank, compared DESC, finding.result IS NULL, design.tier, study.size DESC
"""
#: A harm to stand beside a benefit, from among some studies: compared between groups, of patients, by injection
#: where known; what shows a harm before what shows none, an interval before two counts, the larger study first.
HARM = f"""
SELECT finding.text, finding.result, finding.study, study.label AS study_label
FROM finding
JOIN outcome ON outcome.id = finding.outcome
JOIN study ON study.key = finding.study
JOIN study_standing ON study_standing.study = study.key
WHERE study.key IN ({{among}}) AND outcome.grouping = 'harm' AND study.setting = 'medical'
  AND {STANDING}
  AND finding.direction <> 'favours-intervention'
  AND NOT EXISTS (
    SELECT 1 FROM study_route WHERE study_route.study = study.key
    GROUP BY study_route.study HAVING sum((SELECT injected FROM route WHERE route.id = study_route.route)) = 0
  )
  AND {COMPARED}
ORDER BY finding.direction = 'favours-comparator' DESC, finding.low IS NOT NULL DESC, study.size DESC, finding.position
LIMIT 1
"""
CLAIMS = """
SELECT DISTINCT outcome.system, claim.id, claim.statement, claim.verdict, claim.certainty, claim.answer
FROM claim
JOIN evidence ON evidence.claim = claim.id
JOIN finding ON finding.id = evidence.finding
JOIN outcome ON outcome.id = finding.outcome
WHERE claim.type = 'risk' AND NOT claim.safety AND outcome.grouping = 'harm' AND evidence.stance <> 'context'
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
    return {
        "about": about(connection),
        "safety": rows(connection, SAFETY),
        "often": how_often(findings),
        "horizons": rows(connection, "SELECT id, label FROM horizon ORDER BY rank"),
        "by_time": by_time(findings),
        "systems": [
            {
                "system": system,
                "claims": [c for c in claims if c["system"] == system],
                "findings": [f for f in findings if f["system"] == system],
            }
            for system in dict.fromkeys(f["system"] for f in findings)
        ],
        "monitoring": rows(connection, MONITORING),
    }


def how_often(findings: list[dict]) -> list[dict]:
    """One finding for each harm: the first that compares patients with and without the treatment."""
    first: dict[str, dict] = {}
    for finding in findings:
        if finding["compared"] and finding["setting"] == "medical":
            first.setdefault(finding["outcome"], finding)
    return list(first.values())


def by_time(findings: list[dict]) -> list[dict]:
    """For each setting, harm × horizon: [{"setting", "harms": [{"harm", "system", "cells": {horizon: cell}}]}].

    A cell is the finding that stands first (compared, in figures, of the strongest design) with the number of studies.
    """
    settings: dict[str, dict[str, dict]] = {}
    for finding in findings:
        harms = settings.setdefault(finding["setting_label"], {})
        harm = harms.setdefault(
            finding["outcome"], {"harm": finding["outcome_label"], "system": finding["system"], "cells": {}}
        )
        cell = harm["cells"].setdefault(finding["horizon"] or "", {"first": finding, "studies": set()})
        cell["studies"].add(finding["study"])
    for harms in settings.values():
        for harm in harms.values():
            for cell in harm["cells"].values():
                cell["studies"] = len(cell["studies"])
    return [{"setting": setting, "harms": list(harms.values())} for setting, harms in settings.items()]

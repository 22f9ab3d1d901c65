"""`/map`: conditions × time: how much evidence there is, which way it points, and where there is none."""

from kb.site import charts
from kb.site.pages import about, rows

#: Each cell: the benefit findings that bear on the condition's claim, and the people in the studies themselves.
CELLS = """
SELECT
  condition.id AS condition, part.horizon,
  count(*) AS studies,
  sum(CASE WHEN part.review THEN 0 ELSE part.size END) AS participants,
  sum(part.supports) AS supporting, sum(part.no_effect) AS no_effect, sum(part.contradicts) AS contradicting
FROM condition
JOIN (
  SELECT
    evidence.claim, finding.horizon, study.key, study.size,
    study.design IN ('meta-analysis', 'systematic-review', 'guideline', 'narrative-review') AS review,
    max(evidence.stance = 'supports') AS supports,
    max(evidence.stance = 'no-effect') AS no_effect,
    max(evidence.stance = 'contradicts') AS contradicts
  FROM evidence
  JOIN finding ON finding.id = evidence.finding
  JOIN outcome ON outcome.id = finding.outcome
  JOIN study ON study.key = finding.study
  WHERE evidence.stance <> 'context' AND evidence.directness = 'direct' AND outcome.grouping = 'benefit'
    AND finding.horizon IS NOT NULL
  GROUP BY evidence.claim, finding.horizon, study.key
) AS part ON part.claim = condition.summary_claim
GROUP BY condition.id, part.horizon
"""
CONDITIONS = """
SELECT condition.id, condition.label, claim.verdict, claim.certainty
FROM condition JOIN claim ON claim.id = condition.summary_claim
ORDER BY condition.rowid
"""


def load(connection, arguments):
    conditions = rows(connection, CONDITIONS)
    horizons = rows(connection, "SELECT id, label FROM horizon ORDER BY rank")
    cells = rows(connection, CELLS)
    return {
        "about": about(connection),
        "conditions": conditions,
        "horizons": horizons,
        "cells": cells,
        "_at": {(cell["condition"], cell["horizon"]): cell for cell in cells},
        "_map": charts.gap_map(conditions, horizons, cells),
    }

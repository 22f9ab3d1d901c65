"""`/changes` and `/changes.atom`: verdicts as they changed, and sources whose standing changed."""

from kb.site.pages import about, rows

VERDICTS = """
SELECT
  verdict_log.*, claim.statement, claim.answer,
  lag(verdict_log.verdict) OVER earlier AS was, lag(verdict_log.certainty) OVER earlier AS was_certainty
FROM verdict_log JOIN claim ON claim.id = verdict_log.claim
WINDOW earlier AS (PARTITION BY verdict_log.claim ORDER BY verdict_log.position)
ORDER BY verdict_log.date DESC, claim.statement, verdict_log.position DESC
LIMIT 200
"""
STANDING = """
SELECT standing.*, study.label
FROM standing JOIN study ON study.key = standing.study
WHERE standing.kind NOT IN ('none', 'unchecked')
ORDER BY standing.checked DESC, study.label
"""


def load(connection, arguments):
    return {"about": about(connection), "verdicts": rows(connection, VERDICTS), "standing": rows(connection, STANDING)}

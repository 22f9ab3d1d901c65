"""`/method`: how records come about, and the verdict function with a worked example."""

from importlib.resources import files

from kb.site.pages import about, row, rows

#: A claim with about six voices: enough to show the arithmetic, few enough to follow it.
EXAMPLE = "SELECT claim FROM verdict_weight GROUP BY claim ORDER BY abs(count(DISTINCT study) - 6), claim LIMIT 1"
EXAMPLE_ROWS = """
SELECT
  verdict_weight.*, study.label AS study_label, outcome.label AS outcome_label, horizon.label AS horizon_label
FROM verdict_weight
JOIN study ON study.key = verdict_weight.study
JOIN outcome ON outcome.id = verdict_weight.outcome
LEFT JOIN horizon ON horizon.id = verdict_weight.horizon
WHERE claim = ?
ORDER BY outcome, horizon.rank, weight DESC
"""


def load(connection, arguments):
    example = row(connection, EXAMPLE)
    claim = example and example["claim"]
    return {
        "about": about(connection),
        "sql": files("kb").joinpath("verdict.sql").read_text(encoding="utf-8"),
        "designs": rows(connection, "SELECT * FROM design ORDER BY rank"),
        "verdicts": rows(connection, "SELECT * FROM claim_verdict ORDER BY agrees, statement"),
        "example": row(connection, "SELECT * FROM claim_verdict WHERE claim = ?", claim),
        "example_rows": rows(connection, EXAMPLE_ROWS, claim),
        "second_read": row(connection, "SELECT count(*) AS total, count(second_read) AS done FROM evidence"),
    }

"""`/`: the question, the answer for each condition, and how the article's claims fare."""

from kb.site.pages import about, page, row, rows

CONDITIONS = """
SELECT condition.id, condition.label, condition.description, claim.id AS claim, claim.verdict, claim.certainty, claim.answer,
  (SELECT count(*) FROM study_condition WHERE study_condition.condition = condition.id) AS studies
FROM condition LEFT JOIN claim ON claim.id = condition.summary_claim
"""


@page("/", "home.html")
def load(connection, arguments):
    counts = """
        SELECT (SELECT count(*) FROM claim) AS claims, (SELECT count(*) FROM study) AS studies,
          (SELECT count(*) FROM finding) AS findings, (SELECT count(*) FROM evidence) AS evidence,
          (SELECT count(*) FROM evidence WHERE stance IN ('no-effect', 'contradicts')) AS contrary,
          (SELECT count(*) FROM citation WHERE pmid IS NOT NULL) AS pmids
    """
    return {
        "about": about(connection),
        "counts": row(connection, counts),
        "verdicts": rows(
            connection,
            "SELECT verdict.id, verdict.label, count(claim.id) AS claims FROM verdict"
            " LEFT JOIN claim ON claim.verdict = verdict.id GROUP BY verdict.id ORDER BY verdict.rank",
        ),
        "conditions": rows(connection, CONDITIONS + "WHERE claim.id IS NOT NULL ORDER BY condition.rowid"),
        "articles": rows(connection, "SELECT slug, title, publisher FROM article ORDER BY slug"),
        "ratings": rows(
            connection,
            "SELECT rating AS id, count(*) AS statements FROM appearance WHERE NOT omitted GROUP BY rating ORDER BY statements DESC",
        ),
    }

"""`/`: the question, the answer for each condition, and how the article's claims fare."""

from kb.site.pages import about, row, rows

CONDITIONS = """
SELECT
  condition.id, condition.label, condition.description,
  claim.id AS claim, claim.verdict, claim.certainty, claim.answer,
  (SELECT count(*) FROM study_condition WHERE study_condition.condition = condition.id) AS studies
FROM condition
LEFT JOIN claim ON claim.id = condition.summary_claim
"""
COUNTS = """
SELECT
  (SELECT count(*) FROM claim) AS claims,
  (SELECT count(*) FROM study) AS studies,
  (SELECT count(*) FROM finding) AS findings,
  (SELECT count(*) FROM evidence) AS evidence,
  (SELECT count(*) FROM evidence WHERE stance IN ('no-effect', 'contradicts')) AS contrary,
  (SELECT count(*) FROM citation WHERE pmid IS NOT NULL) AS pmids
"""
VERDICTS = """
SELECT verdict.id, verdict.label, count(claim.id) AS claims
FROM verdict
LEFT JOIN claim ON claim.verdict = verdict.id
GROUP BY verdict.id
ORDER BY verdict.rank
"""
ARTICLES = """
SELECT
  slug, title, publisher,
  (SELECT count(*) FROM appearance WHERE article = slug AND NOT omitted) AS statements,
  (SELECT count(*) FROM appearance WHERE article = slug AND rating = 'accurate') AS accurate,
  (SELECT count(*) FROM appearance WHERE article = slug AND omitted) AS omissions
FROM article
ORDER BY slug
"""


def load(connection, arguments):
    return {
        "about": about(connection),
        "counts": row(connection, COUNTS),
        "verdicts": rows(connection, VERDICTS),
        "conditions": rows(connection, f"{CONDITIONS} WHERE claim.id IS NOT NULL ORDER BY condition.rowid"),
        "articles": rows(connection, ARTICLES),
    }

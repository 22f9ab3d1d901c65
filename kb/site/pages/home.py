"""`/`: the question, the answer for each condition, and how the article's claims fare."""

from kb.site.pages import about, map, row, rows

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
  (SELECT count(*) FROM study JOIN citation ON citation.id = study.citation WHERE pmid IS NOT NULL) AS pmids
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
RATINGS = """
SELECT rating.id, rating.label, count(*) AS statements
FROM appearance JOIN rating ON rating.id = appearance.rating
WHERE NOT omitted
GROUP BY rating.id
ORDER BY rating.rank
"""
LATELY = """
SELECT verdict_log.*, claim.statement FROM verdict_log JOIN claim ON claim.id = verdict_log.claim
ORDER BY verdict_log.date DESC, verdict_log.position DESC, claim.statement LIMIT 5
"""


def load(connection, arguments):
    return {
        "about": about(connection),
        "counts": row(connection, COUNTS),
        "verdicts": rows(connection, VERDICTS),
        "conditions": rows(connection, f"{CONDITIONS} WHERE claim.id IS NOT NULL ORDER BY condition.rowid"),
        "articles": rows(connection, ARTICLES),
        "ratings": rows(connection, RATINGS),
        "lately": rows(connection, LATELY),
        "_map": map.load(connection, {})["_map"],
    }

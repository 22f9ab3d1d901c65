"""`/articles` and `/articles/<slug>`: an article's statements, one by one, against the evidence."""

from kb.site.pages import about, claims, row, rows
from kb.site.pages.home import ARTICLES

STATEMENTS = """
SELECT
  appearance.*, claim.statement, claim.verdict, claim.certainty, claim.answer, claim.safer_wording,
  claim.decided_on
FROM appearance JOIN claim ON claim.id = appearance.claim
WHERE article = ?
ORDER BY omitted, sentence, claim.id
"""
RATINGS = """
SELECT rating.id, rating.label, count(*) AS statements
FROM appearance JOIN rating ON rating.id = appearance.rating
WHERE article = ? AND NOT omitted
GROUP BY rating.id
ORDER BY rating.rank
"""


def index(connection, arguments):
    return {"about": about(connection), "articles": rows(connection, ARTICLES)}


def detail(connection, arguments, slug):
    article = row(connection, "SELECT * FROM article WHERE slug = ?", slug)
    if article is None:
        return None
    statements = rows(connection, STATEMENTS, slug)
    return {
        "about": about(connection),
        "article": article,
        "sections": rows(connection, "SELECT * FROM section WHERE article = ? ORDER BY position", slug),
        "statements": [s for s in statements if not s["omitted"]],
        "omissions": [s for s in statements if s["omitted"]],
        "audit": audit(connection, slug),
        "ratings": rows(connection, RATINGS, slug),
        "labels": claims.study_labels(connection, [s["safer_wording"] for s in statements]),
    }


def audit(connection, slug: str) -> list[dict]:
    """Number of statements by rating, for each section that has any."""
    sections: dict[str, dict[str, int]] = {}
    for cell in rows(connection, "SELECT * FROM article_audit WHERE article = ? ORDER BY position", slug):
        sections.setdefault(cell["section"], {})[cell["rating"]] = cell["statements"]
    return [{"section": title, "counts": counts} for title, counts in sections.items()]

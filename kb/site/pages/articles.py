"""`/articles` and `/articles/<slug>`: an article's statements, one by one, against the evidence."""

from kb.site.pages import about, claims, page, row, rows


@page("/articles", "articles.html")
def index(connection, arguments):
    counts = (
        "SELECT article.*, (SELECT count(*) FROM appearance WHERE article = slug AND NOT omitted) AS statements,"
        " (SELECT count(*) FROM appearance WHERE article = slug AND rating = 'accurate') AS accurate FROM article ORDER BY slug"
    )
    return {"about": about(connection), "articles": rows(connection, counts)}


@page(r"/articles/(?P<slug>[a-z0-9-]+)", "article.html", "article")
def detail(connection, arguments, slug):
    article = row(connection, "SELECT * FROM article WHERE slug = ?", slug)
    if article is None:
        return None
    statements = rows(
        connection,
        "SELECT appearance.*, claim.statement, claim.verdict, claim.certainty, claim.answer, claim.safer_wording FROM appearance"
        " JOIN claim ON claim.id = appearance.claim WHERE article = ? ORDER BY omitted, sentence, claim.id",
        slug,
    )
    return {
        "about": about(connection),
        "article": article,
        "sections": rows(connection, "SELECT * FROM section WHERE article = ? ORDER BY position", slug),
        "statements": [s for s in statements if not s["omitted"]],
        "omissions": [s for s in statements if s["omitted"]],
        "audit": audit(connection, slug),
        "ratings": rows(
            connection,
            "SELECT rating AS id, count(*) AS statements FROM appearance JOIN rating ON rating.id = rating"
            " WHERE article = ? AND NOT omitted GROUP BY rating ORDER BY rating.rank",
            slug,
        ),
        "labels": claims.study_labels(connection, [s[name] for s in statements for name in ("answer", "safer_wording")]),
    }


def audit(connection, slug: str) -> list[dict]:
    """Number of statements by rating, for each section that has any."""
    sections: dict[str, dict[str, int]] = {}
    for cell in rows(connection, "SELECT * FROM article_audit WHERE article = ? ORDER BY position", slug):
        sections.setdefault(cell["section"], {})[cell["rating"]] = cell["statements"]
    return [{"section": title, "counts": counts} for title, counts in sections.items()]

"""The verdicts on claims that articles make, as one JSON-LD graph of schema.org ClaimReview.

Addresses of claims are relative: they hold wherever the knowledge base is served.
"""

import json
from pathlib import Path

from kb.claim_review import claim_review
from kb.files import put

CLAIMS = """
SELECT claim.*, verdict.label AS verdict_label
FROM claim JOIN verdict ON verdict.id = claim.verdict
ORDER BY claim.id
"""
APPEARANCES = """
SELECT
  appearance.claim, appearance.omitted, article.title AS article_title, article.url AS article_url, article.publisher
FROM appearance JOIN article ON article.slug = appearance.article
ORDER BY appearance.article, appearance.sentence
"""


def write(connection, folder: Path) -> str:
    publisher = connection.execute("SELECT value FROM about WHERE key = 'name'").fetchone()["value"]
    made: dict[str, list[dict]] = {}
    for row in connection.execute(APPEARANCES):
        made.setdefault(row["claim"], []).append(dict(row))
    reviews = []
    for claim in map(dict, connection.execute(CLAIMS)):
        address = f"/claims/{claim['id']}"
        review = claim_review(claim, made.get(claim["id"], []), claim["verdict_label"], publisher, address)
        if review:
            reviews.append({name: value for name, value in review.items() if name != "@context"})
    graph = {"@context": "https://schema.org", "@graph": reviews}
    put(folder / "claimreview.jsonld", (json.dumps(graph, indent=1, ensure_ascii=False) + "\n").encode())
    return f"{len(reviews)} claims as ClaimReview"

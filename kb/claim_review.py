"""A claim's verdict as schema.org ClaimReview, for other tools that read pages.

https://schema.org/ClaimReview. What it cannot say is left out: certainty, the evidence on both sides, the difference
between "nobody knows" and a middling truth (such verdicts carry their name and no number).
"""

from collections.abc import Callable

#: Verdict → rating from 1 (false) to 5 (true); verdicts that say "not known" have none.
RATING = {"refuted": 1, "not-supported": 2, "contested": 3, "partly-supported": 4, "supported": 5}


def claim_review(claim: dict, appearances: list[dict], verdict: str, publisher: str, address: str) -> dict | None:
    """The review of a claim that an article makes, or None where none makes it.

    `verdict` is the word for the verdict, `address` the address of the claim's page.
    """
    review = _review(claim, appearances, verdict, publisher, address)
    return review and {"@context": "https://schema.org", **review}


def article_reviews(article: dict, statements: list[dict], words: Callable, publisher: str, base: str) -> dict | None:
    """The reviews of all claims that an article makes, each once, as one graph; None where it makes none.

    `statements` are its appearances with the fields of their claims, `words(verdict)` is the word for a verdict.
    """
    made = {"article_url": article["url"], "article_title": article["title"], "publisher": article["publisher"]}
    claims = {s["claim"]: s for s in statements if not s["omitted"]}
    reviews = [
        _review(claim, [made | {"omitted": 0}], words(claim["verdict"]), publisher, f"{base}/claims/{id}")
        for id, claim in claims.items()
    ]
    return {"@context": "https://schema.org", "@graph": reviews} if reviews else None


def _review(claim: dict, appearances: list[dict], verdict: str, publisher: str, address: str) -> dict | None:
    articles = {a["article_url"]: a for a in appearances if not a["omitted"]}
    if not articles:
        return None
    rating = {"@type": "Rating", "alternateName": verdict}
    if claim["verdict"] in RATING:
        rating |= {"ratingValue": RATING[claim["verdict"]], "worstRating": 1, "bestRating": 5}
    return {
        "@type": "ClaimReview",
        "url": address,
        "datePublished": claim["decided_on"],
        "author": {"@type": "Organization", "name": publisher},
        "claimReviewed": claim["statement"],
        "reviewRating": rating,
        "itemReviewed": {
            "@type": "Claim",
            "author": {"@type": "Organization", "name": next(iter(articles.values()))["publisher"]},
            "appearance": [
                {"@type": "CreativeWork", "url": url, "headline": article["article_title"]}
                for url, article in articles.items()
            ],
        },
    }

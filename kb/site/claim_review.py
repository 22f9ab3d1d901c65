"""A claim's verdict as schema.org ClaimReview, for other tools that read pages.

https://schema.org/ClaimReview. What it cannot say is left out: certainty, the evidence on both sides, the difference
between "nobody knows" and a middling truth (such verdicts carry their name and no number).
"""

#: Verdict → rating from 1 (false) to 5 (true); verdicts that say "not known" have none.
RATING = {"refuted": 1, "not-supported": 2, "contested": 3, "partly-supported": 4, "supported": 5}


def claim_review(claim: dict, appearances: list[dict], verdict: str, publisher: str, address: str) -> dict | None:
    """The review of a claim that an article makes, or None where none makes it.

    `verdict` is the word for the verdict, `address` the page's own address.
    """
    articles = {a["article_url"]: a for a in appearances if not a["omitted"]}
    if not articles:
        return None
    rating = {"@type": "Rating", "alternateName": verdict}
    if claim["verdict"] in RATING:
        rating |= {"ratingValue": RATING[claim["verdict"]], "worstRating": 1, "bestRating": 5}
    return {
        "@context": "https://schema.org",
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

"""ClaimReview on pages and in the export, read back by a reader of embedded metadata and held to a schema."""

import json

import extruct
import pytest
from jsonschema import Draft202012Validator

from kb.claim_review import RATING
from tests.test_cli import run

TEXT = {"type": "string", "minLength": 1}
ORGANISATION = {
    "type": "object",
    "required": ["@type", "name"],
    "properties": {"@type": {"const": "Organization"}, "name": TEXT},
    "additionalProperties": False,
}
RATING_SCHEMA = {
    "type": "object",
    "required": ["@type", "alternateName"],
    "properties": {
        "@type": {"const": "Rating"},
        "alternateName": TEXT,
        "ratingValue": {"type": "integer", "minimum": 1, "maximum": 5},
        "worstRating": {"const": 1},
        "bestRating": {"const": 5},
    },
    "dependentRequired": {"ratingValue": ["worstRating", "bestRating"]},
    "additionalProperties": False,
}
WORK = {
    "type": "object",
    "required": ["@type", "url", "headline"],
    "properties": {"@type": {"const": "CreativeWork"}, "url": {"type": "string", "pattern": "^https?://"}},
}
#: The properties that https://schema.org/ClaimReview and its readers expect, and no others.
REVIEW = {
    "type": "object",
    "required": ["@type", "url", "datePublished", "author", "claimReviewed", "reviewRating", "itemReviewed"],
    "properties": {
        "@context": {"const": "https://schema.org"},
        "@type": {"const": "ClaimReview"},
        "url": {"type": "string", "pattern": "/claims/[a-z0-9-]+$"},
        "datePublished": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "author": ORGANISATION,
        "claimReviewed": TEXT,
        "reviewRating": RATING_SCHEMA,
        "itemReviewed": {
            "type": "object",
            "required": ["@type", "author", "appearance"],
            "properties": {
                "@type": {"const": "Claim"},
                "author": ORGANISATION,
                "appearance": {"type": "array", "items": WORK, "minItems": 1},
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
VALIDATOR = Draft202012Validator(REVIEW)


def embedded(site, path) -> list[dict]:
    """What a reader of metadata finds in a page."""
    return extruct.extract(site.get(path).text, syntaxes=["json-ld"])["json-ld"]


def made(db, column: str, id: str) -> set[str]:
    return {row["claim"] for row in db.query(f"SELECT claim FROM appearance WHERE {column} = ? AND NOT omitted", [id])}


def holds(review: dict, claim: dict):
    VALIDATOR.validate(review)
    assert review["claimReviewed"] == claim["statement"]
    assert review["datePublished"] == claim["decided_on"]
    assert review["reviewRating"].get("ratingValue") == RATING.get(claim["verdict"])


def test_a_claim_page_carries_one_valid_review(site, db):
    for claim in db.query("SELECT * FROM claim"):
        found = embedded(site, f"/claims/{claim['id']}")
        assert len(found) == bool(made(db, "claim", claim["id"]))
        for review in found:
            holds(review, claim)


def test_an_article_page_carries_a_review_of_each_claim_it_makes(site, db):
    claims = {claim["id"]: claim for claim in db.query("SELECT * FROM claim")}
    for article in db.query("SELECT * FROM article"):
        (graph,) = embedded(site, f"/articles/{article['slug']}")
        found = {review["url"].rpartition("/")[2]: review for review in graph["@graph"]}
        assert len(found) == len(graph["@graph"])
        assert set(found) == made(db, "article", article["slug"])
        for id, review in found.items():
            holds(review, claims[id])
            assert [work["url"] for work in review["itemReviewed"]["appearance"]] == [article["url"]]


def test_the_export_holds_every_claim_that_is_made(db, real_path, tmp_path):
    assert run("export", tmp_path, "--db", real_path, "--format", "claimreview").returncode == 0
    reviews = json.loads((tmp_path / "claimreview.jsonld").read_text(encoding="utf-8"))["@graph"]
    claims = {claim["id"]: claim for claim in db.query("SELECT * FROM claim")}
    assert len(reviews) == len({row["claim"] for row in db.query("SELECT claim FROM appearance WHERE NOT omitted")})
    for review in reviews:
        holds(review, claims[review["url"].removeprefix("/claims/")])


@pytest.mark.parametrize("field", REVIEW["required"])
def test_the_schema_misses_what_is_missing(site, field):
    review = embedded(site, "/claims/crps")[0]
    assert VALIDATOR.is_valid(review)
    assert not VALIDATOR.is_valid({name: value for name, value in review.items() if name != field})

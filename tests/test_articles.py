"""Sentences are found again by number and hash; no article's text is kept."""

import pytest

from kb.sentences import digest, split
from tests.conftest import ROOT

ARTICLE = ROOT.parent / "shared" / "article.txt"


def test_sentences_point_into_the_text():
    text = "A heading\n\nFirst, e.g. Dr. Smith's 0.5 mg/kg dose. Second one!\n- An item\n"
    found = split(text)
    assert [s.text for s in found] == [
        "A heading",
        "First, e.g. Dr. Smith's 0.5 mg/kg dose.",
        "Second one!",
        "- An item",
    ]
    assert [s.number for s in found] == [1, 2, 3, 4]
    assert all(text[s.start : s.end] == s.text for s in found)


@pytest.mark.parametrize("text", ["", "\n\n", "   "])
def test_nothing_has_no_sentences(text):
    assert split(text) == []


def test_the_hash_ignores_white_space_and_nothing_else():
    assert digest("a  b\n c") == digest("a b c")
    assert digest("a b c") != digest("a b C")


@pytest.mark.skipif(
    not ARTICLE.exists(), reason="the article's text belongs to its publisher and is not in the repository"
)
def test_every_appearance_is_where_the_record_says(real):
    found = split(ARTICLE.read_text(encoding="utf-8"))
    article = next(iter(real.articles.values()))
    assert len(found) == article.sentences
    for appearance in article.appearances:
        assert found[appearance.sentence - 1].sha256 == appearance.sha256


def test_every_claim_appears_in_the_article_or_is_missing_from_it(real):
    article = next(iter(real.articles.values()))
    named = {a.claim for a in article.appearances} | {o.claim for o in article.omissions}
    assert named == set(real.claims)
    assert {o.claim for o in article.omissions} == {c.id for c in real.claims.values() if c.code.startswith("OMI")}

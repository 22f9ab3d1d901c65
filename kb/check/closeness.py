"""How near a sentence is to what each claim says in other words: BM25 over its statement, paraphrases and terms.

An inverted index in memory, one document a claim, built when the knowledge is read. Its postings carry finished
weights, so that a sentence costs a few additions for each of its words.
Source of the formula and its constants: Robertson & Zaragoza 2009, "The probabilistic relevance framework".
"""

import math
from collections import Counter
from collections.abc import Iterable

import Stemmer

#: Words too common to look for.
STOP = frozenset(
    """
    a about after all also am an and any are as at be been before but by can could did do does doing for from had has
    have he her his how i if in into is it its just may me might more most my no nor not of on once only or other our
    out over s she should so some such t than that the their them then there these they this those to too under until
    up us was we were what when where which while who why will with without would you your
    """.split()
)
#: How fast repeated words stop to count, and how much a long document is held back.
SATURATION, LENGTH = 1.2, 0.4
MOST_WORDS = 40


class Closeness:
    """`texts`: claim and one of its wordings, in tokens."""

    def __init__(self, texts: Iterable[tuple[str, list[str]]]):
        self.stem = Stemmer.Stemmer("porter").stemWord
        counts: dict[str, Counter[str]] = {}
        for claim, words in texts:
            counts.setdefault(claim, Counter()).update(self.stems(words))
        self.postings = _postings(counts)

    def stems(self, words: Iterable[str]) -> list[str]:
        return [self.stem(word) for word in words if word not in STOP and word.isalnum()]

    def of(self, words: Iterable[str]) -> dict[str, float]:
        """Claim → BM25 of a sentence's words, for every claim that shares one."""
        found: dict[str, float] = {}
        for stem in list(dict.fromkeys(self.stems(words)))[:MOST_WORDS]:
            for claim, weight in self.postings.get(stem, ()):
                found[claim] = found.get(claim, 0.0) + weight
        return found


def _postings(counts: dict[str, Counter[str]]) -> dict[str, list[tuple[str, float]]]:
    """Stem → the claims that have it, each with the BM25 weight of one match."""
    spread = Counter(stem for some in counts.values() for stem in some)
    mean = sum(some.total() for some in counts.values()) / max(len(counts), 1)
    postings: dict[str, list[tuple[str, float]]] = {}
    for claim, some in counts.items():
        held = SATURATION * (1 - LENGTH + LENGTH * some.total() / mean)
        for stem, times in some.items():
            rare = math.log(1 + (len(counts) - spread[stem] + 0.5) / (spread[stem] + 0.5))
            postings.setdefault(stem, []).append((claim, rare * times * (SATURATION + 1) / (times + held)))
    return postings

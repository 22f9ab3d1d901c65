"""A sentence → the claims that it may be making, best first, with a score from 0 to 1 each."""

import math
from typing import NamedTuple

from kb.check import patterns
from kb.check.knowledge import Knowledge
from kb.check.words import Spans, Token, tokens


class Read(NamedTuple):
    """A sentence as the rules see it. `own` tokens are of the sentence; those after it were lent by the heading."""

    tokens: list[Token]
    spans: Spans
    own: int

    def without_lent(self) -> "Read":
        """The sentence by itself."""
        if self.own == len(self.tokens):
            return self
        spans = {name: kept for name, some in self.spans.items() if (kept := [x for x in some if x[1] <= self.own])}
        return Read(self.tokens[: self.own], spans, self.own)

    @property
    def has_subject(self) -> bool:
        return "subject" in self.spans


class Match(NamedTuple):
    claim: str
    score: float


def read(text: str, knowledge: Knowledge, lent: str = "") -> Read:
    """The tokens and word classes of a sentence; `lent` is the heading that an elliptical answer completes."""
    found = tokens(text)
    own = len(found)
    if lent:
        last = found[-1].clause if found else 0
        found = found + [token._replace(clause=last) for token in tokens(lent)]
    return Read(found, knowledge.lexicon.spans(found), own)


def candidates(sentence: Read, on_topic: bool, knowledge: Knowledge) -> list[Match]:
    """Every claim that anything speaks for, best first. `on_topic`: heading or document is on the treatment."""
    signs = _signs(sentence, knowledge)
    shared = knowledge.closeness.of(token.text for token in sentence.tokens)
    weights = knowledge.weights
    first_other = min((start for start, _ in sentence.spans.get("other-treatment", ())), default=None)
    stands_for = sentence.has_subject or any(name in sentence.spans for name in ("pronoun", "delivery"))
    common = (
        weights["bias"]
        + weights["subject"] * sentence.has_subject
        + weights["stands-for"] * (stands_for and not sentence.has_subject)
        + weights["heading"] * (on_topic and not sentence.has_subject)
        + weights["other"] * (first_other is not None and first_other <= 3 and not sentence.has_subject)
        + weights["bare"] * (not stands_for)
    )
    found = [Match(claim, _score(common, signs.get(claim, 0.0), shared.get(claim, 0.0), weights))
             for claim in {*signs, *shared}]  # fmt: skip
    return sorted(found, key=lambda match: (-match.score, match.claim))


def _score(common: float, sign: float, words: float, weights: dict[str, float]) -> float:
    """The one place where evidence for a match is added up; a cosine of embeddings would be one more term."""
    return 1 / (1 + math.exp(-(common + weights["sign"] * sign + weights["words"] * min(words / 10, 2.5))))


def _signs(sentence: Read, knowledge: Knowledge) -> dict[str, float]:
    """Claim → its strongest sign, and a little for each further one."""
    found: dict[str, list[float]] = {}
    for name in sentence.spans:
        for pattern, sign in knowledge.signs.get(name, ()):
            if patterns.find(pattern, sentence.spans, sentence.tokens):
                found.setdefault(sign.claim, []).append(sign.weight)
    return {claim: max(some) + 0.05 * (min(len(some), 6) - 1) for claim, some in found.items()}

"""A sentence and its candidates → is it a claim, the relation to the claim, and the words that go too far."""

from typing import NamedTuple

from kb.check import figures, patterns
from kb.check.knowledge import Knowledge, Overclaim
from kb.check.match import Match, Read

#: Below this a match is not shown: "not covered".
SHOWN = 0.5
#: Beside a match that is shown, its neighbours are from here on: with one claim found the next is rarely far.
NEAR = 0.1
#: A loose rule on what is no claim gives way to a match this sure.
SURE = 0.8
#: A claim that the sentence denies or exceeds leads when its match is nearly as good as the best.
CLOSE = 0.25
#: Words before a flagged wording within which a negation takes the flag away, and after it.
BEFORE, AFTER = 6, 4


class Flag(NamedTuple):
    """Words that go beyond the evidence: tokens `start:end` of the sentence, and the rule."""

    kind: str
    start: int
    end: int
    why: str
    suggestion: str
    relation: str


class Judgement(NamedTuple):
    is_claim: bool
    claim_score: float
    matches: list[Match]
    relation: str
    flags: list[Flag]


def judge(sentence: Read, found: list[Match], structure: bool, knowledge: Knowledge) -> Judgement:
    """`structure` is true for what is no sentence by its place: a heading, a link, an item of a menu."""
    best = found[0].score if found else 0.0
    flags = wording(sentence, knowledge)
    score = _claim_score(sentence, best, flags, structure, knowledge)
    if score < 0.5:
        return Judgement(False, score, [], "not-a-claim", [])
    shown = [match for match in found[:3] if match.score >= NEAR]
    if best < SHOWN:
        return Judgement(True, score, [], "not-covered", flags)
    flags += figures.beyond(sentence, knowledge.claims[shown[0].claim])
    judged = [(match, relation(match.claim, sentence, flags, knowledge)) for match in shown]
    leading = next((j for j in judged if j[1] != "matches" and j[0].score > shown[0].score - CLOSE), judged[0])
    leads = [leading[0], *(match for match in shown if match != leading[0])]
    return Judgement(True, score, leads, leading[1], flags)


def _claim_score(sentence: Read, best: float, flags: list[Flag], structure: bool, knowledge: Knowledge) -> float:
    """How sure we are that something checkable is asserted, 0 to 1. A claim unless something speaks against it."""
    if structure or not sentence.own:
        return 0.05
    alone = sentence.without_lent()
    if _any(knowledge.firm, alone):
        return 0.1
    if _any(knowledge.loose, alone):
        speaks = best >= SURE and (sentence.has_subject or bool(flags) or "harm" in sentence.spans)
        return 0.6 if speaks else 0.2
    about = best >= SHOWN or flags or "pain" in sentence.spans or "effect" in sentence.spans
    about = about or any(name in sentence.spans for name in ("subject", "other-treatment", "harm", "condition"))
    return 0.9 if about else 0.3


def relation(claim: str, sentence: Read, flags: list[Flag], knowledge: Knowledge) -> str:
    """What the sentence does to a claim: matches, overstates or contradicts it."""
    of = knowledge.claims[claim]
    if _any(knowledge.denied.get(claim, ()), sentence) and not _any(knowledge.affirmed.get(claim, ()), sentence):
        return "contradicts"
    told = {flag.relation for flag in flags}
    if of.type in ("risk", "practice", "research") and "contradicts" in told:
        return "contradicts"
    if "overstates" in told:
        return "overstates"
    return "contradicts" if told else "matches"


def _any(some, sentence: Read) -> bool:
    return any(patterns.find(pattern, sentence.spans, sentence.tokens) for pattern in some)


def wording(sentence: Read, knowledge: Knowledge) -> list[Flag]:
    """The wording that goes too far, one flag for each entry of the lexicon, longest words first."""
    flags: list[Flag] = []
    for entry in knowledge.overclaims:
        span = _flagged(entry, sentence)
        if span:
            flags.append(Flag(entry.kind, *span, entry.why, entry.suggestion, entry.relation))
    flags.sort(key=lambda flag: (flag.start, -flag.end))
    return [f for i, f in enumerate(flags) if not any(o.start <= f.start and f.end <= o.end for o in flags[:i])]


def _flagged(entry: Overclaim, sentence: Read) -> tuple[int, int] | None:
    for pattern in entry.patterns:
        for start, end in patterns.every(pattern, sentence.spans, sentence.tokens):
            if start >= sentence.own or _taken_back(start, end, sentence):
                continue
            if _any(entry.harmless, sentence):
                return None
            return start, min(end, sentence.own)
    return None


def _taken_back(start: int, end: int, sentence: Read) -> bool:
    """Whether a negation or a doubt around the words says the opposite of them."""
    clause = sentence.tokens[start].clause
    starts = {first for first, _ in sentence.spans.get("negation", ())}
    begins_negative = start in starts or any(
        first == start for name in ("minimiser", "not-all") for first, _ in sentence.spans.get(name, ())
    )
    doubts = ["denial", "verb-negation"] if begins_negative else ["denial", "negation"]
    for name in doubts:
        for first, after in sentence.spans.get(name, ()):
            near = sentence.tokens[first].clause == clause
            if near and after <= start <= after + BEFORE:
                return True
    return any(
        start < first <= end + AFTER and sentence.tokens[first].clause == clause and not begins_negative
        for first, _ in sentence.spans.get("verb-negation", ())
    )

"""Figures and durations of a sentence beside those that studies of the claim printed."""

import re

from kb.check.knowledge import Claim
from kb.check.match import Read

DAYS = {"day": 1, "week": 7, "month": 30, "year": 365, "decade": 3650}
ONES = "one two three four five six seven eight nine ten eleven twelve".split()
TENS = {word: 10 * i for i, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
NUMBERS = {word: i for i, word in enumerate(ONES, 1)} | TENS | {"a": 1, "an": 1, "several": 3, "few": 2, "half": 0.5}
#: Efficacy below this share is nothing to boast of.
BOAST = 50
LASTS = re.compile(r"last\w*|stay\w*|keep\w*|hold\w*|for|relief|remission|free|up|least|benefit\w*|endur\w*|persist\w*")


def beyond(sentence: Read, claim: Claim) -> list:
    """Flags for shares and durations that no study with evidence on the claim printed."""
    from kb.check.judge import Flag

    if claim.type not in ("efficacy", "indication") or "negation" in sentence.spans:
        return []
    flags = []
    for start, end, share in shares(sentence):
        if share >= BOAST and not any(abs(share - printed) <= 1 for printed in claim.percentages):
            why = f"No study of this claim in the knowledge base printed {share:g}%."
            flags.append(
                Flag("magnitude", start, end, why, "give the figure of a study, with its comparison", "overstates")
            )
    for start, end, days in durations(sentence):
        if days > max(claim.longest, 92) * 1.5 and _of_relief(sentence, start):
            why = "No study of this claim in the knowledge base found a benefit that long."
            flags.append(Flag("permanence", start, end, why, "for days to weeks in some people", "overstates"))
    return flags


def number(word: str) -> float | None:
    """The value of a number in digits or words."""
    try:
        return float(word.replace(",", ""))
    except ValueError:
        return NUMBERS.get(word)


def shares(sentence: Read):
    """`(start, end, percent)` of every share: 95%, 95 percent, nine out of ten, nine in ten."""
    words = [token.text for token in sentence.tokens[: sentence.own]]
    for i, word in enumerate(words):
        value = number(word)
        if value is None:
            continue
        rest = words[i + 1 : i + 4]
        tens = value + NUMBERS.get(rest[0], 0) if rest and word in TENS and rest[0] in ONES[:9] else None
        skip = 1 if tens else 0
        value, rest = tens or value, words[i + 1 + skip : i + 4 + skip]
        if rest[:1] in (["%"], ["percent"]) or rest[:2] == ["per", "cent"]:
            yield i, i + 2 + skip + (rest[0] == "per"), value
        elif rest[:2] == ["out", "of"] and len(rest) == 3 and number(rest[2]):
            yield i, i + 4 + skip, 100 * value / number(rest[2])
        elif rest[:1] == ["in"] and len(rest) > 1 and (number(rest[1]) or 0) >= 2:
            yield i, i + 3 + skip, 100 * value / number(rest[1])


def durations(sentence: Read):
    """`(start, end, days)` of every duration: five years, a year, 6 months."""
    words = [token.text for token in sentence.tokens[: sentence.own]]
    for i, word in enumerate(words[:-1]):
        value, unit = number(word), DAYS.get(words[i + 1].removesuffix("s"))
        if value is not None and unit:
            yield i, i + 2, value * unit


def _of_relief(sentence: Read, start: int) -> bool:
    return any(LASTS.fullmatch(token.text) for token in sentence.tokens[max(0, start - 5) : start])

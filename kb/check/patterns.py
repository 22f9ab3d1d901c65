"""Rules on word classes: a small language for what a sentence says.

    <relief> & <fast>            both, anywhere in the sentence
    <negation> ..4 <harm>        a negation, then a harm at most four words later in the same thought
    no|without ..2 risk~         words instead of classes; `~` takes inflections, `*` is a prefix
    ^ <imperative>               at the start of the sentence
    <cure> & !<hedge>            and not

Adjacent parts follow each other without a word between; `..N` lets up to N words pass.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from kb.check.words import Spans, Token

PART = re.compile(r"\.\.(?P<gap>\d+)|(?P<start>\^)|(?P<end>\$(?=$))|(?P<words>[^\s^]+)")


class Step(NamedTuple):
    """A class to be found at most `gap` tokens after the end of the step before."""

    name: str
    gap: int


class Sequence(NamedTuple):
    steps: tuple[Step, ...]
    first: bool
    last: bool


class Pattern(NamedTuple):
    """A conjunction: every sequence of `wanted` occurs, none of `unwanted` does."""

    wanted: tuple[Sequence, ...]
    unwanted: tuple[Sequence, ...]


class BadPattern(ValueError):
    """The text is not a pattern; the message says why."""


def compile(text: str, classes: dict[str, list[str]]) -> Pattern:
    """A pattern from its text. Words become classes of their own, which are added to `classes`.

    Raises `BadPattern`, for one when a class is unknown.
    """
    wanted, unwanted = [], []
    for piece in text.split("&"):
        piece = piece.strip()
        denied = piece.startswith("!")
        (unwanted if denied else wanted).append(_sequence(piece.removeprefix("!"), classes, text))
    if not wanted:
        raise BadPattern(f"{text!r}: expected at least one part that must occur")
    return Pattern(tuple(wanted), tuple(unwanted))


def _sequence(piece: str, classes: dict[str, list[str]], whole: str) -> Sequence:
    steps: list[Step] = []
    gap, first, last, position = 0, False, False, 0
    for match in PART.finditer(piece):
        if piece[position : match.start()].strip():
            raise BadPattern(f"{whole!r}: cannot read {piece[position : match.start()]!r}")
        position = match.end()
        if match["start"]:
            first = True
        elif match["end"]:
            last = True
        elif match["gap"]:
            gap = int(match["gap"])
        else:
            steps.append(Step(_class(match["words"], classes, whole), gap))
            gap = 0
    if not steps or piece[position:].strip():
        raise BadPattern(f"{whole!r}: expected words or classes")
    return Sequence(tuple(steps), first, last)


def _class(text: str, classes: dict[str, list[str]], whole: str) -> str:
    """The class that a step looks for: a named one, or one of its own for words and alternatives."""
    terms: list[str] = []
    for choice in text.split("|"):
        named = re.fullmatch(r"<([a-z0-9-]+)>", choice)
        if named and named[1] not in classes:
            raise BadPattern(f"{whole!r}: no word class {named[1]!r}")
        if named and choice == text:
            return named[1]
        terms += classes[named[1]] if named else [choice.replace("_", " ")]
    name = f"={text}"
    classes.setdefault(name, terms)
    return name


Span = tuple[int, int]


def find(pattern: Pattern, spans: Spans, tokens: list[Token]) -> Span | None:
    """The tokens `(first, after last)` in which a pattern shows, None where it does not."""
    for sequence in pattern.wanted:
        for step in sequence.steps:
            if step.name not in spans:
                return None
    found: list[Span] = []
    for sequence in pattern.wanted:
        span = _first(sequence, spans, tokens)
        if span is None:
            return None
        found.append(span)
    if any(_first(sequence, spans, tokens) for sequence in pattern.unwanted):
        return None
    return found[0]


def every(pattern: Pattern, spans: Spans, tokens: list[Token]) -> Iterable[Span]:
    """Each place where the first part of a pattern shows, if the pattern as a whole does."""
    if find(pattern, spans, tokens) is None:
        return
    sequence = pattern.wanted[0]
    for start, end in spans[sequence.steps[0].name]:
        span = _from(sequence, start, end, spans, tokens)
        if span:
            yield span


def _first(sequence: Sequence, spans: Spans, tokens: list[Token]) -> Span | None:
    for start, end in spans.get(sequence.steps[0].name, ()):
        span = _from(sequence, start, end, spans, tokens)
        if span:
            return span
    return None


def _from(sequence: Sequence, start: int, end: int, spans: Spans, tokens: list[Token]) -> Span | None:
    """The sequence from its first step at `start:end`, taking the nearest fit for each further step."""
    if sequence.first and start > sequence.steps[0].gap:
        return None
    reached = _walk(sequence.steps, 1, end, tokens[start].clause, spans, tokens)
    if reached is None or (sequence.last and reached < len(tokens)):
        return None
    return start, reached


def _walk(steps, i: int, at: int, clause: int, spans: Spans, tokens: list[Token]) -> int | None:
    if i == len(steps):
        return at
    step = steps[i]
    for start, end in spans.get(step.name, ()):
        if at <= start <= at + step.gap and tokens[start].clause == clause:
            reached = _walk(steps, i + 1, end, clause, spans, tokens)
            if reached is not None:
                return reached
    return None

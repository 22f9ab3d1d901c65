"""Is a printed figure in a text, and where? Equal in meaning, never merely alike.

The comparator, sign, decimals, unit and percent of a number belong to it, as does a negation before
it: `P < 0.05` is not in "P > 0.05", `7` not in "27", `-1.2` not in "1.2", `1.5 mg` not in "1-5 mg",
`significant` not in "nonsignificant" or "not significant". The figure must be whole: `2.4` is not in
"2.4-6.2", nor `500 mg` in "500 mg/day". Print does not matter: minus signs, spaces, decimal points
and leading zeros, `h` for hours, a comma after "CI", the level of an interval where it is 95 %.
"""

from typing import NamedTuple

from kb import quantities, sentences
from kb import wordlists as w
from kb.quantities import Token
from kb.sentences import Sentence


class Found(NamedTuple):
    """A figure is `text[start:end]`; `sentences` are those that it stands in, mostly one."""

    start: int
    end: int
    sentences: tuple[Sentence, ...]


class Passage:
    """A text read once, to look for many figures in it."""

    def __init__(self, text: str):
        self.text = text
        self.tokens = quantities.read(text)
        self.sentences = sentences.split(text)

    def find(self, figure: str) -> list[Found]:
        """Every place where the figure is, in the order of the text; none for a figure without words or digits."""
        spans = {
            span
            for wanted in _readings(figure)
            for i in range(len(self.tokens))
            if (span := self._at(wanted, i)) is not None
        }
        return [Found(start, end, self._around(start, end)) for start, end in sorted(spans)]

    def _around(self, start: int, end: int) -> tuple[Sentence, ...]:
        return tuple(s for s in self.sentences if s.start < end and start < s.end)

    def _at(self, wanted: list[Token], i: int) -> tuple[int, int] | None:
        """The span of the figure if it begins at token `i`."""
        begin = i
        if not _same(wanted[0], self.tokens[i]):
            if len(wanted) < 2 or not _same(wanted[1], self.tokens[i]):
                return None
            if wanted[0].of(*w.LABELS):
                begin = self._label_of(wanted[0], i)
            elif not (len(wanted) == 4 and wanted[0].of("ci 95") and self._bracketed(i)):
                return None
            wanted = wanted[1:]
        if begin is None or (end := self._follow(wanted, i)) is None:
            return None
        if not self._whole(i, end) or self._denied(begin, any(token.kind == "number" for token in wanted)):
            return None
        return self.tokens[begin].start, self.tokens[end - 1].end

    def _label_of(self, label: Token, i: int) -> int | None:
        """Where the label of number `i` stands: in "P = 0.54 and 0.25" it is that of the first number."""
        numbers = 0
        for at in range(i - 1, -1, -1):
            token = self.tokens[at]
            if token.of(label.value):
                return at if numbers else None
            bare = token.kind == "number" and token.value[0].isdigit()
            numbers += bare
            if not (bare or token.of("and", "or") or (token.kind == "mark" and token.value in ",=")):
                return None
        return None

    def _bracketed(self, i: int) -> bool:
        """Whether three tokens from `i` have brackets around them and nothing else in these."""
        around = [self.tokens[j].value if 0 <= j < len(self.tokens) else "" for j in (i - 1, i + 3)]
        return around[0] in ("(", "[") and around[1] in (")", "]")

    def _follow(self, wanted: list[Token], i: int) -> int | None:
        """The token after the figure that begins at `i`, or None if the text goes on otherwise."""
        k, j, before = 0, i, None
        while k < len(wanted):
            if j >= len(self.tokens):
                return None
            here, want = self.tokens[j], wanted[k]
            after_label = before is not None and before.kind == "word"
            if _same(want, here):
                before, k, j = want, k + 1, j + 1
            elif here.kind == "mark" or (after_label and want.kind == "number" and here.of(*w.FILLERS)):
                j += 1
            elif here.kind == "number" and self._unsaid(want, after_label, j):
                k += 1
            elif here.of("ci 95") and want.kind == "number" and before is not None and before.kind != "word":
                j += 1
            else:
                return None
        return j

    def _unsaid(self, want: Token, after_label: bool, j: int) -> bool:
        """Whether a word of the figure, before its number `j`, may be missing in the text."""
        return (after_label and want.of(*w.FILLERS)) or (want.of("ci 95") and self._bracketed(j))

    def _whole(self, start: int, end: int) -> bool:
        """Whether the figure is not a part of a longer one."""
        last = self.tokens[end - 1]
        if start and self.tokens[start].kind == "number" and self._extends(start - 1):
            return False
        if end == len(self.tokens):
            return True
        after = self.tokens[end]
        if last.kind == "number" and self._extends(end):
            return False
        if last.kind == "word" and last.value in w.UNITS.values() and after.kind == "per":
            return False
        return not (after.of("or") and end + 1 < len(self.tokens) and self.tokens[end + 1].of(*w.MORE))

    def _extends(self, at: int) -> bool:
        """Whether a sign beside a number makes it a part of a range, fraction, ratio or product."""
        sign = self.tokens[at]
        if sign.kind != "range" or sign.tight:
            return sign.tight
        # "From 37 to 67" names two figures, "2.4 to 6.2" one.
        return not (at >= 2 and self.tokens[at - 2].of("from"))

    def _denied(self, start: int, number: bool) -> bool:
        """Whether a negation reaches token `start`: a number from just before, a word from the same clause."""
        if number:
            before = start - 1
            if before > 0 and self.tokens[before].of(*w.REACHED):
                before -= 1
            return before >= 0 and self.tokens[before].of(*w.NEGATIONS)
        for token in reversed(self.tokens[:start]):
            if token.kind == "stop" or token.of(*w.CLAUSES) or (token.kind == "mark" and token.value in ";:"):
                return False
            if token.of(*w.NEGATIONS) or (token.kind == "word" and token.value.endswith("n't")):
                return True
        return False


def _readings(figure: str) -> list[list[Token]]:
    """What a figure can mean: "-2, 0.5" is an interval or two numbers."""
    tokens = [token for token in quantities.read(figure) if token.kind not in ("mark", "stop")]
    listed = [token for token in tokens if token.kind != "range" or figure[token.start] not in ",;"]
    return [tokens, listed] if len(listed) < len(tokens) else [tokens] if tokens else []


def _same(wanted: Token, here: Token) -> bool:
    return wanted.kind == here.kind and wanted.value == here.value


def find(figure: str, text: str) -> list[Found]:
    """Every place in `text` where the figure is."""
    return Passage(text).find(figure)

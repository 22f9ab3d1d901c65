"""A text → tokens that say what they mean: numbers with comparator, sign and percent, units, labels, words.

Two texts that mean the same in other print (`p<·05` and `P < 0.05`, `5-day` and `5 days`) give the
same values; two that differ in anything that matters (`-1.2` and `1.2`) do not.
"""

import re
from typing import NamedTuple

from kb import wordlists as w
from kb.glyphs import plain


class Token(NamedTuple):
    """`value` is the meaning, `text[start:end]` of the original the print.

    `kind`: `number`, `word`, `range`, `per` (a fraction or rate), `mark` (punctuation without a meaning
    of its own), `stop` (the end of a sentence). `tight` is a sign that glues two numbers into one figure.
    """

    kind: str
    value: str
    start: int
    end: int
    tight: bool = False

    def of(self, *values: str) -> bool:
        return self.kind == "word" and self.value in values


LETTERS = r"[^\W\d_]+"
WHOLE = r"(?:[1-9]\d{0,2}(?:,\d{3})+(?!\d)|[1-9]\d{0,2}(?:\u2009\d{3})+(?!\d)|\d+)"
SCAN = re.compile(
    rf"""
    (?P<number>0,\d+|{WHOLE}(?:[.·]\d+)*|(?<![^\W_])[.·]\d+)
    |(?P<word>{LETTERS}(?:'{LETTERS}|-{LETTERS}|-?\d+(?![.·,]?\d)(?:{LETTERS})?)*)
    |(?P<spread>\+\s?/\s?-|±)
    |(?P<compare>[<>]\s?(?:or|/)\s?=|[<>]=|=[<>]|[<>≤≥=~])
    |(?P<sign>[-+])
    |(?P<per>/)
    |(?P<glue>[:×*^]|[⁰¹²³⁴⁵⁶⁷⁸⁹])
    |(?P<percent>%)
    |(?P<stop>[.!?](?=\s|$))
    |(?P<mark>\S)
    """,
    re.VERBOSE,
)
COMPARE = {"<or=": "≤", ">or=": "≥", "</=": "≤", ">/=": "≥", "<=": "≤", ">=": "≥", "=<": "≤", "=>": "≥"}


def read(text: str) -> list[Token]:
    """The tokens of a text, in its order."""
    return _Reader(plain(text)).tokens


class _Reader:
    """Scans once and decides by what stands before and after."""

    def __init__(self, text: str):
        self.text, self.tokens = text, []
        self.raw = [(match.lastgroup, match[0], match.start(), match.end()) for match in SCAN.finditer(text)]
        self.at = 0
        while self.at < len(self.raw):
            kind = self.raw[self.at][0]
            getattr(self, f"_{kind}")(*self.raw[self.at][1:])
            self.at += 1
        self._commas()

    def _add(self, kind: str, value: str, start: int, end: int, tight: bool = False):
        self.tokens.append(Token(kind, value, start, end, tight))

    def _last(self, *kinds: str) -> Token | None:
        return self.tokens[-1] if self.tokens and self.tokens[-1].kind in kinds else None

    def _ahead(self, steps: int = 1) -> tuple[str, str, int, int]:
        at = self.at + steps
        return self.raw[at] if at < len(self.raw) else ("", "", len(self.text), len(self.text))

    # --- numbers ---------------------------------------------------------------------------

    def _number(self, print_: str, start: int, end: int):
        kind, ahead, begin, finish = self._ahead()
        decade = ahead == "s" and len(print_) == 4
        if kind == "word" and begin == end and (decade or w.unit(ahead.partition("-")[0]) is None):
            # 1970s, 2nd, 3D: a word.
            self.at += 1
            return self._add("word", (print_ + ahead).casefold(), start, finish)
        if kind == "sign" and ahead == "-" and begin == end:
            after, word, there, finish = self._ahead(2)
            if after == "word" and there == begin + 1:
                if w.unit(word.partition("-")[0]) is None:
                    # 5-HT, 3-fold: a word.
                    self.at += 2
                    return self._add("word", f"{print_}-{word}".casefold(), start, finish)
                self.at += 1  # 5-day: 5 days
        if print_.count(".") + print_.count("·") > 1:
            return self._add("word", print_, start, end)
        return self._quantity(_digits(print_), start, end)

    def _quantity(self, value: str, start: int, end: int):
        """Put what was said just before a number, its comparator and sign, into its value."""
        for kind in ("sign", "compare"):
            if last := self._last(kind):
                value, start = last.value + value, self.tokens.pop().start
        if phrase := self._phrase_before():
            sign, length = phrase
            value, start = sign + value, self.tokens[-length].start
            del self.tokens[-length:]
        self._add("number", value, start, end)

    def _phrase_before(self) -> tuple[str, int] | None:
        for length in (5, 4, 3, 2, 1):
            words = self.tokens[-length:]
            if len(words) == length and all(token.kind == "word" for token in words):
                sign = w.COMPARISONS.get(" ".join(token.value for token in words))
                if sign:
                    return sign, length
        if self.tokens and self.tokens[-1].of("over") and not self._is_time():
            return ">", 1
        return None

    def _is_time(self) -> bool:
        """Whether a unit of time follows the number: "over 4 hours" is how long, not how much."""
        kind, ahead, *_ = self._ahead()
        if kind == "sign":
            kind, ahead, *_ = self._ahead(2)
        return kind == "word" and w.unit(ahead) in w.TIMES

    def _percent(self, print_: str, start: int, end: int):
        last = self._last("number")
        if last and not self.text[last.end : start].strip():
            self._as_percent(end)
        else:
            self._mark(print_, start, end)

    def _as_percent(self, end: int):
        last = self.tokens.pop()
        self.tokens.append(last._replace(value=last.value + "%", end=end))
        # 5 to 25% and 67±10%: percent counts for both.
        spread = last.value.startswith("±")
        before = len(self.tokens) - (2 if spread else 3)
        if before >= 0 and (spread or self.tokens[-2].kind == "range"):
            first = self.tokens[before]
            if first.kind == "number" and not first.value.endswith("%"):
                self.tokens[before] = first._replace(value=first.value + "%")

    def _compare(self, print_: str, start: int, end: int):
        value = COMPARE.get(re.sub(r"\s", "", print_), print_)
        if value == "=":
            self._mark("=", start, end)
        elif self._number_follows(end):
            self._add("compare", value, start, end)
        else:
            self._add("word", value, start, end)

    def _number_follows(self, end: int) -> bool:
        kind, *_ = self._ahead()
        return kind == "number" or (kind == "sign" and self._ahead(2)[0] == "number")

    def _spread(self, print_: str, start: int, end: int):
        self._add("compare" if self._number_follows(end) else "mark", "±", start, end)

    def _sign(self, print_: str, start: int, end: int):
        kind, _, begin, _ = self._ahead()
        last = self.tokens[-1] if self.tokens else None
        if kind != "number" or last is None:
            signed = kind == "number" and begin - end <= 1
            return self._add("sign", print_, start, end) if signed else self._mark(print_, start, end)
        glued_before, glued_after = last.end == start, begin == end
        after_number = last.kind == "number" or (last.kind == "word" and last.value in w.UNITS.values())
        if after_number and (glued_before or not glued_after):
            if print_ == "-":
                return self._add("range", "to", start, end, True)
            return self._add("per", "+", start, end, True)
        expects = last.kind in ("compare", "range", "mark") or last.of(*w.LABELS, *w.BEFORE_NUMBERS)
        if glued_after or expects:
            return self._add("sign", print_, start, end)
        return self._mark(print_, start, end)

    # --- words -----------------------------------------------------------------------------

    def _word(self, print_: str, start: int, end: int):
        folded = print_.casefold()
        if folded in w.NUMBERS:
            return self._number_word(folded, start, end)
        first, _, rest = print_.partition("-")
        if first.casefold() in w.NUMBERS and w.unit(rest):
            self._number_word(first.casefold(), start, start + len(first))
            return self._word(rest, start + len(first) + 1, end)
        if folded in ("to", "through") and self._after_number() and self._number_follows(end):
            return self._add("range", "to", start, end)
        if folded == "of" and self._take_fraction():
            return self._add("per", "/", start, end)
        if self._last("number") and self._take_percent(folded):
            return self._as_percent(self.raw[self.at][3])
        if folded == "per":
            return self._add("per", "/", start, end)
        if match := re.fullmatch(rf"({LETTERS})-1", print_):
            # ng ml-1: ng/ml
            self._add("per", "/", start, start)
            print_, end = match[1], end - 2
        last = self._last("word")
        if last and last.value == "non" and self.text[last.end : start].isspace():
            self.tokens.pop()
            print_, start = f"non{print_}", last.start
        self._add("word", w.canonical(print_), start, end)
        return self._join()

    def _after_number(self) -> bool:
        last = self.tokens[-1] if self.tokens else None
        return bool(last) and (last.kind == "number" or (last.kind == "word" and last.value in w.UNITS.values()))

    def _take_fraction(self) -> bool:
        """Whether this `of` is that of "three (out) of the 12"; if so, the words around it are dealt with."""
        steps = 2 if self._ahead()[1].casefold() in ("the", "these", "those", "all") else 1
        kind, ahead, *_ = self._ahead(steps)
        out = bool(self.tokens) and self.tokens[-1].of("out")
        first = self.tokens[-2:-1] if out else self.tokens[-1:]
        if not (first and first[0].kind == "number" and (kind == "number" or ahead.casefold() in w.NUMBERS)):
            return False
        if out:
            self.tokens.pop()
        self.at += steps - 1
        return True

    def _take_percent(self, word: str) -> bool:
        """Whether this word is "percent" or the `per` of "per cent"; if so, both words are dealt with."""
        if word == "per" and self._ahead()[1].casefold() == "cent":
            self.at += 1
            return True
        return word == "percent"

    def _number_word(self, value: str, start: int, end: int):
        last = self._last("number")
        if last and last.value.split()[-1] in w.NUMBERS and self.text[last.end : start] == " ":
            self.tokens.pop()
            return self._add("number", f"{last.value} {value}", last.start, end)
        return self._quantity(value.replace("-", " "), start, end)

    def _join(self):
        """Make one token of a phrase that has an abbreviation, and of an interval and its level."""
        for length in (4, 3, 2):
            words = self.tokens[-length:]
            if len(words) == length and all(token.kind == "word" for token in words):
                short = w.PHRASES.get(" ".join(token.value for token in words))
                if short:
                    start, end = words[0].start, words[-1].end
                    del self.tokens[-length:]
                    self._add("word", short, start, end)
                    break
        if self.tokens[-1].of("ci"):
            self._level()

    def _level(self):
        label = self.tokens.pop()
        kind, _, _, finish = self._ahead()
        if level := re.fullmatch(r"ci-?(\d+)", self.text[label.start : label.end].casefold()):
            value = level[1]
            if kind == "percent":
                self.at += 1
                label = label._replace(end=finish)
        elif (last := self._last("number")) and last.value.endswith("%"):
            value = self.tokens.pop().value.removesuffix("%")
            label = label._replace(start=last.start)
        else:
            value = "95"
        # 95% confidence interval (CI)
        if len(self.tokens) > 1 and self.tokens[-1].value in "([" and self.tokens[-2].value.startswith("ci "):
            first = self.tokens[-2]
            del self.tokens[-2:]
            label, value = label._replace(start=first.start), first.value.removeprefix("ci ")
        self.tokens.append(label._replace(value=f"ci {value}"))

    # --- signs -----------------------------------------------------------------------------

    def _per(self, print_: str, start: int, end: int):
        self._add("per", "/", start, end, True)

    def _glue(self, print_: str, start: int, end: int):
        before, after = self.text[start - 1 : start], self.text[end : end + 1]
        times = print_ in "×*^" and self._last("number") and self._ahead()[0] == "number"
        if (before.isdigit() and after.isdigit()) or times or print_.isdigit():
            self._add("per", print_, start, end, True)
        else:
            self._mark(print_, start, end)

    def _stop(self, print_: str, start: int, end: int):
        last = self._last("word")
        short = last and last.end == start and (last.value in w.SHORTENED or last.end - last.start == 1)
        shortened = print_ == "." and short
        self._add("mark" if shortened else "stop", print_, start, end)

    def _mark(self, print_: str, start: int, end: int):
        self._add("mark", print_, start, end)

    def _commas(self):
        """(-2, 0.5) and 95% CI -2, 0.5: an interval written with a comma or semicolon."""
        for i in range(1, len(self.tokens) - 1):
            before, comma, after = self.tokens[i - 1 : i + 2]
            if comma.kind == "mark" and comma.value in ",;" and before.kind == after.kind == "number":
                opener = next(
                    (t for t in reversed(self.tokens[: i - 1]) if t.value not in ("=", ":", ",", ")", "]")), None
                )
                closer = self.tokens[i + 2] if i + 2 < len(self.tokens) else None
                alone = opener is None and closer is None
                bracketed = opener and closer and opener.value in ("(", "[") and closer.value in (")", "]", ";")
                if alone or bracketed or (opener and opener.value.startswith("ci ")):
                    self.tokens[i] = comma._replace(kind="range", value="to")


def _digits(print_: str) -> str:
    """A number without thousands separators, with a decimal point and a digit before it."""
    if re.fullmatch(r"0,\d+", print_):
        print_ = print_.replace(",", ".")
    digits = re.sub(r"[,\u2009]", "", print_).replace("·", ".")
    return f"0{digits}" if digits.startswith(".") else digits

"""Text → tokens, and the word classes that occur in it.

A word class is a named list of terms that mean the same to a rule: "bladder, urinary tract, cystitis". Classes
are data; every rule of the check is written on them. One pass over the tokens finds all classes of a sentence.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

#: Typographic signs → the plain ones that rules are written in, one character for one.
PLAIN = {ord(c): "'" for c in "’‘‛ʼ′`´"} | {ord(c): '"' for c in "“”„‟«»″"}
PLAIN |= (
    {ord(c): "-" for c in "‐‑‒−"}
    | {ord(c): "—" for c in "–―"}
    | {ord(c): " " for c in "\u00a0\u2007\u202f\u2009\u200a\t"}
)
#: Signs that show nothing and would split a word: soft hyphen, zero-width space and joiners, marks of direction.
UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
TOKEN = re.compile(
    rf"(?P<number>\d+(?:[.,]\d+)*)|(?P<word>[^\W\d_{UNSEEN}]+(?:[{UNSEEN}']+[^\W\d_]+)*)|(?P<sign>[%$£€&+<>=≥≤])|(?P<stop>[.;:!?()\[\]—,])"
)
#: Where a thought ends: a negation before it does not reach what follows.
STOPS = frozenset(";:.!?()[]—")
TURNS = frozenset("but however although though whereas while yet because so".split())
LONGEST_TERM = 8


class Token(NamedTuple):
    """A word or sign in lower case; `start:end` in the text; `clause` counts the thoughts of the text."""

    text: str
    start: int
    end: int
    clause: int


def plain(text: str) -> str:
    """The text in lower case with plain signs, as long as it was, so that offsets stay true."""
    folded = text.translate(PLAIN)
    if not folded.isascii():
        folded = "".join(_one(c) for c in folded)
    lower = folded.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in folded)


def _one(character: str) -> str:
    """The compatibility form of a character, where that is one character (ﬁ stays, full-width letters do not)."""
    form = unicodedata.normalize("NFKC", character)
    return form if len(form) == 1 else character


def tokens(text: str) -> list[Token]:
    """The tokens of a text. "don't" is one token, "long-term" two, "patient's" is "patient"."""
    found, clause, fresh = [], 0, False
    for match in TOKEN.finditer(plain(text)):
        word = match[0]
        if match.lastgroup == "stop":
            fresh = fresh or word in STOPS
            if word == ",":
                found.append(Token(",", match.start(), match.end(), clause))
            continue
        if match.lastgroup == "word":
            if not word.isalpha():
                word = "".join(c for c in word if c not in UNSEEN)
            word = word.removesuffix("'s").removesuffix("'")
        if fresh or word in TURNS:
            clause += bool(found)
            fresh = False
        found.append(Token(word, match.start(), match.end(), clause))
    return found


# --- terms ---------------------------------------------------------------------------------


def forms(word: str) -> set[str]:
    """The regular inflections of an English verb or noun: stop → stop, stops, stopped, stopping."""
    if word.endswith("e"):
        return {word, word + "s", word + "d", word[:-1] + "ing"}
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return {word, word[:-1] + "ies", word[:-1] + "ied", word + "ing"}
    base = {word, word + "s", word + "es", word + "ed", word + "ing"}
    if re.search(r"[^aeiou][aeiou][bdgklmnprt]$", word):
        base |= {word + word[-1] + "ed", word + word[-1] + "ing"}
    return base


def alternatives(term: str) -> Iterable[tuple[str, ...]]:
    """The token sequences that a term stands for; `word~` takes inflections, `word*` stays a prefix."""
    sequences: list[tuple[str, ...]] = [()]
    for part in re.findall(r"[^\W_]+(?:'[^\W_]+)*[~*]?|\d+(?:[.,]\d+)*|[%$£€&+<>=≥≤,]", plain(term)):
        choices = sorted(forms(part[:-1])) if part.endswith("~") else [part.removesuffix("'s")]
        sequences = [(*sequence, choice) for sequence in sequences for choice in choices]
    return sequences


Spans = dict[str, list[tuple[int, int]]]


class Lexicon:
    """Word classes, ready to be found in tokens. `classes` maps a name to its terms."""

    def __init__(self, classes: dict[str, Iterable[str]]):
        self.exact: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self.prefixes: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self.known: dict[str, tuple] = {}
        for name, terms in classes.items():
            for term in terms:
                for sequence in alternatives(term):
                    if sequence:
                        first, rest = sequence[0], sequence[1:]
                        shelf = self.prefixes if first.endswith("*") else self.exact
                        shelf.setdefault(first.rstrip("*"), []).append((rest, name))

    def _starting(self, word: str) -> tuple[tuple[tuple[str, ...], str], ...]:
        """What can start with a word; remembered, as a text has few different words."""
        found = self.known.get(word)
        if found is None:
            starts = list(self.exact.get(word, ()))
            for length in range(1, len(word) + 1):
                starts += self.prefixes.get(word[:length], ())
            found = self.known[word] = tuple(starts)
            if len(self.known) > 50_000:  # a hostile text of nothing but new words
                self.known.clear()
        return found

    def spans(self, found: list[Token]) -> Spans:
        """Class → the token spans `(first, after last)` where it occurs, in order of appearance."""
        spans: Spans = {}
        count = len(found)
        for i, token in enumerate(found):
            for rest, name in self._starting(token.text):
                end = i + 1 + len(rest)
                if rest and (end > count or not all(_same(part, found[i + 1 + k].text) for k, part in enumerate(rest))):
                    continue
                spans.setdefault(name, []).append((i, end))
        return spans


def _same(part: str, word: str) -> bool:
    return word.startswith(part[:-1]) if part.endswith("*") else word == part

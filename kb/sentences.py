"""Text → numbered sentences, and the hash by which a sentence is known without being copied."""

import hashlib
from typing import NamedTuple

import nupunkt


class Sentence(NamedTuple):
    """A sentence of a text. `number` counts from 1; `text[start:end]` of the original is the sentence."""

    number: int
    start: int
    end: int
    text: str

    @property
    def sha256(self) -> str:
        return digest(self.text)


def split(text: str) -> list[Sentence]:
    """The sentences of a plain text. A line break always ends a sentence (headings, list items)."""
    sentences: list[Sentence] = []
    start = 0
    for line in text.splitlines(keepends=True):
        for begin, end in nupunkt.sent_spans(line) if line.strip() else ():
            piece = line[begin:end]
            stripped = piece.strip()
            if stripped:
                first = start + begin + piece.index(stripped)
                sentences.append(Sentence(len(sentences) + 1, first, first + len(stripped), stripped))
        start += len(line)
    return sentences


def digest(text: str) -> str:
    """SHA-256 of a text with every run of white space as one space."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def digest_exact(text: str) -> str:
    """SHA-256 of a text as it is, in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()

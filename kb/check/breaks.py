"""Where a sentence ends. nupunkt splits; this adds the ends that it leaves standing in a writer's draft.

It takes short words before a full stop ("a bad leg. Doctors say") for abbreviations, and knows neither a picture sign
that stands for a full stop nor a tail of hashtags.
"""

import re
import unicodedata
from collections.abc import Iterator

import nupunkt

#: Abbreviations in lower case that a capital or a figure may follow within a sentence.
ABBREVIATED = frozenset("al approx ca cf cp e.g eg esp fig figs i.e ie incl no nos pp resp st vol vs viz".split())
END = re.compile(
    r"(?:(?<![\w.'’-])(?P<word>[a-z][a-z.'’-]*?)|(?<=[\d%]))[)\]\"”’]*[.!?]+[)\]\"”’]*\s+(?=[\"“‘(\[]?[A-Z0-9])"
)
#: A sign of no alphabet, with what may follow it in the same picture, before a capital or a hashtag.
SIGN = re.compile(r"(?P<sign>[^\w\s\x00-\u218f])[\ufe0f\u200d]*\s+(?=[A-Z#])")
LONGEST_TAG = 60
TAG = re.compile(r"(?:^|(?<=\s))#\w+\s*$")


def spans(text: str) -> Iterator[tuple[int, int]]:
    """`(start, end)` of each sentence, in order; together they cover the text."""
    for start, end in nupunkt.sent_spans(text):
        for stop in sorted({start + at for at in _further(text[start:end])}):
            yield start, stop
            start = stop
        if start < end:
            yield start, end


def _further(text: str) -> Iterator[int]:
    for match in END.finditer(text):
        if match["word"] not in ABBREVIATED:
            yield match.end()
    for match in SIGN.finditer(text):
        if unicodedata.category(match["sign"]) == "So":
            yield match.end()
    end = len(text)
    while match := TAG.search(text, max(end - LONGEST_TAG, 0), end):
        end = match.start()
    if 0 < end < len(text):
        yield end

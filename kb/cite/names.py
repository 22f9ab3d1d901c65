"""The authors of a citation: people and bodies, told apart in the text that `kb.db` holds.

`citation.authors` is `Family Initials Suffix; Name of a body`, as PubMed prints a byline.
"""

import re
from typing import NamedTuple

SUFFIX = re.compile(r"Jr\.?|Sr\.?|II|III|IV|2nd|3rd|4th")
#: `MJ`, `J-P`, `Ş`, and the two-letter initials of transliterated names such as `IuA`.
INITIALS = re.compile(r"(?:[^\W\d_a-z][a-z]?-?){1,5}")
INITIAL = re.compile(r"-?[^\W\d_a-z][a-z]?")
#: Words that only the name of a body has; PubMed's byline does not mark it otherwise.
BODY = re.compile(
    r"\b(?:and|for|of|on|the|Administration|Agency|Alliance|Association|Authority|Board|Bureau|Cent(?:er|re)|College"
    r"|Collaboration|Collaborators|Commission|Committee|Consortium|Council|Department|Federation|Foundation|Group"
    r"|Institutes?|Investigators|Ministry|Network|Office|Organi[sz]ation|Panel|Service|Society|Team|University)\b"
)
OTHERS = "et al."


class Name(NamedTuple):
    """A person by `family` and `initials`, or a body by its name in `family` and no more."""

    family: str
    initials: str = ""
    suffix: str = ""
    body: bool = False

    @property
    def given(self) -> str:
        """The initials as a given name: `M. J.`, `J.-P.`."""
        return " ".join(f"{initial}." for initial in INITIAL.findall(self.initials)).replace(" -", "-")

    @property
    def inverted(self) -> str:
        """`Family, M. J., Jr.`, or the name of the body."""
        return ", ".join(filter(None, (self.family, self.given, self.suffix)))

    @property
    def short(self) -> str:
        """`Family MJ Jr`, as in a byline."""
        return " ".join(filter(None, (self.family, self.initials, self.suffix)))


def read(authors: str | None) -> tuple[tuple[Name, ...], bool]:
    """The names of a byline, and whether it says that there are more."""
    items = [item.strip() for item in (authors or "").split(";") if item.strip()]
    return tuple(name(item) for item in items if item != OTHERS), OTHERS in items


def name(text: str) -> Name:
    words = text.split()
    suffix = words.pop() if len(words) > 2 and SUFFIX.fullmatch(words[-1]) else ""
    if len(words) > 1 and INITIALS.fullmatch(words[-1]) and not BODY.search(text):
        return Name(" ".join(words[:-1]), words[-1], suffix)
    # One word is a family name without initials, unless it is an abbreviation.
    return Name(text, body=len(words) > 1 or text.isupper())

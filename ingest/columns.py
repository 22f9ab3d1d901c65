"""The columns of `citations.csv` that hold several values: records → text, and text → records.

Values are separated by `; `; a semicolon inside a value becomes a comma.
"""

import re
from collections.abc import Iterable

from ingest.citation import Concept, Heading, Link, Person

SEPARATOR = "; "
#: Characters that some readers of CSV take for the end of a line.
BREAKS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]+")


def join(items: Iterable[str]) -> str:
    return SEPARATOR.join(one_line(item).replace(";", ",") for item in items if item)


def split(column: str | None) -> list[str]:
    return [item for item in (column or "").split(SEPARATOR) if item]


def one_line(text: str) -> str:
    return BREAKS.sub(" ", text).strip()


def encode_authors(people: Iterable[Person]) -> str:
    """`Family Initials Suffix; Name of a body`. A semicolon inside a name becomes a comma."""
    return join(person.collective or " ".join(filter(None, _name(person))) for person in people)


def _name(person: Person) -> tuple[str | None, ...]:
    return person.family, person.initials or person.given, person.suffix


def decode_authors(column: str | None) -> list[str]:
    return split(column)


def encode_publication_types(types: Iterable[Concept]) -> str:
    """`D016449 Randomized Controlled Trial; D016428 Journal Article`."""
    return join(f"{concept.ui} {concept.name}" if concept.ui else concept.name for concept in types)


def decode_publication_types(column: str | None) -> list[Concept]:
    return [Concept(*_ui_and_name(item)) for item in split(column)]


def encode_mesh(headings: Iterable[Heading]) -> str:
    """`D000818 Animals; D012345 Heading*`: the star marks what the paper is about. Qualifiers stay in the store."""
    return join(f"{h.ui} {h.name}" * bool(h.ui) + h.name * (not h.ui) + "*" * h.is_major for h in headings)


def decode_mesh(column: str | None) -> list[Heading]:
    headings = []
    for item in split(column):
        ui, name = _ui_and_name(item.removesuffix("*"))
        headings.append(Heading(ui, name, item.endswith("*")))
    return headings


def encode_links(links: Iterable[Link]) -> str:
    """`RetractionIn 2345; ErratumIn Some Journal. 2020,12:3`: the words of the source where PubMed has no PMID.

    Left out: `Cites`, the paper's own references.
    """
    return join(f"{link.type} {link.pmid or link.source or ''}".strip() for link in links if link.type != "Cites")


def decode_links(column: str | None) -> list[Link]:
    links = []
    for item in split(column):
        kind, _, target = item.partition(" ")
        links.append(Link(kind, target) if target.isdecimal() else Link(kind, None, target or None))
    return links


def _ui_and_name(item: str) -> tuple[str | None, str]:
    match = re.fullmatch(r"([A-Z][0-9]{5,}) (.+)", item)
    return (match[1], match[2]) if match else (None, item)

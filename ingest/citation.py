"""What PubMed says of one paper, as immutable records.

Everything is `str`, `None` where PubMed gives nothing, and tuples where it can give several.
Texts are those of the XML with inline markup and MathML taken out and line breaks made spaces.
`plain` and `rebuild` turn records into JSON values and back.
"""

from functools import cache
from types import NoneType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints


class Identifier(NamedTuple):
    """`type` is PubMed's name for the scheme (`doi`, `pmc`, `pii`, `ROR`, `ISNI`…)."""

    type: str
    value: str


class Section(NamedTuple):
    """A part of an abstract. `category` is NLM's (`BACKGROUND METHODS RESULTS CONCLUSIONS…`)."""

    text: str
    label: str | None = None
    category: str | None = None


class OtherAbstract(NamedTuple):
    """An abstract in another language or for other readers; `type` is PubMed's word for it."""

    sections: tuple[Section, ...]
    type: str | None = None
    language: str | None = None
    copyright: str | None = None


class Affiliation(NamedTuple):
    name: str
    ids: tuple[Identifier, ...] = ()


class Person(NamedTuple):
    """An author, editor or investigator: a person, or a body in `collective`. `orcid` is 0000-0000-0000-0000."""

    family: str | None = None
    given: str | None = None
    initials: str | None = None
    suffix: str | None = None
    collective: str | None = None
    orcid: str | None = None
    affiliations: tuple[Affiliation, ...] = ()
    ids: tuple[Identifier, ...] = ()
    equal: bool = False
    role: str | None = None
    notes: tuple[str, ...] = ()


class Journal(NamedTuple):
    title: str | None = None
    abbreviation: str | None = None
    medline: str | None = None
    issn: str | None = None
    issn_type: str | None = None
    issn_linking: str | None = None
    nlm_id: str | None = None
    country: str | None = None
    medium: str | None = None


class Concept(NamedTuple):
    """A MeSH record: `ui` such as D016449 or C000000, and its name."""

    ui: str | None
    name: str
    type: str | None = None


class Qualifier(NamedTuple):
    ui: str | None
    name: str
    major: bool = False


class Heading(NamedTuple):
    """A MeSH heading; a paper is about it if it or one of its qualifiers is `major`."""

    ui: str | None
    name: str
    major: bool = False
    type: str | None = None
    qualifiers: tuple[Qualifier, ...] = ()

    @property
    def is_major(self) -> bool:
        return self.major or any(qualifier.major for qualifier in self.qualifiers)


class Substance(NamedTuple):
    registry: str | None
    ui: str | None
    name: str


class Keyword(NamedTuple):
    text: str
    major: bool = False
    owner: str | None = None


class Link(NamedTuple):
    """A linked citation. `type` is PubMed's RefType; some notices have no PMID, only `source`."""

    type: str
    pmid: str | None = None
    source: str | None = None
    note: str | None = None


class Registration(NamedTuple):
    """An accession number in a data bank, such as a trial registry."""

    bank: str
    accession: str | None = None


class Grant(NamedTuple):
    id: str | None = None
    acronym: str | None = None
    agency: str | None = None
    country: str | None = None


class Reference(NamedTuple):
    citation: str | None = None
    ids: tuple[Identifier, ...] = ()


class Date(NamedTuple):
    """`value` is ISO (2019-03, 2019-03-04) where PubMed gives numbers, and PubMed's own words otherwise."""

    type: str
    value: str


class Book(NamedTuple):
    title: str | None = None
    publisher: str | None = None
    place: str | None = None
    collection: str | None = None
    edition: str | None = None
    medium: str | None = None
    isbns: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()
    sections: tuple[str, ...] = ()


class Citation(NamedTuple):
    """One `PubmedArticle` or `PubmedBookArticle`. `other` holds the texts of elements with no field here."""

    pmid: str
    version: int = 1
    status: str | None = None
    owner: str | None = None
    indexing: str | None = None
    publication_status: str | None = None
    title: str = ""
    vernacular_title: str | None = None
    abstract: tuple[Section, ...] = ()
    copyright: str | None = None
    other_abstracts: tuple[OtherAbstract, ...] = ()
    authors: tuple[Person, ...] = ()
    authors_complete: bool = True
    investigators: tuple[Person, ...] = ()
    journal: Journal = Journal()
    book: Book | None = None
    year: int | None = None
    date: str | None = None
    dates: tuple[Date, ...] = ()
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    languages: tuple[str, ...] = ()
    doi: str | None = None
    pmcid: str | None = None
    ids: tuple[Identifier, ...] = ()
    publication_types: tuple[Concept, ...] = ()
    mesh: tuple[Heading, ...] = ()
    supplementary_concepts: tuple[Concept, ...] = ()
    substances: tuple[Substance, ...] = ()
    genes: tuple[str, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    subjects: tuple[Person, ...] = ()
    subsets: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    references: tuple[Reference, ...] = ()
    registrations: tuple[Registration, ...] = ()
    grants: tuple[Grant, ...] = ()
    conflicts: str | None = None
    notes: tuple[str, ...] = ()
    other: tuple[Identifier, ...] = ()


class Deleted(NamedTuple):
    """PubMed says that this PMID is gone."""

    pmid: str


class Malformed(NamedTuple):
    """What could not be read, and why. `pmid` is None where it could not be told."""

    pmid: str | None
    reason: str


def plain(value: Any) -> Any:
    """A record as JSON values; fields that hold their default are left out."""
    if not isinstance(value, tuple):
        return value
    fields = getattr(value, "_fields", None)
    if fields is None:
        return [plain(item) for item in value]
    defaults = value._field_defaults
    return {
        name: plain(item)
        for name, item in zip(fields, value, strict=True)
        if name not in defaults or (item is not defaults[name] and item != defaults[name])
    }


def rebuild(kind: type, value: Any) -> Any:
    """The record of class `kind` that `plain` turned into `value`. Keys unknown to `kind` are ignored."""
    fields = _fields(kind)
    return kind(**{name: _item(fields[name], item) for name, item in value.items() if name in fields})


def _item(kind: tuple[bool, type | None], item: Any) -> Any:
    several, record = kind
    if several:
        return tuple(rebuild(record, part) if record else part for part in item)
    return rebuild(record, item) if record and item is not None else item


@cache
def _fields(kind: type) -> dict[str, tuple[bool, type | None]]:
    """For each field whether it is a tuple, and the record class of its items if they are records."""
    fields = {}
    for name, hint in get_type_hints(kind).items():
        several = get_origin(hint) is tuple
        inner = [part for part in get_args(hint) if part not in (NoneType, Ellipsis)] or [hint]
        fields[name] = (several, inner[0] if hasattr(inner[0], "_fields") else None)
    return fields

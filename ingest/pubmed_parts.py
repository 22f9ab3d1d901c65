"""Small pieces of PubMed XML → their records: texts, dates, people, headings, links."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ingest.citation import (
    Affiliation,
    Concept,
    Date,
    Grant,
    Heading,
    Identifier,
    Keyword,
    Link,
    OtherAbstract,
    Person,
    Qualifier,
    Reference,
    Registration,
    Section,
    Substance,
)

BREAK = re.compile(r"[ \t\r]*\n[ \t\r\n]*")
ORCID = re.compile(r"([0-9]{4})-?([0-9]{4})-?([0-9]{4})-?([0-9]{3}[0-9Xx])")


def text(element: Element) -> str:
    """All the text in an element: markup goes, its words stay. Line breaks become spaces."""
    words = "".join(element.itertext()) if len(element) else element.text or ""
    if "\n" in words:
        words = BREAK.sub(" ", words)
    return words.strip()


def texts(element: Element) -> dict[str, str | None]:
    """The texts of an element's children, by tag."""
    return {child.tag: text(child) or None for child in element}


def is_major(element: Element) -> bool:
    return element.get("MajorTopicYN") == "Y"


def printed_date(element: Element) -> str:
    """A `PubDate` as PubMed gives it: `2019 Mar 4`, `2000 Spring`, `1998 Dec-1999 Jan`."""
    return " ".join(filter(None, map(text, element)))


def date(element: Element, kind: str) -> Date:
    """A date in numbers, to the day or as far as it goes; the time of day is PubMed's own and left out."""
    given = texts(element)
    numbers = []
    for part in ("Year", "Month", "Day"):
        value = given.get(part)
        if value is None:
            break
        if not value.isdecimal():
            return Date(kind, " ".join(filter(None, map(given.get, ("Year", "Month", "Day")))))
        numbers.append(value.zfill(2))
    return Date(kind, "-".join(numbers) or printed_date(element))


def sections(element: Element) -> Iterator[Section]:
    for child in element.iterfind("AbstractText"):
        words, label = text(child), child.get("Label")
        if words or label:
            yield Section(words, label, child.get("NlmCategory"))


def other_abstract(element: Element) -> OtherAbstract:
    copyright = element.find("CopyrightInformation")
    return OtherAbstract(
        tuple(sections(element)),
        element.get("Type"),
        element.get("Language"),
        None if copyright is None else text(copyright) or None,
    )


NAMES = {
    "LastName": "family",
    "ForeName": "given",
    "FirstName": "given",
    "Initials": "initials",
    "Suffix": "suffix",
    "CollectiveName": "collective",
}


def person(element: Element, role: str | None = None) -> Person:
    values, affiliations, ids, notes = {}, [], [], []
    for child in element:
        tag = child.tag
        if tag in NAMES:
            values[NAMES[tag]] = text(child) or None
        elif tag == "AffiliationInfo":
            affiliations.append(_affiliation(child))
        elif tag == "Affiliation":  # before 2015
            affiliations.append(Affiliation(text(child)))
        elif tag == "Identifier":
            # Only here is it the author's; identifiers of an affiliation are those of a house.
            identifier = _identifier(child)
            orcid = ORCID.search(identifier.value) if identifier.type == "ORCID" else None
            if orcid and "orcid" not in values:
                values["orcid"] = "-".join(orcid.groups()).upper()
            else:
                ids.append(identifier)
        elif words := text(child):
            notes.append(words)
    return Person(
        **values,
        affiliations=tuple(affiliations),
        ids=tuple(ids),
        equal=element.get("EqualContrib") == "Y",
        role=role,
        notes=tuple(notes),
    )


def _affiliation(element: Element) -> Affiliation:
    names = [text(child) for child in element if child.tag == "Affiliation"]
    ids = tuple(_identifier(child) for child in element if child.tag == "Identifier")
    return Affiliation("; ".join(names), ids)


def _identifier(element: Element) -> Identifier:
    return Identifier(element.get("Source") or "", text(element))


def concept(element: Element) -> Concept:
    return Concept(element.get("UI"), text(element), element.get("Type"))


def heading(element: Element) -> Heading:
    ui, name, major, kind, qualifiers = None, "", False, None, []
    for child in element:
        if child.tag == "DescriptorName":
            ui, name, major, kind = child.get("UI"), text(child), is_major(child), child.get("Type")
        elif child.tag == "QualifierName":
            qualifiers.append(Qualifier(child.get("UI"), text(child), is_major(child)))
    return Heading(ui, name, major, kind, tuple(qualifiers))


def substance(element: Element) -> Substance:
    name = element.find("NameOfSubstance")
    registry = element.findtext("RegistryNumber")
    return Substance(registry, None, "") if name is None else Substance(registry, name.get("UI"), text(name))


def keywords(element: Element) -> Iterator[Keyword]:
    owner = element.get("Owner")
    return (Keyword(words, is_major(child), owner) for child in element if (words := text(child)))


def link(element: Element) -> Link:
    given = texts(element)
    return Link(element.get("RefType") or "", given.get("PMID"), given.get("RefSource"), given.get("Note"))


def registrations(element: Element) -> Iterator[Registration]:
    """The accession numbers of one `DataBank`; the bank alone if it has none."""
    bank = element.findtext("DataBankName", "")
    numbers = [text(number) for number in element.iter("AccessionNumber")]
    return (Registration(bank, number) for number in numbers or [None])


def grant(element: Element) -> Grant:
    given = texts(element)
    return Grant(given.get("GrantID"), given.get("Acronym"), given.get("Agency"), given.get("Country"))


def article_id(element: Element) -> Identifier:
    return Identifier(element.get("IdType") or "", text(element))


def reference(element: Element) -> Reference:
    citation, ids = None, []
    for child in element:
        if child.tag == "Citation":
            citation = text(child) or None
        elif child.tag == "ArticleIdList":
            ids += map(article_id, child)
    return Reference(citation, tuple(ids))


def section_titles(element: Element) -> Iterator[str]:
    """The titles of a book's sections and their subsections, each after its label, in reading order."""
    for section in element.iter("Section"):
        title = " ".join(text(child) for child in section if child.tag in ("LocationLabel", "SectionTitle"))
        if title.strip():
            yield title.strip()

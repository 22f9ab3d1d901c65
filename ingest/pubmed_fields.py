"""One `PubmedArticle` or `PubmedBookArticle` element → `Citation`.

The tables at the end name the elements that are understood and where they go. An element that no
table names is not dropped: its text goes to `Citation.other`, so that a new DTD loses nothing.
"""

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element

from ingest import pubmed_parts as parts
from ingest.citation import Book, Citation, Identifier, Journal
from ingest.pubmed_parts import text

YEAR = re.compile(r"(?<![0-9])[12][0-9]{3}(?![0-9])")
DOI_PREFIX = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
PMCID = re.compile(r"PMC[0-9]+")

Values = dict[str, object]
Reader = Callable[[Element, Values], None]


def read_article(element: Element) -> Citation:
    """The record of a `PubmedArticle`. Raises ValueError if it has no PMID."""
    values: Values = {}
    _read(element, RECORD, values)
    return _citation(values)


def read_book(element: Element) -> Citation:
    """The record of a `PubmedBookArticle`. Raises ValueError if it has no PMID."""
    values: Values = {}
    _read(element, RECORD, values)
    book = Book(**_take(values, "book ", Book))
    # A record of a whole book has the title and authors of the book, and no others.
    values.setdefault("title", book.title or "")
    values.setdefault("authors", [person for person in book.people if person.role != "editors"])
    return _citation(values | {"book": book})


def _read(element: Element, readers: dict[str, Reader], values: Values):
    for child in element:
        reader = readers.get(child.tag)
        if reader is None:
            _other(child, values)
        else:
            reader(child, values)


def _take(values: Values, prefix: str, record: type) -> Values:
    """Take the values of a part, such as `journal title`, out of those of the whole."""
    names = [name for name in record._fields if prefix + name in values]
    taken = {name: values.pop(prefix + name) for name in names}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in taken.items()}


def _citation(values: Values) -> Citation:
    if not str(values.get("pmid", "")).isdecimal():
        raise ValueError("no PMID")
    journal = _take(values, "journal ", Journal)
    if journal:
        values["journal"] = Journal(**journal)
    start, end = values.pop("start page", None), values.pop("end page", None)
    if start and "pages" not in values:
        values["pages"] = f"{start}-{end}" if end and end != start else start
    values["ids"] = dict.fromkeys(values.get("ids", ()))
    for identifier in values["ids"]:
        if identifier.type == "doi":
            values.setdefault("doi", identifier.value)
        elif identifier.type == "pmc" and (match := PMCID.search(identifier.value)):
            values.setdefault("pmcid", match[0])
    return Citation(**{k: tuple(v) if isinstance(v, (list, dict)) else v for k, v in values.items()})


# --- what to do with an element -----------------------------------------------------------


def _other(element: Element, values: Values):
    if words := text(element):
        values.setdefault("other", []).append(Identifier(element.tag, words))


def _within(readers: dict[str, Reader], **attributes: str) -> Reader:
    """Read the children; `attributes` names the fields that take attributes of the element itself."""

    def read(element: Element, values: Values):
        for attribute, name in attributes.items():
            if element.get(attribute):
                values[name] = element.get(attribute)
        _read(element, readers, values)

    return read


def _one(name: str) -> Reader:
    def read(element: Element, values: Values):
        if words := text(element):
            values[name] = words

    return read


def _add(name: str, part: Callable = text) -> Reader:
    def read(element: Element, values: Values):
        if item := part(element):
            values.setdefault(name, []).append(item)

    return read


def _extend(name: str, part: Callable) -> Reader:
    def read(element: Element, values: Values):
        values.setdefault(name, []).extend(part(element))

    return read


def _date(kind: str | None = None, attribute: str = "") -> Reader:
    def read(element: Element, values: Values):
        values.setdefault("dates", []).append(parts.date(element, kind or element.get(attribute) or ""))

    return read


def _pmid(element: Element, values: Values):
    values["pmid"] = text(element).lstrip("0")
    version = element.get("Version", "1")
    values["version"] = int(version) if version.isdecimal() else 1


def _printed_date(element: Element, values: Values):
    values["date"] = parts.printed_date(element) or None
    year = YEAR.search(values["date"] or "")
    values["year"] = int(year[0]) if year else None


def _people(name: str) -> Reader:
    def read(element: Element, values: Values):
        if element.get("CompleteYN") == "N":
            values["authors_complete"] = False
        role = element.get("Type")
        role = None if role == "authors" else role
        values.setdefault(name, []).extend(parts.person(child, role) for child in element)

    return read


def _location(element: Element, values: Values):
    kind = element.get("EIdType") or ""
    _identify(kind if element.get("ValidYN") != "N" else f"invalid {kind}", text(element), values)


def _article_id(element: Element, values: Values):
    _identify(element.get("IdType") or "", text(element), values)


def _other_id(element: Element, values: Values):
    _identify(element.get("Source") or "", text(element), values)


def _identify(kind: str, value: str, values: Values):
    if kind == "doi":
        value = DOI_PREFIX.sub("", value)
    if value:
        values.setdefault("ids", []).append(Identifier(kind, value))


def _issn(element: Element, values: Values):
    values["journal issn"], values["journal issn_type"] = text(element) or None, element.get("IssnType")


def _object(element: Element, values: Values):
    for param in element:
        name = f"{element.get('Type') or 'Object'} {param.get('Name') or ''}".strip()
        values.setdefault("other", []).append(Identifier(name, text(param)))


# --- the elements that are understood -------------------------------------------------------

ABSTRACT = {"CopyrightInformation": _one("copyright")}


def _abstract(element: Element, values: Values):
    _extend("abstract", parts.sections)(element, values)
    for child in element:
        if child.tag != "AbstractText":
            ABSTRACT.get(child.tag, _other)(child, values)


JOURNAL_ISSUE = {"Volume": _one("volume"), "Issue": _one("issue"), "PubDate": _printed_date}
JOURNAL = {
    "ISSN": _issn,
    "JournalIssue": _within(JOURNAL_ISSUE, CitedMedium="journal medium"),
    "Title": _one("journal title"),
    "ISOAbbreviation": _one("journal abbreviation"),
}
JOURNAL_INFO = {
    "Country": _one("journal country"),
    "MedlineTA": _one("journal medline"),
    "NlmUniqueID": _one("journal nlm_id"),
    "NLMUniqueID": _one("journal nlm_id"),
    "ISSNLinking": _one("journal issn_linking"),
}
PAGINATION = {"MedlinePgn": _one("pages"), "StartPage": _one("start page"), "EndPage": _one("end page")}
ARTICLE = {
    "Journal": _within(JOURNAL),
    "ArticleTitle": _one("title"),
    "VernacularTitle": _one("vernacular_title"),
    "Pagination": _within(PAGINATION),
    "ELocationID": _location,
    "Abstract": _abstract,
    "AuthorList": _people("authors"),
    "Language": _add("languages"),
    "DataBankList": _within({"DataBank": _extend("registrations", parts.registrations)}),
    "GrantList": _within({"Grant": _add("grants", parts.grant)}),
    "PublicationTypeList": _within({"PublicationType": _add("publication_types", parts.concept)}),
    "PublicationType": _add("publication_types", parts.concept),
    "ArticleDate": _date(attribute="DateType"),
}
MEDLINE_CITATION = {
    "PMID": _pmid,
    "DateCreated": _date("created"),
    "DateCompleted": _date("completed"),
    "DateRevised": _date("revised"),
    "Article": _within(ARTICLE),
    "MedlineJournalInfo": _within(JOURNAL_INFO),
    "ChemicalList": _within({"Chemical": _add("substances", parts.substance)}),
    "SupplMeshList": _within({"SupplMeshName": _add("supplementary_concepts", parts.concept)}),
    "CitationSubset": _add("subsets"),
    "CommentsCorrectionsList": _within({"CommentsCorrections": _add("links", parts.link)}),
    "GeneSymbolList": _within({"GeneSymbol": _add("genes")}),
    "MeshHeadingList": _within({"MeshHeading": _add("mesh", parts.heading)}),
    "PersonalNameSubjectList": _people("subjects"),
    "OtherID": _other_id,
    "OtherAbstract": _add("other_abstracts", parts.other_abstract),
    "KeywordList": _extend("keywords", parts.keywords),
    "CoiStatement": _one("conflicts"),
    "InvestigatorList": _people("investigators"),
    "GeneralNote": _add("notes"),
}
REFERENCES: dict[str, Reader] = {"Reference": _add("references", parts.reference)}
REFERENCES["ReferenceList"] = _within(REFERENCES)
PUBMED_DATA = {
    "History": _within({"PubMedPubDate": _date(attribute="PubStatus")}),
    "PublicationStatus": _one("publication_status"),
    "ArticleIdList": _within({"ArticleId": _article_id}),
    "ObjectList": _within({"Object": _object}),
    "ReferenceList": _within(REFERENCES),
}
BOOK = {
    "Publisher": _within({"PublisherName": _one("book publisher"), "PublisherLocation": _one("book place")}),
    "BookTitle": _one("book title"),
    "PubDate": _printed_date,
    "BeginningDate": _date("beginning"),
    "EndingDate": _date("ending"),
    "AuthorList": _people("book people"),
    "Volume": _one("volume"),
    "Edition": _one("book edition"),
    "CollectionTitle": _one("book collection"),
    "Isbn": _add("book isbns"),
    "ELocationID": _location,
    "Medium": _one("book medium"),
}
BOOK_DOCUMENT = {
    **ARTICLE,
    "PMID": _pmid,
    "ArticleIdList": PUBMED_DATA["ArticleIdList"],
    "Book": _within(BOOK),
    "Sections": _extend("book sections", parts.section_titles),
    "KeywordList": MEDLINE_CITATION["KeywordList"],
    "InvestigatorList": MEDLINE_CITATION["InvestigatorList"],
    "ContributionDate": _date("contribution"),
    "DateRevised": _date("revised"),
    "ReferenceList": _within(REFERENCES),
}
RECORD = {
    "MedlineCitation": _within(MEDLINE_CITATION, Status="status", Owner="owner", IndexingMethod="indexing"),
    "PubmedData": _within(PUBMED_DATA),
    "BookDocument": _within(BOOK_DOCUMENT),
    "PubmedBookData": _within(PUBMED_DATA),
}

"""References as RIS, for EndNote, Zotero, Mendeley and most reference managers.

A line is a tag of two characters, two spaces, a hyphen, a space and the value; CR LF ends it.
"""

from collections.abc import Iterator

from kb.cite import markup
from kb.cite.reference import Reference, pubmed

TYPE = {"article": "JOUR", "report": "RPRT", "thesis": "THES"}


def write(references: list[Reference]) -> str:
    return "\r\n".join("\r\n".join([*_lines(reference), "ER  - ", ""]) for reference in references)


def _lines(reference: Reference) -> Iterator[str]:
    for tag, value in _fields(reference):
        if value:
            yield f"{tag}  - {' '.join(value.split())}"


def _fields(reference: Reference) -> Iterator[tuple[str, str | None]]:
    yield "TY", TYPE[reference.kind]
    yield "ID", reference.key
    for name in reference.authors:
        # A comma in a body's name would make it a person's family name.
        yield "AU", name.family.replace(",", "") if name.body else name.inverted
    yield "TI", markup.plain(reference.title)
    if reference.kind == "article":
        yield "T2", reference.journal
        yield "J2", reference.journal
    else:
        yield "PB", reference.journal
    yield "PY", reference.year
    if len(reference.date) > 1:
        yield "DA", "/".join(f"{part:02}" for part in (*reference.date, "")[:3] if part)
    yield "VL", reference.volume
    yield "IS", reference.issue
    yield "SP", reference.first_page
    yield "EP", reference.last_page
    yield "DO", reference.doi
    if reference.pmid:
        yield "AN", reference.pmid
        yield "DB", "PubMed"
    yield "C2", reference.pmcid
    yield "UR", reference.url or (reference.pmid and pubmed(reference.pmid))
    if reference.withdrawn:
        yield "M3", "Retracted Publication"
    for notice in reference.notices:
        yield "N1", notice
    if reference.others:
        yield "N1", "The list of authors is not complete."

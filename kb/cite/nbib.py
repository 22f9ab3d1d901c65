"""References in PubMed's MEDLINE format (`.nbib`).

https://pubmed.ncbi.nlm.nih.gov/help/#pubmed-format. A paper without a confirmed PMID has no PMID line.
"""

import textwrap
from collections.abc import Iterator

from kb.cite import markup
from kb.cite.reference import MONTHS, Reference

PUBLICATION_TYPE = {"article": "Journal Article", "report": "Technical Report", "thesis": "Academic Dissertation"}
WIDTH, INDENT = 88, " " * 6


def write(references: list[Reference]) -> str:
    return "\n".join("".join(f"{line}\n" for line in _lines(reference)) for reference in references)


def _lines(reference: Reference) -> Iterator[str]:
    for tag, value in _fields(reference):
        if value:
            yield from textwrap.wrap(
                f"{tag:4}- {value}",
                WIDTH,
                subsequent_indent=INDENT,
                break_long_words=False,
                break_on_hyphens=False,
            )


def _fields(reference: Reference) -> Iterator[tuple[str, str | None]]:
    yield "PMID", reference.pmid
    yield "VI", reference.volume
    yield "IP", reference.issue
    yield "DP", _date(reference.date)
    yield "TI", markup.plain(reference.title)
    yield "PG", reference.pages
    yield "LID", reference.doi and f"{reference.doi} [doi]"
    for name in reference.authors:
        yield ("CN", name.family) if name.body else ("AU", name.short)
    for kind in _publication_types(reference):
        yield "PT", kind
    if reference.withdrawn:
        yield "PT", "Retracted Publication"
    yield "TA", reference.journal
    yield "JT", reference.journal
    yield "PMC", reference.pmcid
    yield "AID", reference.doi and f"{reference.doi} [doi]"
    yield "4099", reference.url
    for notice in reference.notices:
        yield ("RIN" if reference.withdrawn else "GN"), notice
    if reference.others:
        yield "GN", "The list of authors is not complete."


def _date(date: tuple[int, ...]) -> str:
    """`2019 Mar 4`, as far as it is known."""
    return " ".join(MONTHS[part - 1] if place == 1 else str(part) for place, part in enumerate(date))


def _publication_types(reference: Reference) -> list[str]:
    """PubMed's own, without their MeSH identifiers; else the plainest true one."""
    names = [kind.split(" ", 1)[-1] for kind in reference.publication_types]
    return [name for name in names if name != "Retracted Publication"] or [PUBLICATION_TYPE[reference.kind]]

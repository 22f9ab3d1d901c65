"""`citations.csv`: the citations of a knowledge base as rows that can be committed.

It makes everything work where PubMed cannot be reached. It holds no abstract: those belong to their
publishers. A row is replaced when PubMed gives the record, and never dropped.
"""

import datetime as dt
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ingest import columns, table
from ingest.citation import Citation
from ingest.store import Entry
from kb.fetched import CitationRow

COLUMNS = tuple(CitationRow.model_fields)
#: How the source of a row that we fetched begins; rows copied from elsewhere name the page they come from.
PUBMED = "PubMed via Entrez"
DOI = re.compile(r"10\.[0-9]{4,9}/\S+")


class Written(NamedTuple):
    """Counts of rows."""

    total: int
    from_pubmed: int
    kept: int
    changed: bool


def row(citation: Citation, *, source: str, retrieved: dt.date, status: str = "current") -> dict[str, str]:
    """The row of a citation, valid as a `CitationRow`; empty columns are ''."""
    journal, book = citation.journal, citation.book
    # Print dates run ahead of the calendar; a year to come stays in `date` until it has come.
    year = citation.year if citation.year and 1800 <= citation.year <= dt.date.today().year else None
    values = {
        "pmid": citation.pmid,
        "doi": citation.doi if citation.doi and DOI.fullmatch(citation.doi) else None,
        "pmcid": citation.pmcid,
        "title": citation.title or citation.vernacular_title or "[no title in PubMed]",
        "authors": columns.encode_authors(citation.authors),
        "journal": journal.abbreviation or journal.medline or journal.title or (book and book.title) or "[none]",
        "year": str(year or ""),
        "date": citation.date,
        "volume": citation.volume,
        "issue": citation.issue,
        "pages": citation.pages,
        "language": columns.join(citation.languages),
        "publication_types": columns.encode_publication_types(citation.publication_types),
        "mesh": columns.encode_mesh(citation.mesh),
        "links": columns.encode_links(citation.links),
        "status": status,
        "source": source,
        "retrieved": retrieved.isoformat(),
    }
    return {column: columns.one_line(values[column] or "") for column in COLUMNS}


def read(path: Path) -> dict[str, dict[str, str]]:
    """The rows of a snapshot by PMID; none if there is no file. Raises `TableError`."""
    return {line["pmid"]: line for line in table.read(path, COLUMNS)}


def update(path: Path, entries: Iterable[Entry]) -> Written:
    """Bring a snapshot up to date with what the store knows, in one step. Raises `TableError`."""
    before = read(path)
    rows = dict(before)
    for entry in entries:
        if entry.citation is not None and (entry.outcome != "malformed" or entry.pmid not in before):
            status = "deleted" if entry.outcome == "deleted" else "current"
            rows[entry.pmid] = row(entry.citation, source=entry.source, retrieved=entry.day, status=status)
        elif entry.outcome == "unknown" and before.get(entry.pmid, {}).get("source") == entry.source:
            # This store never had it, but the same service gave it once, to whoever wrote the row.
            rows[entry.pmid] = before[entry.pmid] | {"status": "deleted"}
    changed = rows != before
    if changed:
        table.write(path, COLUMNS, (rows[pmid] for pmid in sorted(rows, key=int)))
    from_pubmed = sum(line["source"].startswith(PUBMED) for line in rows.values())
    return Written(len(rows), from_pubmed, len(rows) - from_pubmed, changed)

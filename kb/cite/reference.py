"""Rows of `kb.db` → references: what a bibliography says of a paper, whatever the format."""

import re
from typing import NamedTuple

from kb.cite import names
from kb.vocabulary import WITHDRAWN, Design, StandingKind

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
#: `2019`, `2019 Mar`, `2019 Mar 4`; of other dates only the year is taken.
DATE = re.compile(rf"(\d{{4}})(?: ({'|'.join(MONTHS)})(?: (\d{{1,2}}))?)?")
#: What a body publishes itself; without volume, pages, DOI or PMID it is a report, not an article.
REPORTS = {Design.REGULATORY, Design.GUIDELINE, Design.PROTOCOL}
THESIS = re.compile(r"\b(?:thesis|dissertation)\b", re.IGNORECASE)


class Reference(NamedTuple):
    """One paper. `title` may hold the tags of `kb.cite.markup`; `journal` is the publisher of a report or thesis.

    `kind` is `article`, `report` or `thesis`; `date` holds year, month and day as far as they are known. `notices` say
    in words that the paper was withdrawn, doubted or corrected.
    """

    key: str
    kind: str
    title: str
    authors: tuple[names.Name, ...]
    others: bool
    journal: str
    date: tuple[int, ...]
    volume: str | None
    issue: str | None
    pages: str | None
    doi: str | None
    pmid: str | None
    pmcid: str | None
    url: str | None
    publication_types: tuple[str, ...]
    standing: StandingKind
    notices: tuple[str, ...]

    @property
    def year(self) -> str:
        return str(self.date[0]) if self.date else ""

    @property
    def withdrawn(self) -> bool:
        return self.standing in WITHDRAWN

    @property
    def address(self) -> str | None:
        """Where the paper is found on the web."""
        if self.url:
            return self.url
        return f"https://doi.org/{self.doi}" if self.doi else pubmed(self.pmid) if self.pmid else None

    @property
    def first_page(self) -> str:
        return (self.pages or "").partition("-")[0]

    @property
    def last_page(self) -> str:
        return (self.pages or "").partition("-")[2]


def pubmed(pmid: str) -> str:
    return f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/"


def read(row: dict) -> Reference:
    """A row of `kb.cite.find.REFERENCES` as a reference."""
    authors, others = names.read(row["authors"])
    types = tuple(kind for kind in (row["publication_types"] or "").split("; ") if kind)
    standing, notices = _standing(row)
    return Reference(
        key=row["key"] or row["id"].lower().replace(":", "-"),
        kind=_kind(row),
        title=row["title"].strip(),
        authors=authors,
        others=others,
        journal=row["journal"],
        date=_date(row["date"], row["year"]),
        **{name: row[name] for name in ("volume", "issue", "pages", "doi", "pmid", "pmcid", "url")},
        publication_types=types,
        standing=standing,
        notices=notices,
    )


def _kind(row: dict) -> str:
    if THESIS.search(f"{row['journal']} {row['publication_types'] or ''}"):
        return "thesis"
    in_a_journal = any(row[name] for name in ("pmid", "doi", "volume", "pages"))
    return "report" if row["design"] in REPORTS and not in_a_journal else "article"


def _date(date: str | None, year: int | None) -> tuple[int, ...]:
    given = DATE.fullmatch(date or "")
    if given is None:
        return (year,) if year else ()
    parts = (int(given[1]), given[2] and MONTHS.index(given[2]) + 1, given[3] and int(given[3]))
    return tuple(part for part in parts if part)


def _standing(row: dict) -> tuple[StandingKind, tuple[str, ...]]:
    """What is known of withdrawal, doubt and correction: as asked for studies, as PubMed links it for other papers."""
    standing = StandingKind(row["standing"] or "unchecked")
    notices = tuple(notice for notice in (row["notices"] or "").split("\n") if notice)
    if row["key"] is None and "RetractionIn " in (row["links"] or ""):
        return StandingKind.RETRACTED, (f"{StandingKind.RETRACTED.label} (PubMed)",)
    return standing, notices

"""The rows of the CSV files in `data/`: machine-written, replaced or added to by commands.

Everything in a CSV file is text, so these models convert what they read.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from kb import vocabulary as v
from kb.fields import Count, Day, Doi, Pmid, Record, Slug, Text, Year


class Row(Record):
    model_config = ConfigDict(extra="forbid", strict=False, frozen=True)


class CitationRow(Row):
    """A row of `citations.csv`: what PubMed, or the page named in `source`, says of a paper."""

    pmid: Pmid
    doi: Doi | None = None
    pmcid: Annotated[str, StringConstraints(pattern=r"^PMC[0-9]+$")] | None = None
    title: Text
    authors: str | None = Field(None, description="Separated by semicolons.")
    journal: Text
    year: Year | None = None
    date: str | None = Field(None, description="As PubMed gives it.")
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    language: str | None = None
    publication_types: str | None = Field(None, description="UI and name, separated by semicolons.")
    mesh: str | None = Field(None, description="UI and heading, a star for major topics, separated by semicolons.")
    links: str | None = Field(None, description="Type and PMID of linked citations, separated by semicolons.")
    status: Literal["current", "deleted"] = "current"
    source: Text
    retrieved: Day


class StandingRow(Row):
    """A row of `standing.csv`: what a source of retractions says of a paper."""

    study: Slug
    kind: v.StandingKind
    asked: Text = Field(description="The source asked.")
    notice: str | None = Field(None, description="PMID, DOI or description of the notice.")
    checked: Day | None = None

    @model_validator(mode="after")
    def _asked_when(self):
        if (self.kind == v.StandingKind.UNCHECKED) != (self.checked is None):
            raise ValueError("checked: expected a date, except for kind unchecked")
        return self


class SearchRunRow(Row):
    """A row of `search_runs.csv`: one run of a stored search."""

    search: Slug
    ran: Day
    hits: Count


class ScreeningRow(Row):
    """A row of `screening.csv`: a hit of a search, taken or left, and why."""

    search: Slug
    pmid: Pmid
    decision: v.ScreeningDecision
    reason: Text
    decided: Day


class VerdictLogRow(Row):
    """A row of `verdict_log.csv`: a verdict as it was stated on a day. Rows are only ever added."""

    claim: Slug
    date: Day
    verdict: v.Verdict
    certainty: v.Certainty
    reason: Text

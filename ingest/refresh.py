"""`kb pubmed refresh`: search, fetch and standing in one go, and what that means for the claims, on one page."""

import datetime as dt
import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import click

from ingest import fetch, retraction_watch, screening, search, snapshot, standing
from ingest.entrez import Client
from ingest.hits import Hits
from ingest.reply import EntrezError
from ingest.store import Store
from ingest.terminal import STORE, by_reason, one_line, open_store, service
from kb.build import BuildFailed, build
from kb.documents import KnowledgeBase
from kb.files import part_of
from kb.terminal import DATA, BadInput, read_data

#: New papers are listed with their titles up to so many; beyond, they are only counted.
LISTED = 40
TABLES = ("search_runs.csv", "citations.csv", "standing.csv")


class Verdict(NamedTuple):
    """What the verdict function says of a claim, and what is stored."""

    computed: str
    stored: str


@dataclass
class Page:
    """What a refresh brought. `new` are papers to screen by claim, `touched` the studies behind each claim that
    changed in standing, `before` and `after` the verdicts of all claims."""

    searched: search.Report
    fetched: fetch.Report
    stood: standing.Report
    before: dict[str, Verdict]
    after: dict[str, Verdict]
    new: dict[str, list[str]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    touched: dict[str, list[str]] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    waiting: int = 0

    @property
    def error(self) -> EntrezError | None:
        return self.searched.error or self.fetched.error

    @property
    def complete(self) -> bool:
        """Everything that was asked for came."""
        missing = self.fetched.missing or self.stood.unchecked or self.stood.faults
        return self.searched.complete and not missing

    def lines(self) -> list[str]:
        """The page."""
        return [
            f"Refreshed on {dt.date.today().isoformat()}",
            *_headed(f"Verdicts: {self._count()}", self._claims()),
            *_headed("Standing", self.stood.lines()),
            *_headed("New papers, not screened yet", self._papers()),
            *_headed("Records of the studies", self._records()),
            *_headed("Searches", self._searches()),
            "",
            f"{self.waiting:,} papers wait to be screened: kb pubmed screen",
        ]

    def _count(self) -> str:
        turned = sum(self.before[claim].computed != self.after[claim].computed for claim in self.after)
        return f"{len(self.touched.keys() | self.new.keys())} claims touched, {turned} would change"

    def _claims(self) -> list[str]:
        """Before and after of each claim touched, those that change first."""
        lines = []
        for claim, now in sorted(
            self.after.items(), key=lambda item: item[1].computed == self.before[item[0]].computed
        ):
            why = [f"standing of {', '.join(self.touched[claim])}"] if claim in self.touched else []
            why += [f"new papers: {len(self.new[claim]):,}"] if claim in self.new else []
            before, now = self.before[claim].computed, self.after[claim]
            if before != now.computed:
                why.append(f"stored: {now.stored}")
                lines.append(f"{claim}: {before} → {now.computed} ({'; '.join(why)})")
            elif why:
                lines.append(f"{claim}: {before}, before and after ({'; '.join(why)})")
        return lines or ["no claim touched"]

    def _papers(self) -> list[str]:
        lines = []
        for claim, pmids in self.new.items():
            lines.append(f"{claim}: {len(pmids):,}")
            lines += [f"  {pmid} {self.titles[pmid]}" for pmid in pmids if pmid in self.titles]
        return lines or ["none"]

    def _records(self) -> list[str]:
        report = self.fetched
        there = f"{report.wanted} wanted, {report.there} up to date"
        lines = [f"{there}, {report.asked} asked for, {report.received} received"]
        lines += [f"changed: {study}" for study in self.changed]
        return lines + by_reason("not received", report.missing)

    def _searches(self) -> list[str]:
        """What went wrong, and the sum of it."""
        *_, total = self.searched.lines()
        return [*by_reason("not run", self.searched.failed), *self.searched.faults(), total]


def _headed(title: str, lines: list[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)]


def refresh(client: Client, store: Store, data: Path, days: int, watch: Path | None = None) -> Page:
    """Search, fetch what is `days` old, look up standings, and compare the verdicts before and after.

    Raises `StoreError`, `TableError`, `BuildFailed` and what reading the data raises. A service that stops
    answering ends the asking, not the comparison.
    """
    kb, hits = read_data(data), Hits(store)
    if watch:
        # A wrong file is better found before the long part.
        retraction_watch.read(watch, kb)
    before = verdicts(kb)
    searched = search.run(client, hits, data / "search_runs.csv", kb.searches.values())
    wanted = fetch.studied(kb)
    if searched.error:
        due = fetch.due(store, wanted, days)
        reasons = dict.fromkeys(due, f"not asked for: {searched.error}")
        fetched = fetch.Report(wanted=len(wanted), there=len(wanted) - len(due), failed=reasons)
    else:
        fetched = fetch.fetch(client, store, wanted, refresh=days)
    known = wanted | snapshot.read(data / "citations.csv").keys()
    snapshot.update(data / "citations.csv", store.entries(known))
    stood = standing.check(read_data(data), store, data / "standing.csv", watch)
    page = Page(searched, fetched, stood, before, verdicts(read_data(data)))
    page.changed = sorted(key for key, study in kb.studies.items() if study.source.pmid in fetched.changed)
    _touched(page, kb)
    _new(page, kb, hits, data / "screening.csv")
    _titles(page, client, store)
    return page


def verdicts(kb: KnowledgeBase) -> dict[str, Verdict]:
    """The verdicts of all claims, from a database that is built for this and thrown away. Raises `BuildFailed`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kb.db"
        build(kb, path)
        with closing(sqlite3.connect(path)) as db:
            rows = db.execute("SELECT claim, computed, stored FROM claim_verdict ORDER BY claim")
            return {claim: Verdict(computed, stored) for claim, computed, stored in rows}


def _touched(page: Page, kb: KnowledgeBase):
    for study in dict.fromkeys(change.study for change in page.stood.changes):
        findings = kb.studies[study].findings
        for claim in dict.fromkeys(row.claim for finding in findings for row in finding.evidence):
            page.touched.setdefault(claim, []).append(study)


def _new(page: Page, kb: KnowledgeBase, hits: Hits, csv_file: Path):
    waiting = screening.queue(kb, hits, csv_file, kb.searches.values())
    page.waiting = len(waiting)
    for item in waiting:
        if any(item.pmid in page.searched.new.get(name, ()) for name in item.searches):
            page.new.setdefault(item.claim, []).append(item.pmid)


def _titles(page: Page, client: Client, store: Store):
    """Titles of the new papers, if they are few enough for one page."""
    pmids = {pmid for papers in page.new.values() for pmid in papers}
    if sum(map(len, page.new.values())) > LISTED:
        return
    if not page.error:
        fetch.fetch(client, store, pmids)
    for entry in store.entries(pmids):
        if entry.citation:
            page.titles[entry.pmid] = entry.citation.title


@click.command("refresh")
@DATA
@STORE
@click.option("--days", type=click.IntRange(0), default=30, show_default=True, help="Fetch again records this old.")
@standing.WATCH
@service
def refresh_command(data, store, days, watch, **connection):
    """Search, fetch and standing in one go; then a page on what is new and what it does to the verdicts.

    The knowledge base is built twice in a temporary place, with the standings as they were and as they are:
    the page names each claim that is touched, with the computed verdict before and after. Nothing that people
    wrote is changed. Exit code 1 if anything asked for did not come, 2 if the service stopped answering.
    """
    with one_line():
        client = Client(**connection)
        for name in TABLES:
            part_of(data / name).unlink(missing_ok=True)
        with open_store(store, data) as local:
            try:
                page = refresh(client, local, data, days, watch)
            except BuildFailed as error:
                raise BadInput(str(error)) from None
    click.echo("\n".join(page.lines()))
    if page.error:
        raise BadInput(f"stopped early: {page.error}")
    sys.exit(0 if page.complete else 1)

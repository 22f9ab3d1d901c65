"""`kb pubmed search`: run the stored searches; hits go to the local store, dates and counts to `search_runs.csv`."""

import datetime as dt
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import click

from ingest import table
from ingest.entrez import Client
from ingest.esearch import Found
from ingest.esearch import search as ask
from ingest.hits import Hits
from ingest.reply import EntrezError, Unreachable
from ingest.terminal import STORE, one_line, open_store, service
from kb.documents import KnowledgeBase
from kb.fetched import SearchRunRow
from kb.files import part_of
from kb.records import Search
from kb.terminal import DATA, BadInput, read_data

COLUMNS = tuple(SearchRunRow.model_fields)
CHOICE = click.argument("chosen", nargs=-1, metavar="[SEARCH|CLAIM]...")


@dataclass
class Report:
    """What each search found, which hits are new to it, and which searches failed and why.

    `error` is why the run had to stop before all searches had their turn.
    """

    found: dict[str, Found] = field(default_factory=dict)
    new: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    error: EntrezError | None = None

    @property
    def complete(self) -> bool:
        """Every search ran, understood as written, and gave all its hits."""
        return not self.failed and not any(f.faults or len(f.pmids) < f.count for f in self.found.values())

    def faults(self) -> list[str]:
        """What is wrong with the queries or their results, each fault once, with the searches that have it."""
        searches: dict[str, list[str]] = {}
        for search, found in self.found.items():
            faults = [f"{fault}; correct the query" for fault in found.faults]
            if len(found.pmids) < found.count:
                faults.append(f"PubMed gave only {len(found.pmids):,} of {found.count:,} hits")
            for fault in faults:
                searches.setdefault(fault, []).append(search)
        return [f"{fault} ({', '.join(ids)})" for fault, ids in searches.items()]

    def lines(self, translations: bool = False) -> list[str]:
        """The report for the terminal."""
        lines = []
        for search, found in self.found.items():
            lines.append(f"{search}: {found.count:,} found, {len(self.new[search]):,} new")
            lines += [f"  {note}" for note in found.notes]
            lines += [f"  read as {found.translation}"] * translations
        lines += self.faults()
        lines += [f"{search}: not run: {reason}" for search, reason in self.failed.items()]
        papers = {pmid for found in self.found.values() for pmid in found.pmids}
        new = {pmid for pmids in self.new.values() for pmid in pmids}
        lines.append(
            f"{len(self.found)} searches run: {len(papers):,} different papers, {len(new):,} new to some search"
        )
        return lines


def choose(kb: KnowledgeBase, chosen: Iterable[str]) -> list[Search]:
    """The searches named by their ids or by those of their claims; all, if none is named. Raises `BadInput`."""
    chosen = set(chosen)
    known = kb.searches.keys() | {search.claim for search in kb.searches.values()}
    for name in sorted(chosen - known):
        why = "a claim that has no search" if name in kb.claims else "neither a search nor a claim"
        raise BadInput(f"{name!r} is {why}; the ids are in searches.yaml")
    return [s for s in kb.searches.values() if not chosen or chosen & {s.id, s.claim}]


def run(client: Client, hits: Hits, csv_file: Path, searches: Iterable[Search], day: dt.date | None = None) -> Report:
    """Run searches one by one; each is stored, and written to `search_runs.csv`, before the next is asked for."""
    report, day = Report(), day or dt.date.today()
    for search in searches:
        if report.error:
            report.failed[search.id] = f"not asked for: {report.error}"
            continue
        try:
            found = ask(client, search.query)
        except EntrezError as error:
            report.failed[search.id] = str(error)
            report.error = error if isinstance(error, Unreachable) else None
            continue
        report.found[search.id] = found
        report.new[search.id] = hits.save(search.id, search.query, found, day)
        _record(csv_file, search.id, day, found.count)
    return report


def _record(csv_file: Path, search: str, day: dt.date, hits: int):
    rows = {(row["search"], row["ran"]): row for row in table.read(csv_file, COLUMNS)}
    rows[search, day.isoformat()] = {"search": search, "ran": day.isoformat(), "hits": hits}
    table.write(csv_file, COLUMNS, (rows[key] for key in sorted(rows)))


@click.command()
@CHOICE
@DATA
@STORE
@click.option("--translations", is_flag=True, help="Print how PubMed read each query.")
@service
def search(chosen, data, store, translations, **connection):
    """Run the stored searches, all or those named, and queue what is new for screening.

    Each search is an entry of searches.yaml. Its hits are kept in the local store, date and count in
    search_runs.csv. Headings and fields that PubMed does not know are reported, and so is every search
    that did not run or came back incomplete: exit code 1. Other remarks of PubMed leave it at 0.
    """
    csv_file = data / "search_runs.csv"
    with one_line():
        client = Client(**connection)
        searches = choose(read_data(data), chosen)
        part_of(csv_file).unlink(missing_ok=True)
        with open_store(store, data) as local:
            report = run(client, Hits(local), csv_file, searches)
    click.echo("\n".join(report.lines(translations)))
    if report.error:
        raise BadInput(f"stopped early: {report.error}")
    sys.exit(0 if report.complete else 1)

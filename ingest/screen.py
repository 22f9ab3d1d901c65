"""`kb pubmed screen`: take or leave what waits, at the terminal or by way of a spreadsheet."""

from collections.abc import Iterable
from pathlib import Path

import click

from ingest import screening, table
from ingest.citation import Citation
from ingest.entrez import Client
from ingest.fetch import due
from ingest.fetch import fetch as fetch_records
from ingest.hits import Hits
from ingest.notices import marks
from ingest.screening import Decision, SheetError, Waiting
from ingest.search import CHOICE, choose
from ingest.store import Store
from ingest.terminal import STORE, one_line, open_store, service
from kb.documents import KnowledgeBase
from kb.files import part_of
from kb.terminal import DATA, BadInput, read_data
from kb.vocabulary import ScreeningDecision

#: Records got from PubMed before they are shown; so many are one request.
AHEAD = 200
KEYS = {"t": "take", "l": "leave", "a": "abstract", "s": "skip", "q": "quit"}
PROMPT = ", ".join(f"{word} [{key}]" for key, word in KEYS.items())


@click.command()
@CHOICE
@DATA
@STORE
@click.option(
    "--to", type=click.Path(path_type=Path), metavar="FILE", help="Write what waits as CSV, for a spreadsheet."
)
@click.option("--from", "source", type=click.Path(path_type=Path), metavar="FILE", help="Read decisions from a CSV.")
@click.option("--offline", is_flag=True, help="Show what the store holds; ask PubMed for no titles.")
@service
def screen(chosen, data, store, to, source, offline, **connection):
    """Take or leave the hits of the searches that nobody has decided on, all or those named.

    Papers are shown claim by claim, newest first. t takes one, l leaves it and asks for the reason (a number
    picks one given before), a shows its abstract, s skips it, q ends. Each decision is in screening.csv before
    the next paper is shown. A decision holds for all searches of the claim; papers that are studies with
    evidence on the claim do not wait.

    With --to FILE and --from FILE the same is done in a spreadsheet: fill in the columns decision (taken or
    left) and reason; rows without a decision wait on. If any row has a fault, nothing of the file is taken in.
    """
    if to and source:
        raise BadInput("--to writes and --from reads; give one of them")
    csv_file = data / "screening.csv"
    with one_line():
        kb = read_data(data)
        searches = choose(kb, chosen)
        part_of(csv_file).unlink(missing_ok=True)
        with open_store(store, data) as local:
            hits = Hits(local)
            if source:
                _take_in(kb, hits, csv_file, source)
                return
            waiting = screening.queue(kb, hits, csv_file, searches)
            titles = Titles(local, None if offline else connection)
            if to:
                _hand_out(waiting, titles, to)
            else:
                _ask(kb, waiting, titles, csv_file)


class Titles:
    """The citations of papers: from the store, and before that from PubMed, unless `connection` is None."""

    def __init__(self, store: Store, connection: dict | None):
        self.store, self.connection = store, connection

    def of(self, pmids: Iterable[str]) -> dict[str, Citation]:
        pmids = list(pmids)
        if self.connection is not None and due(self.store, pmids):
            report = fetch_records(Client(**self.connection), self.store, pmids)
            if report.error:
                raise BadInput(f"{report.error}; with --offline papers are shown as far as they are known")
        return {entry.pmid: entry.citation for entry in self.store.entries(pmids) if entry.citation}


def _take_in(kb: KnowledgeBase, hits: Hits, csv_file: Path, source: Path):
    try:
        decisions = screening.read_sheet(source, kb, hits)
    except SheetError as bad:
        faults = str(bad).splitlines()
        for fault in faults[:-1]:
            click.echo(fault, err=True)
        raise BadInput(f"{faults[-1]}; nothing of {source} was taken in") from None
    changed = screening.save(csv_file, decisions)
    taken = sum(decision.decision == ScreeningDecision.TAKEN for decision in decisions)
    click.echo(f"{source}: {len(decisions)} decisions, {taken} taken, {len(decisions) - taken} left")
    click.echo(f"{csv_file}: {changed} rows new or changed")


def _hand_out(waiting: list[Waiting], titles: Titles, to: Path):
    if to.exists():
        raise BadInput(f"{to} is there already and may hold decisions; give another name")
    if not waiting:
        click.echo("nothing waits to be screened")
        return
    rows = screening.sheet_rows(waiting, titles.of({item.pmid for item in waiting}))
    # The mark at the beginning is what tells spreadsheets that it is UTF-8.
    table.write(to, screening.SHEET, rows, encoding="utf-8-sig")
    untitled = sum("title" not in row for row in rows)
    click.echo(f"{to}: {len(rows)} waiting" + f", {untitled} of them without a title" * bool(untitled))


def _ask(kb: KnowledgeBase, waiting: list[Waiting], titles: Titles, csv_file: Path):
    done, citations = 0, {}
    rows = table.read(csv_file, screening.COLUMNS)
    reasons = list(dict.fromkeys(row["reason"] for row in rows if row["decision"] == ScreeningDecision.LEFT))
    try:
        for number, item in enumerate(waiting):
            if number % AHEAD == 0:
                citations = titles.of(later.pmid for later in waiting[number : number + AHEAD])
            if number == 0 or item.claim != waiting[number - 1].claim:
                click.echo(f"\n{item.claim}: {kb.claims[item.claim].statement}")
            citation = citations.get(item.pmid)
            click.echo(f"\n{number + 1} of {len(waiting)}  {_shown(item, citation)}")
            decision = _decide(item, citation, reasons)
            if decision:
                screening.save(csv_file, [decision])
                done += 1
    except (click.Abort, EOFError):
        # Ctrl-C, Ctrl-D and q are the same: what was decided is saved.
        click.echo()
    click.echo(f"{csv_file}: {done} decided, {len(waiting) - done} waiting")


def _shown(item: Waiting, citation: Citation | None) -> str:
    lines = [f"PMID {item.pmid}  {', '.join(item.searches)}"]
    if citation:
        lines += [citation.title or citation.vernacular_title or "[no title]"]
        kinds = ", ".join(concept.name for concept in citation.publication_types)
        where = f"{screening.journal(citation)} {citation.year or citation.date or ''}".strip()
        lines += ["; ".join(filter(None, (where, kinds)))]
        lines += [f"{kind.label.upper()} {notice}".rstrip() for kind, notice in marks(citation).items()]
    return "\n".join([*lines, screening.ADDRESS.format(item.pmid)])


def _decide(item: Waiting, citation: Citation | None, reasons: list[str]) -> Decision | None:
    """What the reader says; None to skip. Raises `click.Abort` to end."""
    while True:
        key = click.prompt(PROMPT, type=click.Choice(list(KEYS), case_sensitive=False), show_choices=False)
        if key == "q":
            raise click.Abort
        if key == "s":
            return None
        if key == "t":
            return Decision(item.claim, item.pmid, item.searches, ScreeningDecision.TAKEN, screening.BEARS)
        if key == "l":
            return Decision(item.claim, item.pmid, item.searches, ScreeningDecision.LEFT, _reason(reasons))
        parts = citation.abstract if citation else ()
        click.echo(
            "\n".join(f"{part.label}: {part.text}" if part.label else part.text for part in parts) or "no abstract"
        )


def _reason(reasons: list[str]) -> str:
    """A reason as typed, or the one whose number was typed; it is remembered for the next paper."""
    for number, reason in enumerate(reasons, 1):
        click.echo(f"  {number} {reason}")
    while not (given := click.prompt("reason").strip()) or (given.isdecimal() and not 0 < int(given) <= len(reasons)):
        click.echo("a few words, or the number of a reason above")
    if given.isdecimal():
        return reasons[int(given) - 1]
    if given not in reasons:
        reasons.append(given)
    return given

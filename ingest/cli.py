"""The command group `pubmed`: parse, call, print. Exit 0 = everything came, 1 = something did not, 2 = bad input."""

import re
import sys

import click

from ingest import snapshot
from ingest.bulk import bulk_command
from ingest.entrez import Client
from ingest.fetch import Report, due, studied
from ingest.fetch import fetch as fetch_records
from ingest.flow import flow_command
from ingest.refresh import refresh_command
from ingest.resolve import resolve_command
from ingest.screen import screen
from ingest.search import search
from ingest.standing import standing
from ingest.store import Store
from ingest.terminal import STORE, one_line, open_store, service
from ingest.verify import verify_command
from kb.files import part_of
from kb.terminal import DATA, BadInput, read_data

PMID = re.compile(r"0*([1-9][0-9]{0,7})")


@click.group()
def pubmed():
    """PubMed: get the citations of the knowledge base, and keep them up to date."""


@pubmed.command()
@click.argument("pmids", nargs=-1, metavar="[PMID]...")
@DATA
@STORE
@click.option("--refresh", type=click.IntRange(0), metavar="DAYS", help="Ask again for records this old or older.")
@service
def fetch(pmids, data, store, refresh, **connection):
    """Get the citations of all studies, and of the PMIDs given, and write citations.csv.

    What is in the local store already is not asked for again. The run can be interrupted anywhere;
    the next one goes on. An API key is taken from NCBI_API_KEY.
    """
    csv_file = data / "citations.csv"
    with one_line():
        client = Client(**connection)
        part_of(csv_file).unlink(missing_ok=True)
        wanted = _pmids(pmids) | studied(read_data(data))
        with open_store(store, data) as local:
            report = _fetch(client, local, wanted, refresh)
            written = snapshot.update(csv_file, local.entries(wanted | snapshot.read(csv_file).keys()))
    _print(report)
    click.echo(f"{csv_file}: {written.total} rows, {written.from_pubmed} from PubMed, {written.kept} from elsewhere")
    if report.error:
        raise BadInput(f"stopped early: {report.error}")
    sys.exit(1 if report.missing else 0)


def _pmids(arguments: tuple[str, ...]) -> set[str]:
    """PMIDs as PubMed reads them: decimal numbers of at most eight digits."""
    pmids = set()
    for argument in arguments:
        match = PMID.fullmatch(argument)
        if not match:
            raise BadInput(f"{argument!r} is not a PMID, expected a number of up to 8 digits")
        pmids.add(match[1])
    return pmids


def _fetch(client: Client, store: Store, wanted: set[str], refresh: int | None) -> Report:
    asking = len(due(store, wanted, refresh))
    with click.progressbar(length=asking, label="PubMed", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        return fetch_records(client, store, wanted, refresh=refresh, progress=bar.update)


def _print(report: Report):
    came = f"{len(report.new)} new, {len(report.changed)} changed, {len(report.unchanged)} unchanged"
    lines = [f"{report.wanted} wanted, {report.there} up to date, {report.asked} asked for"]
    if report.asked:
        lines.append(f"{report.received} received: {came}")
    if report.missing:
        lines.append(f"{len(report.missing)} not received:")
        lines += [f"{pmid}: {reason}" for pmid, reason in report.missing.items()]
    click.echo("\n".join(lines))


pubmed.add_command(search)
pubmed.add_command(screen)
pubmed.add_command(flow_command)
pubmed.add_command(standing)
pubmed.add_command(refresh_command)
pubmed.add_command(verify_command)
pubmed.add_command(resolve_command)
pubmed.add_command(bulk_command)

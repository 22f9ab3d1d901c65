"""The command group `pubmed`: parse, call, print. Exit 0 = everything came, 1 = something did not, 2 = bad input."""

import re
import sys
from pathlib import Path

import click

from ingest import snapshot
from ingest.entrez import NCBI, Client
from ingest.fetch import Report, due
from ingest.fetch import fetch as fetch_records
from ingest.reply import EntrezError
from ingest.snapshot import SnapshotError
from ingest.store import Store, StoreError
from kb.terminal import DATA, BadInput, read_data

PMID = re.compile(r"0*([1-9][0-9]{0,7})")


@click.group()
def pubmed():
    """PubMed: get the citations of the knowledge base, and keep them up to date."""


@pubmed.command()
@click.argument("pmids", nargs=-1, metavar="[PMID]...")
@DATA
@click.option("--store", type=click.Path(path_type=Path), help="The local store.  [default: pubmed.db beside the data]")
@click.option("--email", envvar="NCBI_EMAIL", show_envvar=True, help="Yours; NCBI asks for it.")
@click.option("--url", envvar="ENTREZ_URL", show_envvar=True, help=f"Address of the service.  [default: {NCBI}]")
@click.option("--refresh", type=click.IntRange(0), metavar="DAYS", help="Ask again for records this old or older.")
@click.option("--timeout", type=click.FloatRange(0.1), default=30, show_default=True, help="Longest silence, seconds.")
@click.option("--tries", type=click.IntRange(1), default=6, show_default=True, help="How often to ask in vain.")
@click.option("--backoff", type=click.FloatRange(0), default=1, show_default=True, help="First wait, seconds.")
def fetch(pmids, data, store, email, url, refresh, timeout, tries, backoff):
    """Get the citations of all studies, and of the PMIDs given, and write citations.csv.

    What is in the local store already is not asked for again. The run can be interrupted anywhere;
    the next one goes on. An API key is taken from NCBI_API_KEY.
    """
    csv_file = data / "citations.csv"
    try:
        client = Client(email, url=url, timeout=timeout, tries=tries, backoff=backoff)
        snapshot.part_of(csv_file).unlink(missing_ok=True)
        wanted = _pmids(pmids) | _studied(data)
        with Store(store or data.resolve().parent / "pubmed.db") as local:
            report = _fetch(client, local, wanted, refresh)
            written = snapshot.update(csv_file, local.entries(wanted | snapshot.read(csv_file).keys()))
    except (EntrezError, StoreError, SnapshotError, OSError) as error:
        raise BadInput(str(error)) from None
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


def _studied(data: Path) -> set[str]:
    return {study.source.pmid for study in read_data(data).studies.values() if study.source.pmid}


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

"""What the commands of `kb pubmed` share at the terminal: options, the place of the store, faults in one line."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from ingest.entrez import NCBI
from ingest.reply import EntrezError
from ingest.store import Store, StoreError
from ingest.table import TableError
from kb.terminal import BadInput

STORE = click.option(
    "--store", type=click.Path(path_type=Path), help="The local store.  [default: pubmed.db beside the data]"
)
SERVICE = (
    click.option("--email", envvar="NCBI_EMAIL", show_envvar=True, help="Yours; NCBI asks for it."),
    click.option("--url", envvar="ENTREZ_URL", show_envvar=True, help=f"Address of the service.  [default: {NCBI}]"),
    click.option(
        "--timeout", type=click.FloatRange(0.1), default=30, show_default=True, help="Longest silence, seconds."
    ),
    click.option("--tries", type=click.IntRange(1), default=6, show_default=True, help="How often to ask in vain."),
    click.option("--backoff", type=click.FloatRange(0), default=1, show_default=True, help="First wait, seconds."),
)


def service(command: Callable) -> Callable:
    """The options of a command that asks PubMed; their values are keywords of `ingest.entrez.Client`."""
    for option in reversed(SERVICE):
        command = option(command)
    return command


def open_store(store: Path | None, data: Path) -> Store:
    """The store named by --store, or the one beside the data. Raises `StoreError`."""
    return Store(store or data.resolve().parent / "pubmed.db")


@contextmanager
def one_line() -> Iterator[None]:
    """Faults of the service, the store and the disk as one clear line and exit code 2."""
    try:
        yield
    except (EntrezError, StoreError, TableError, OSError) as error:
        raise BadInput(str(error)) from None


def by_reason(what: str, reasons: Mapping[str, str]) -> list[str]:
    """`2 not received, gone: 1001, 1002` for each reason, out of ids with their reasons."""
    grouped: dict[str, list[str]] = {}
    for id, reason in reasons.items():
        grouped.setdefault(reason, []).append(id)
    return [f"{len(ids)} {what}, {reason}: {', '.join(ids)}" for reason, ids in grouped.items()]

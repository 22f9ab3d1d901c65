"""PubMed's baseline and update files → Parquet shards, file by file in parallel: here, or on a Dask cluster."""

import importlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ingest.names import order, shard_of
from kb.terminal import BadInput

if TYPE_CHECKING:
    from ingest.shards import Shard

EXTRA = "needs pyarrow and distributed; install evidence-kb[bulk]"


class NoCluster(Exception):
    """The scheduler cannot be used; one line."""


def convert_all(files: Iterable[Path], folder: Path, workers: int) -> "Iterator[Shard]":
    """Make the shards of all files in `folder` with so many processes, and yield each as it is done.

    A process that is killed costs the files that are not done yet; the next run goes on with them.
    """
    from ingest.shards import Shard, convert

    # A forked child would inherit the locks of pyarrow's threads.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, signal.signal, (signal.SIGINT, signal.SIG_DFL))
    with pool:
        futures: dict[Future, Path] = {pool.submit(convert, file, folder): file for file in files}
        try:
            for future in as_completed(futures):
                error = future.exception()
                yield Shard(futures[future].name, error=f"the process was lost: {error}") if error else future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def convert_on_cluster(files: Iterable[Path], folder: Path, scheduler: str) -> "Iterator[Shard]":
    """As `convert_all`, on the workers of a Dask scheduler. Files and folder must be the same on all of them.

    Raises `NoCluster` if the scheduler does not answer or has no worker.
    """
    from distributed import Client
    from distributed import as_completed as arriving

    from ingest.shards import Shard, convert

    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, ValueError, TimeoutError) as error:
        raise NoCluster(f"no Dask scheduler at {scheduler}: {' '.join(str(error).split())}") from None
    with client:
        if not client.scheduler_info()["workers"]:
            raise NoCluster(f"the Dask scheduler at {scheduler} has no worker")
        names = {client.submit(convert, file, folder, pure=False): file.name for file in files}
        for future in arriving(names):
            error = future.exception()
            yield Shard(names[future], error=f"the worker failed: {error}") if error else future.result()


# --- the command -------------------------------------------------------------------------------


@click.command("bulk")
@click.argument("files", nargs=-1, required=True, metavar="FILES...", type=click.Path(path_type=Path))
@click.option("--out", "folder", required=True, type=click.Path(path_type=Path), metavar="DIR", help="For the shards.")
@click.option("--workers", type=click.IntRange(1), help="Processes here.  [default: one for each core]")
@click.option(
    "--scheduler", metavar="ADDRESS", help="Dask scheduler, e.g. tcp://10.0.0.1:8786, to work on its cluster."
)
def bulk_command(files, folder, workers, scheduler):
    """Turn PubMed's baseline and update files into Parquet, a shard for each.

    FILES are named as PubMed names them, pubmed26n0001.xml.gz; their numbers are the order in which
    they count. Files that were done are not done again, and a run that was interrupted goes on.
    docs/bulk.md has the queries for the latest version of each record. Exit code 1: something could
    not be read; it is listed.
    """
    if scheduler and workers:
        raise BadInput("--workers is for this machine, --scheduler for a cluster; give one of them")
    files, folder = _inputs(files), folder.resolve()
    with _bad_input():
        _require(scheduler)
        folder.mkdir(parents=True, exist_ok=True)
        _tidy(files, folder)
        if scheduler:
            shards = convert_on_cluster(files, folder, scheduler)
        else:
            shards = convert_all(files, folder, min(workers or os.cpu_count() or 1, len(files)))
        try:
            with click.progressbar(shards, len(files), file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
                done = {shard.file: shard for shard in bar}
        finally:
            _tidy(files, folder)
    results = [done[file.name] for file in files]
    click.echo("\n".join(_report(results, folder)))
    raise SystemExit(any(shard.error or shard.malformed for shard in results))


@contextmanager
def _bad_input() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise BadInput(f"kb pubmed bulk {EXTRA} ({error})") from None
    except NoCluster as error:
        raise BadInput(str(error)) from None
    except OSError as error:
        raise BadInput(f"{error.filename}: {error.strerror}") from None


def _require(scheduler: str | None):
    """Raises ImportError, before anything is made, if the extra is not installed."""
    importlib.import_module("pyarrow.parquet")
    if scheduler:
        importlib.import_module("distributed")


def _inputs(files: tuple[Path, ...]) -> list[Path]:
    """The files in PubMed's order. A name that tells no place, or two of one place, are bad input."""
    places: dict[int, Path] = {}
    for file in files:
        number = order(file.name)
        if number is None:
            raise BadInput(f"{file}: expected a name such as pubmed26n0001.xml.gz, which tells its place in the order")
        if not file.is_file():
            raise BadInput(f"{file}: no such file")
        if number in places and places[number] != file:
            raise BadInput(f"{file}: has the same place as {places[number]}; give one of them")
        places[number] = file
    return [places[number].resolve() for number in sorted(places)]


def _tidy(files: list[Path], folder: Path):
    """Take away what killed processes left of shards."""
    for file in files:
        for part in folder.glob(f".{shard_of(file, folder).name}.*.part"):
            part.unlink(missing_ok=True)


def _report(shards: "list[Shard]", folder: Path) -> Iterator[str]:
    written = sum(shard.written for shard in shards)
    failed = [shard for shard in shards if shard.error]
    there = len(shards) - written - len(failed)
    yield f"{folder}: {len(shards)} files, {written} written, {there} there already, {len(failed)} failed"
    records, deleted = sum(shard.records for shard in shards), sum(shard.deleted for shard in shards)
    malformed = [(shard.file, item) for shard in shards for item in shard.malformed]
    yield f"{records} records, {deleted} deletions, {len(malformed)} not readable"
    yield from (f"{shard.file}: failed: {shard.error}" for shard in failed)
    yield from (f"{file}: {f'PMID {item.pmid}' if item.pmid else 'no PMID'}: {item.reason}" for file, item in malformed)

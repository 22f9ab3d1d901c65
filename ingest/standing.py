"""`kb pubmed standing`: what PubMed's records and Retraction Watch say of every study → `standing.csv`."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import click

from ingest import columns, retraction_watch, table
from ingest.notices import NO_PMID, from_pubmed
from ingest.snapshot import PUBMED
from ingest.store import Store
from ingest.terminal import STORE, by_reason, one_line, open_store
from kb.documents import KnowledgeBase
from kb.fetched import StandingRow
from kb.files import part_of
from kb.terminal import DATA, read_data
from kb.vocabulary import StandingKind as Kind

COLUMNS = tuple(StandingRow.model_fields)
QUIET = (Kind.NONE,)
WATCH = click.option(
    "--retraction-watch",
    "watch",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Ask this copy of the Retraction Watch data, too.",
)
Answers = Mapping[str, list[dict[str, str]]]


class Change(NamedTuple):
    """How one source's word on a study differs from what stood in `standing.csv`."""

    study: str
    asked: str
    before: tuple[Kind, ...]
    after: tuple[Kind, ...]
    notice: str

    def __str__(self):
        before, after = (", ".join(kind.value for kind in kinds) or "unchecked" for kinds in self[2:4])
        return f"{self.study}: {before} → {after}, says {self.asked}" + f": {self.notice}" * bool(self.notice)


class Report(NamedTuple):
    """Changes in `standing.csv`; studies that a source could not be asked about, and why; faults of a file read."""

    changes: list[Change]
    unchecked: dict[str, str]
    faults: list[str]
    counts: dict[str, dict[Kind, int]]

    def lines(self) -> list[str]:
        """The report for the terminal."""
        lines = []
        for source, counts in self.counts.items():
            told = ", ".join(f"{counts[kind]} {kind.value}" for kind in Kind if counts.get(kind))
            lines.append(f"{source}: {told}")
        lines += [str(change) for change in self.changes]
        lines += by_reason("unchecked", self.unchecked)
        return lines + [f"not read: {fault}" for fault in self.faults]


def check(kb: KnowledgeBase, store: Store, csv_file: Path, watch: Path | None = None) -> Report:
    """Bring `standing.csv` up to date with the store and with a Retraction Watch CSV. Raises `TableError`."""
    data = retraction_watch.read(watch, kb) if watch else None
    answers = from_pubmed(kb, store)
    changes = update(csv_file, answers, PUBMED)
    counts = {"PubMed": _count(answers)}
    if data:
        watched = retraction_watch.rows(data, kb)
        changes += update(csv_file, watched, retraction_watch.NAME)
        counts[f"Retraction Watch, {data.rows:,} entries up to {data.newest}"] = _count(watched)
    failed = {key: rows[0]["notice"] for key, rows in answers.items() if rows[0]["kind"] == Kind.UNCHECKED}
    failed = {key: notice for key, notice in failed.items() if notice != NO_PMID}
    return Report(changes, failed, data.faults if data else [], counts)


def _count(answers: Answers) -> dict[Kind, int]:
    counts: dict[Kind, int] = {}
    for rows in answers.values():
        for row in rows:
            counts[Kind(row["kind"])] = counts.get(Kind(row["kind"]), 0) + 1
    return counts


def update(csv_file: Path, answers: Answers, source: str) -> list[Change]:
    """Put the answers of one source into `standing.csv`; rows of other sources stay. What has changed.

    `source` is how the name of the source begins. A look-up that failed does not wipe out what the
    source said before: the row stays with its date. Neither does an older answer replace a newer one.
    """
    before = table.read(csv_file, COLUMNS)
    rows, changes = [], []
    own: dict[str, list[dict[str, str]]] = {}
    for row in before:
        (own.setdefault(row["study"], []) if row["asked"].startswith(source) else rows).append(row)
    for study, answer in answers.items():
        old = own.pop(study, [])
        new = _merged(old, answer)
        rows += ({"study": study, **row} for row in new)
        changes += _changes(study, old, new)
    rows += (row for kept in own.values() for row in kept)
    rows.sort(key=lambda row: (row["study"], row["asked"], row["kind"]))
    if rows != before:
        table.write(csv_file, COLUMNS, rows)
    return changes


def _merged(old: list[dict[str, str]], new: list[dict[str, str]]) -> list[dict[str, str]]:
    """Which rows of one source stand, of those that stood before and those of a new look-up."""
    answered = [row for row in old if row["kind"] != Kind.UNCHECKED]
    if not answered or new[0]["kind"] == Kind.UNCHECKED:
        return answered or new
    # Where an older answer knows of a notice and a newer one of none, the notice is what must not be lost.
    says_more = _kinds(answered) == QUIET and _kinds(new) != QUIET
    newest = max(row["checked"] for row in answered)
    return new if says_more or new[0]["checked"] >= newest else answered


def _changes(study: str, old: list[dict[str, str]], new: list[dict[str, str]]) -> Iterator[Change]:
    before, after = _kinds(old), _kinds(new)
    first_word = not before or before == (Kind.UNCHECKED,)
    if before != after and not (first_word and after in (QUIET, (Kind.UNCHECKED,))):
        notice = columns.join(dict.fromkeys(row["notice"] for row in new))
        yield Change(study, new[0]["asked"], before, after, notice)


def _kinds(rows: Iterable[Mapping[str, str]]) -> tuple[Kind, ...]:
    return tuple(sorted({Kind(row["kind"]) for row in rows}))


@click.command()
@DATA
@STORE
@WATCH
def standing(data, store, watch):
    """Write the standing of every study to standing.csv: retracted, doubted, corrected, superseded, preprint, none.

    PubMed's word is read from the records in the local store, with the day on which they came: run
    kb pubmed fetch --refresh 0 before. Retraction Watch is matched by PMID and by DOI and dated by the newest
    entry of its file. Rows of other sources stay. A study with a PMID and no readable record is unchecked,
    listed, and makes exit code 1; so do lines of the file that cannot be read.
    """
    with one_line():
        kb = read_data(data)
        csv_file = data / "standing.csv"
        part_of(csv_file).unlink(missing_ok=True)
        with open_store(store, data) as local:
            report = check(kb, local, csv_file, watch)
    click.echo("\n".join(report.lines()))
    sys.exit(1 if report.unchecked or report.faults else 0)

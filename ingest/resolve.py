"""`kb pubmed resolve`: PMIDs of the studies that have none confirmed, found in PubMed and entered into their files.

A paper is looked for by its DOI, else by title, first author and year, but never taken on that alone: its record
must agree with the study in title, first author, year and journal, and be the only one that does.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import click

from ingest.citation import Citation
from ingest.entrez import Client
from ingest.esearch import search
from ingest.fetch import fetch
from ingest.reply import EntrezError, Unreachable
from ingest.same_paper import TAG, differences
from ingest.store import Store
from ingest.terminal import STORE, one_line, open_store, service
from kb import load as loading
from kb.documents import BadData, Fault, KnowledgeBase
from kb.files import put
from kb.phrases import family_name
from kb.records import Source, Study
from kb.terminal import DATA, BadInput, read_data
from kb.vocabulary import PmidStatus

#: So many hits are compared; with more PubMed has not read the query as that of one paper.
MOST = 20
#: What would end a quoted phrase, or begin a field, in PubMed's syntax.
SYNTAX = re.compile(r'["\[\]]')
END = rb"(\s*|\s+#[^\n]*\n?)"  # of a line, with its comment
UNCONFIRMED = re.compile(rb"""([ ]+)(pmid_status:[ ]+)(['"]?)unconfirmed\3""" + END)
NO_PMID = re.compile(rb"([ ]+pmid:)(?:[ ]*~|[ ]*null)?" + END)


class Unresolved(Exception):
    """Why a study has no PMID, or why it is not in the study's file; one line."""


class Paper(NamedTuple):
    """A study's paper in PubMed, and what its record has in common with the study."""

    pmid: str
    agree: tuple[str, ...]


@dataclass
class Report:
    """Papers, and why there is none, by study; and why the run had to stop before all had their turn."""

    papers: dict[str, Paper] = field(default_factory=dict)
    unresolved: dict[str, str] = field(default_factory=dict)
    error: EntrezError | None = None

    def lines(self, entered: bool) -> Iterator[str]:
        """The report for the terminal, one line per study, then the total."""
        for key, (pmid, agree) in self.papers.items():
            yield f"{key}: PMID {pmid}{' entered' * entered}: {', '.join(agree)} agree"
        yield from (f"{key}: {reason}" for key, reason in self.unresolved.items())
        yield f"{len(self.papers)} of {len(self.papers) + len(self.unresolved)} resolved"


# --- asking -------------------------------------------------------------------------------------


def resolve(
    client: Client,
    store: Store,
    kb: KnowledgeBase,
    studies: Iterable[Study],
    progress: Callable[[int], object] = lambda done: None,
) -> Report:
    """Look for the papers of `studies`, keep the records compared in `store`; `progress` gets 1 for each study."""
    report = Report()
    for study in studies:
        try:
            if report.error:
                raise Unresolved(f"not asked for: {report.error}")
            report.papers[study.key] = _paper(client, store, study.source)
        except Unresolved as reason:
            report.unresolved[study.key] = str(reason)
        except EntrezError as error:
            report.unresolved[study.key] = f"not answered: {error}"
            report.error = error if isinstance(error, Unreachable) else None
        progress(1)
    _refuse_shared(report, kb)
    return report


def _refuse_shared(report: Report, kb: KnowledgeBase):
    """One paper is one study: a PMID that another study has, or would get as well, goes to none."""
    owners = {key: study.source.pmid for key, study in kb.studies.items() if study.source.pmid}
    owners |= {key: paper.pmid for key, paper in report.papers.items()}
    for key, paper in list(report.papers.items()):
        if others := [other for other, pmid in owners.items() if pmid == paper.pmid and other != key]:
            del report.papers[key]
            report.unresolved[key] = f"PMID {paper.pmid} is that of {', '.join(others)} too; keep one study per paper"


def queries(source: Source) -> Iterator[str]:
    """What to ask PubMed for a paper, the surest first."""
    if source.doi:
        yield f'"{_phrase(source.doi)}"[AID]'
    terms = [f'"{_phrase(TAG.sub("", source.title))}"[Title]']
    family = family_name(source.authors[0])
    # Without initials it may be a body, and PubMed has no bodies among first authors.
    if family != source.authors[0]:
        terms.append(f"{_phrase(family)}[1au]")
    yield " AND ".join([*terms, f"{source.year}[dp]"])


def _phrase(text: str) -> str:
    return " ".join(SYNTAX.sub(" ", text).split())


def _paper(client: Client, store: Store, source: Source) -> Paper:
    """Raises `Unresolved` or `EntrezError`."""
    records = _records(client, store, _candidates(client, source))
    unlike = {pmid: _differences(source, citation) for pmid, citation in records.items()}
    same = [pmid for pmid, differing in unlike.items() if not differing]
    if len(same) > 1:
        raise Unresolved(f"several candidates, PMIDs {', '.join(same)}; enter the right one by hand")
    if not same:
        papers = (f"PMID {pmid} ({'; '.join(differing)})" for pmid, differing in unlike.items())
        raise Unresolved(f"found a different paper: {', '.join(papers)}")
    doi = ("DOI",) if source.doi and records[same[0]].doi else ()
    return Paper(same[0], ("title", "first author", "year", "journal", *doi))


def _candidates(client: Client, source: Source) -> list[str]:
    for query in queries(source):
        found = search(client, query)
        if found.count > MOST:
            raise Unresolved(f"{found.count:,} candidates, too many to compare; correct title or DOI")
        if found.pmids:
            return found.pmids
    raise Unresolved(f"not in PubMed by {'DOI, nor by ' * bool(source.doi)}title, first author and year")


def _records(client: Client, store: Store, pmids: list[str]) -> dict[str, Citation]:
    """The records of all candidates: with one missing nobody can say that only one agrees."""
    report = fetch(client, store, pmids)
    if report.error:
        raise report.error
    if report.missing:
        raise Unresolved("; ".join(f"PMID {pmid} not received: {reason}" for pmid, reason in report.missing.items()))
    return {entry.pmid: entry.citation for entry in store.entries(pmids)}


def _differences(source: Source, citation: Citation) -> list[str]:
    """As `same_paper`, but a PMID is confirmed by what is there: a missing author or another DOI count, too."""
    found = differences(source, citation)
    if not (citation.authors or citation.investigators):
        found["author"] = f"author: ours {source.authors[0]}, PubMed's (none)"
    if source.doi and citation.doi and source.doi.casefold() != citation.doi.casefold():
        found["doi"] = f"doi: ours {source.doi}, PubMed's {citation.doi}"
    return list(found.values())


# --- writing ------------------------------------------------------------------------------------


def enter(data: Path, key: str, pmid: str):
    """Put a confirmed PMID into a study's file. Raises `Unresolved`; the file is then as it was."""
    path = (data / "studies" / f"{key}.yaml").resolve()
    try:
        before = path.read_bytes()
        put(path, confirmed(before, pmid))
        try:
            loading.load(data)
        except BaseException:
            put(path, before)
            raise
    except BadData as bad:
        raise Unresolved(f"PMID {pmid} not entered, the records would have a fault: {bad.faults[0]}") from None
    except OSError as error:
        raise Unresolved(f"PMID {pmid} not entered: {path.name}: {error.strerror}") from None


def confirmed(study: bytes, pmid: str) -> bytes:
    """A study's file with its PMID and status; every other byte stays. Raises `Unresolved` on another layout."""
    faults: list[Fault] = []
    document = loading.parse_yaml(study.decode(errors="replace"), "", faults)
    places = document.lines if document else {}
    lines = study.splitlines(keepends=True)
    at = places.get(("source", "pmid_status"), 0) - 1
    status = UNCONFIRMED.fullmatch(lines[at]) if 0 <= at < len(lines) else None
    if not status:
        raise Unresolved(f"PMID {pmid} not entered: pmid_status: unconfirmed has no line of its own; enter it by hand")
    indent, name, _, end = status.groups()
    number = f" '{pmid}'".encode()
    lines[at] = indent + name + b"confirmed" + end
    if ("source", "pmid") not in places:
        newline = b"\r\n" if end.endswith(b"\r\n") else b"\n"
        lines.insert(at, indent + b"pmid:" + number + newline)
    elif empty := NO_PMID.fullmatch(lines[(there := places["source", "pmid"] - 1)]):
        lines[there] = empty[1] + number + empty[2]
    else:
        raise Unresolved(f"PMID {pmid} not entered: the file has a pmid of another kind; enter it by hand")
    return b"".join(lines)


# --- the command --------------------------------------------------------------------------------


@click.command("resolve")
@click.argument("studies", nargs=-1, metavar="[STUDY]...")
@DATA
@STORE
@click.option("--write", is_flag=True, help="Enter the PMIDs into the studies' files.")
@service
def resolve_command(studies, data, store, write, **connection):
    """Find the PMIDs of studies whose pmid_status is unconfirmed, all or those named.

    PubMed is asked by DOI, else by title, first author and year. A PMID counts only if title, first
    author, year and journal agree, and for one record only. STUDY is a key, the name of its file.
    Exit code 1: some study is not resolved.
    """
    kb = read_data(data)
    chosen = _choose(kb, data, studies)
    with one_line():
        client = Client(**connection)
        with (
            open_store(store, data) as local,
            click.progressbar(
                length=len(chosen), label="PubMed", file=sys.stderr, hidden=not sys.stderr.isatty()
            ) as bar,
        ):
            report = resolve(client, local, kb, chosen, bar.update)
    if write:
        _enter(data, report)
    click.echo("\n".join(report.lines(write)))
    if report.papers:
        click.echo("kb pubmed fetch puts them into citations.csv" if write else "nothing written; --write enters them")
    if report.error:
        raise BadInput(f"stopped early: {report.error}")
    sys.exit(1 if report.unresolved else 0)


def _choose(kb: KnowledgeBase, data: Path, keys: tuple[str, ...]) -> list[Study]:
    if unknown := [key for key in keys if key not in kb.studies]:
        raise BadInput(f"{', '.join(unknown)}: no such study in {data}/studies; expected keys, the names of its files")
    chosen = [kb.studies[key] for key in dict.fromkeys(keys)] or list(kb.studies.values())
    for study in chosen if keys else ():
        if study.source.pmid_status != PmidStatus.UNCONFIRMED:
            click.echo(f"{study.key}: nothing to resolve, {study.source.pmid or study.source.pmid_status}")
    return [study for study in chosen if study.source.pmid_status == PmidStatus.UNCONFIRMED]


def _enter(data: Path, report: Report):
    for key, paper in list(report.papers.items()):
        try:
            enter(data, key, paper.pmid)
        except Unresolved as reason:
            del report.papers[key]
            report.unresolved[key] = str(reason)

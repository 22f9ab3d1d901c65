"""Get the records that are wanted and not there yet, batch by batch, and account for every one asked for.

PMIDs go by POST with each request and not through NCBI's history server: history expires, and a run
that was killed could not go on with it.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ingest.citation import Citation, Malformed
from ingest.entrez import Client
from ingest.pubmed_xml import read
from ingest.reply import BadReply, EntrezError
from ingest.store import Store
from kb.documents import KnowledgeBase

BATCH = 200
#: So many bad replies in a row, from one batch halved down to one PMID, and then some: it is not the record.
BAD_REPLIES = 10

UNKNOWN = "no such record there: never was, or deleted"
DELETED = "deleted there; the record stays in the store"


@dataclass
class Report:
    """What was wanted and what came. `error` is why the run had to stop before it had asked for everything."""

    wanted: int = 0
    there: int = 0
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)
    malformed: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    error: EntrezError | None = None

    @property
    def asked(self) -> int:
        return self.wanted - self.there

    @property
    def received(self) -> int:
        return len(self.new) + len(self.changed) + len(self.unchanged)

    @property
    def missing(self) -> dict[str, str]:
        """Every PMID that was asked for and did not come, by number, and why."""
        reasons = self.absent | self.malformed | self.failed
        return {pmid: reasons[pmid] for pmid in sorted(reasons, key=int)}


@dataclass
class Batch:
    """What came of asking for some PMIDs."""

    citations: dict[str, Citation] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    malformed: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Batch"):
        self.citations |= other.citations
        self.absent += other.absent
        self.malformed |= other.malformed
        self.failed |= other.failed


def studied(kb: KnowledgeBase) -> set[str]:
    """The PMIDs of all studies of a knowledge base."""
    return {study.source.pmid for study in kb.studies.values() if study.source.pmid}


def due(store: Store, pmids: Iterable[str], refresh: int | None = None, today: dt.date | None = None) -> list[str]:
    """Which of `pmids` to ask for, by number: those not received yet, or `refresh` days ago or more."""
    received = store.received()
    limit = (today or dt.date.today()) - dt.timedelta(days=refresh) if refresh is not None else None
    wanted = sorted(set(pmids), key=int)
    return [p for p in wanted if p not in received or (limit is not None and received[p] <= limit)]


def fetch(
    client: Client,
    store: Store,
    pmids: Iterable[str],
    *,
    refresh: int | None = None,
    size: int = BATCH,
    progress: Callable[[int], object] = lambda done: None,
) -> Report:
    """Fetch what is due of `pmids` into `store`, each batch one transaction, and report on all of it.

    `progress` is called with the number of PMIDs dealt with. A service that cannot be reached, or
    refuses, ends the run: what came before is stored, `Report.error` says why, and the next run goes on.
    """
    wanted = set(pmids)
    asking = due(store, wanted, refresh)
    report = Report(wanted=len(wanted), there=len(wanted) - len(asking))
    fetcher = _Fetcher(client)
    for batch in _batches(asking, size):
        came, report.error = fetcher.fetch(batch)
        saved = store.save(came.citations.values(), source=client.source, absent=came.absent, malformed=came.malformed)
        _account(report, batch, came, saved)
        gone = {entry.pmid for entry in store.entries(came.absent) if entry.outcome == "deleted"}
        report.absent |= {pmid: DELETED if pmid in gone else UNKNOWN for pmid in came.absent}
        progress(len(batch))
        if report.error:
            break
    done = set(report.new + report.changed + report.unchanged) | report.missing.keys()
    report.failed |= {pmid: f"not asked for: {report.error}" for pmid in asking if pmid not in done}
    return report


def _account(report: Report, batch: list[str], came: Batch, saved):
    report.new += saved.new
    report.changed += saved.changed
    report.unchanged += saved.unchanged
    report.malformed |= came.malformed
    report.failed |= came.failed
    if report.error:
        dealt_with = came.citations.keys() | set(came.absent) | came.malformed.keys() | came.failed.keys()
        report.failed |= {pmid: str(report.error) for pmid in batch if pmid not in dealt_with}


def _batches(pmids: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(pmids), size):
        yield pmids[start : start + size]


class _Fetcher:
    """Asks; halves what cannot be answered as a whole, until the record that is to blame stands alone."""

    def __init__(self, client: Client):
        self.client = client
        self.bad_replies = 0

    def fetch(self, pmids: list[str]) -> tuple[Batch, EntrezError | None]:
        """What comes of asking for `pmids`, and why no more comes if the run has to stop."""
        came, confirmed = Batch(), Batch()
        try:
            self._get(pmids, came)
            # Nothing is declared gone or unreadable on one reply.
            if again := [*came.absent, *came.malformed]:
                self._get(again, confirmed)
            error = None
        except EntrezError as stop:
            error = stop
        came.absent, came.malformed = [], {}
        came.add(confirmed)
        return came, error

    def _get(self, pmids: list[str], came: Batch):
        """Ask for `pmids` and add what comes of it to `came`, as far as it came if there is an exception."""
        try:
            body = self.client.efetch(pmids)
        except BadReply as error:
            self.bad_replies += 1
            if self.bad_replies >= BAD_REPLIES:
                raise
            if len(pmids) > 1:
                self._halve(pmids, came)
            else:
                came.failed[pmids[0]] = str(error)
            return
        self.bad_replies = 0
        part, nameless = _sort(body, pmids)
        if nameless and len(part.absent) > 1:
            # Some record was too broken to tell whose it is: it is one of those that seem absent.
            suspects, part.absent = part.absent, []
            came.add(part)
            self._halve(suspects, came)
            return
        if nameless and part.absent:
            part.malformed |= dict.fromkeys(part.absent, nameless)
            part.absent = []
        came.add(part)

    def _halve(self, pmids: list[str], came: Batch):
        middle = len(pmids) // 2
        self._get(pmids[:middle], came)
        self._get(pmids[middle:], came)


def _sort(body: bytes, pmids: list[str]) -> tuple[Batch, str | None]:
    """A reply against what was asked for; second, why a record that cannot be told could not be read, if one is."""
    asked, part, nameless = set(pmids), Batch(), None
    for record in read(body):
        if isinstance(record, Malformed):
            if record.pmid in asked:
                part.malformed[record.pmid] = record.reason
            else:
                nameless = record.reason
        elif isinstance(record, Citation) and record.pmid in asked:
            part.citations[record.pmid] = record
    for pmid in part.citations:
        part.malformed.pop(pmid, None)
    part.absent = [pmid for pmid in pmids if pmid not in part.citations and pmid not in part.malformed]
    return part, nameless

"""What PubMed's record of a paper says of its standing: retractions, concerns, corrections, newer versions."""

from ingest import columns
from ingest.citation import Citation, Link
from ingest.snapshot import PUBMED
from ingest.store import Entry, Store
from kb.documents import KnowledgeBase
from kb.vocabulary import WITHDRAWN
from kb.vocabulary import StandingKind as Kind

RETRACTED, PREPRINT = "D016441", "D000076942"
#: Publication types by name, for records so old that they carry no ids. A notice ("Retraction of Publication",
#: "Retraction Notice", D016440) is not in the table: it retracts another paper and stands itself.
NAMES = {"retracted publication": RETRACTED, "preprint": PREPRINT}
#: What it means for a paper that another one is linked to it in this way. Links of the other direction
#: (RetractionOf, ErratumFor, ExpressionOfConcernFor…) mean nothing for the paper that carries them.
LINKS = {
    "RetractionIn": Kind.RETRACTED,
    "PartialRetractionIn": Kind.CORRECTION,
    "RetractedandRepublishedIn": Kind.RETRACTED_AND_REPUBLISHED,
    "ExpressionOfConcernIn": Kind.EXPRESSION_OF_CONCERN,
    "ErratumIn": Kind.CORRECTION,
    "CorrectedandRepublishedIn": Kind.CORRECTION,
    "UpdateIn": Kind.SUPERSEDED,
}
NO_PMID = "no confirmed PMID to ask with"
NOT_FETCHED = "not in the local store; run kb pubmed fetch"
UNKNOWN, GONE = "PubMed has no record of that PMID", "the record is gone from PubMed"


def marks(citation: Citation) -> dict[Kind, str]:
    """What a record says against its paper, and the notices: PMIDs, or the journal's words where there are none."""
    found: dict[Kind, list[str]] = {}
    for link in citation.links:
        if link.type in LINKS:
            found.setdefault(LINKS[link.type], []).append(_notice(link))
    types = {concept.ui or NAMES.get(concept.name.casefold()) for concept in citation.publication_types}
    withdrawn = RETRACTED in types or any(date.type == "retracted" for date in citation.dates)
    if withdrawn and not any(kind in found for kind in WITHDRAWN):
        found[Kind.RETRACTED] = ["marked as retracted; no notice linked"]
    if PREPRINT in types:
        found.setdefault(Kind.PREPRINT, [])
    return {kind: columns.join(dict.fromkeys(notices)) for kind, notices in found.items()}


def _notice(link: Link) -> str:
    return f"PMID {link.pmid}" if link.pmid else link.source or link.note or "notice not named"


def of_entry(entry: Entry | None) -> list[dict[str, str]]:
    """The rows, without the study, for what the store knows of its record."""
    if entry is None:
        return [unchecked(PUBMED, NOT_FETCHED)]
    if entry.citation is None:
        return [unchecked(entry.source, UNKNOWN if entry.outcome == "unknown" else f"unreadable: {entry.reason}")]
    found = marks(entry.citation)
    if entry.outcome != "received":
        # What the last readable record said against the paper still holds; that it said nothing does not.
        found = {kind: notice for kind, notice in found.items() if kind in WITHDRAWN}
        if not found:
            return [unchecked(entry.source, GONE if entry.outcome == "deleted" else f"unreadable: {entry.reason}")]
    return [
        {"kind": kind.value, "asked": entry.source, "notice": notice, "checked": entry.day.isoformat()}
        for kind, notice in (found or {Kind.NONE: ""}).items()
    ]


def unchecked(asked: str, reason: str) -> dict[str, str]:
    return {"kind": Kind.UNCHECKED.value, "asked": asked, "notice": columns.one_line(reason), "checked": ""}


def from_pubmed(kb: KnowledgeBase, store: Store) -> dict[str, list[dict[str, str]]]:
    """The rows of every study, by its key, from the records in the store; nothing is asked for."""
    pmids = {study.source.pmid for study in kb.studies.values() if study.source.pmid}
    entries = {entry.pmid: entry for entry in store.entries(pmids)}
    return {
        key: of_entry(entries.get(study.source.pmid)) if study.source.pmid else [unchecked(PUBMED, NO_PMID)]
        for key, study in kb.studies.items()
    }

"""Which hits wait to be taken or left, and the decisions: `screening.csv`, one row for each search and paper.

A decision is about a paper and a claim. It is written for every search of the claim that found the paper, and
holds for those that find it later.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from ingest import columns, table
from ingest.citation import Citation
from ingest.hits import Hits
from kb.documents import KnowledgeBase
from kb.fetched import ScreeningRow
from kb.records import Search
from kb.vocabulary import ScreeningDecision

COLUMNS = tuple(ScreeningRow.model_fields)
#: The columns of the file for a spreadsheet; those of `NEEDED` are read back.
SHEET = ("search", "pmid", "decision", "reason", "title", "journal", "year", "claim", "url")
NEEDED = SHEET[:4]
DECISIONS = {
    word: decision
    for decision, words in {
        ScreeningDecision.TAKEN: ("taken", "take", "t"),
        ScreeningDecision.LEFT: ("left", "leave", "l"),
    }.items()
    for word in words
}
#: The reason of a paper taken, where none is given.
BEARS = "bears on the claim"
ADDRESS = "https://pubmed.ncbi.nlm.nih.gov/{}/"


class Waiting(NamedTuple):
    """A paper that nobody has decided on for a claim, and the searches of the claim that found it."""

    claim: str
    pmid: str
    searches: tuple[str, ...]


class Decision(NamedTuple):
    claim: str
    pmid: str
    searches: tuple[str, ...]
    decision: ScreeningDecision
    reason: str


class SheetError(Exception):
    """A file of decisions has faults; all of them, one a line."""


def studied(kb: KnowledgeBase) -> set[tuple[str, str]]:
    """(claim, PMID) of the studies that have evidence on a claim: they need no screening."""
    return {
        (evidence.claim, study.source.pmid)
        for study in kb.studies.values()
        if study.source.pmid
        for finding in study.findings
        for evidence in finding.evidence
    }


def decided(kb: KnowledgeBase, rows: Iterable[Mapping[str, str]]) -> dict[tuple[str, str], Mapping[str, str]]:
    """The rows of `screening.csv` by (claim, PMID). Where rows of a claim differ, a paper taken is taken."""
    decisions: dict[tuple[str, str], Mapping[str, str]] = {}
    for row in rows:
        key = kb.searches[row["search"]].claim, row["pmid"]
        if key not in decisions or row["decision"] == ScreeningDecision.TAKEN:
            decisions[key] = row
    return decisions


def queue(kb: KnowledgeBase, hits: Hits, csv_file: Path, searches: Iterable[Search]) -> list[Waiting]:
    """What waits, claim by claim in the order of the searches, newest papers first."""
    done = decided(kb, table.read(csv_file, COLUMNS)).keys() | studied(kb)
    found: dict[tuple[str, str], list[str]] = {}
    for search in searches:
        for pmid in hits.of(search.id):
            if (search.claim, pmid) not in done:
                found.setdefault((search.claim, pmid), []).append(search.id)
    claims = list(dict.fromkeys(search.claim for search in kb.searches.values()))
    order = sorted(found, key=lambda key: (claims.index(key[0]), -int(key[1])))
    return [Waiting(claim, pmid, tuple(found[claim, pmid])) for claim, pmid in order]


def save(csv_file: Path, decisions: Iterable[Decision], day: dt.date | None = None) -> int:
    """Add decisions to `screening.csv` in one step; the number of rows that are new or other than before.

    The file is read again each time: somebody else may be screening, too.
    """
    rows = {(row["search"], row["pmid"]): row for row in table.read(csv_file, COLUMNS)}
    changed = 0
    for decision in decisions:
        for search in decision.searches:
            before = rows.get((search, decision.pmid))
            new = {
                "search": search,
                "pmid": decision.pmid,
                "decision": decision.decision.value,
                "reason": columns.one_line(decision.reason),
                "decided": (day or dt.date.today()).isoformat(),
            }
            # The same decision again keeps the day on which it was taken.
            if before is None or new | {"decided": ""} != before | {"decided": ""}:
                rows[search, decision.pmid] = new
                changed += 1
    if changed:
        table.write(csv_file, COLUMNS, (rows[key] for key in sorted(rows, key=lambda key: (key[0], int(key[1])))))
    return changed


# --- a spreadsheet's file ---------------------------------------------------------------------------


def sheet_rows(waiting: Iterable[Waiting], citations: Mapping[str, Citation]) -> list[dict[str, str]]:
    """The queue as rows for a spreadsheet, `decision` and `reason` empty."""
    rows = []
    for item in waiting:
        row = {"search": item.searches[0], "pmid": item.pmid, "claim": item.claim, "url": ADDRESS.format(item.pmid)}
        if citation := citations.get(item.pmid):
            row |= {"title": citation.title, "journal": journal(citation), "year": str(citation.year or "")}
        # A spreadsheet would run a text that begins so as a formula.
        rows.append({k: f"'{x}" if x[:1] in "=+-@" and x else x for k, x in row.items()})
    return rows


def journal(citation: Citation) -> str:
    parts = citation.journal
    return parts.abbreviation or parts.medline or parts.title or (citation.book and citation.book.title) or ""


def read_sheet(path: Path, kb: KnowledgeBase, hits: Hits) -> list[Decision]:
    """The decisions in a file with the columns search, pmid, decision and reason; rows without a decision wait on.

    Raises `SheetError` with every fault, by line; `OSError`.
    """
    reader, decisions, faults = _reader(path), {}, []
    found = {search: hits.of(search, ever=True) for search in kb.searches}
    for row in reader:
        values = {column: (row[column] or "").strip() for column in NEEDED}
        if not values["decision"]:
            continue
        search, pmid = values["search"], values["pmid"].removesuffix(".0")
        fault = _fault(kb, values | {"pmid": pmid}, found.get(search))
        if not fault:
            claim = kb.searches[search].claim
            word, reason = DECISIONS[values["decision"].lower()], values["reason"] or BEARS
            decision = Decision(claim, pmid, (search,), word, reason)
            before = decisions.setdefault((claim, pmid), decision)
            if before[3:] != decision[3:]:
                fault = f"{pmid} is {before.decision} ({before.reason}) in an earlier line, expected one decision"
            decisions[claim, pmid] = before._replace(searches=tuple(dict.fromkeys((*before.searches, search))))
        if fault:
            faults.append(f"{path}:{reader.line_num}: {fault}")
    if faults:
        raise SheetError("\n".join(faults))
    return [_everywhere(kb, found, decision) for decision in decisions.values()]


def _reader(path: Path) -> csv.DictReader:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SheetError(f"{path}: not UTF-8 at byte {error.start}; save it as CSV UTF-8") from None
    # Spreadsheets of many countries write semicolons.
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    if not set(NEEDED) <= set(names):
        raise SheetError(f"{path}:1: expected the columns {', '.join(NEEDED)}, found {', '.join(names) or 'none'}")
    reader.fieldnames = names
    return reader


def _fault(kb: KnowledgeBase, row: dict[str, str], found: set[str] | None) -> str | None:
    """What is wrong with a row; `found` are the hits of its search, none if it has not run here."""
    if row["search"] not in kb.searches:
        return f"search {row['search']!r} is not in searches.yaml"
    if not row["pmid"].isdecimal() or row["pmid"].startswith("0") or len(row["pmid"]) > 8:
        return f"{row['pmid']!r} is not a PMID"
    if row["decision"].lower() not in DECISIONS:
        return f"found the decision {row['decision']!r}, expected taken or left"
    if DECISIONS[row["decision"].lower()] == ScreeningDecision.LEFT and not row["reason"]:
        return f"{row['pmid']} is left without a reason"
    if found and row["pmid"] not in found:
        return f"{row['pmid']} is not a hit of {row['search']}"
    return None


def _everywhere(kb: KnowledgeBase, found: dict[str, set[str]], decision: Decision) -> Decision:
    """The decision for all searches of its claim that found the paper."""
    others = (s.id for s in kb.searches.values() if s.claim == decision.claim and decision.pmid in found[s.id])
    return decision._replace(searches=tuple(dict.fromkeys((*decision.searches, *others))))

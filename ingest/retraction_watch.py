"""The Retraction Watch CSV (gitlab.com/crossref/retraction-watch-data) → the standing of studies.

Its quirks: US dates with a time, `0` for a PMID that is not known, PMIDs written as `123.0`, DOIs in any case
or `unavailable`, bytes that are not UTF-8, fields longer than the csv module expects.
"""

import csv
import datetime as dt
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ingest import columns
from ingest.notices import unchecked
from ingest.table import TableError
from kb.documents import KnowledgeBase
from kb.vocabulary import StandingKind as Kind

#: How the source of its rows begins, whoever looked, and the source as named here.
NAME = "Retraction Watch"
ASKED = "Retraction Watch data, by PMID and DOI"
NO_ID = "neither PMID nor DOI to ask with"
NEEDED = ("RetractionDate", "RetractionDOI", "RetractionPubMedID", "OriginalPaperDOI", "OriginalPaperPubMedID")
NEEDED = (*NEEDED, "RetractionNature", "Reason")
NATURES = {
    "retraction": Kind.RETRACTED,
    "expression of concern": Kind.EXPRESSION_OF_CONCERN,
    "correction": Kind.CORRECTION,
    "reinstatement": Kind.NONE,
}
REPLACED = "retract and replace"
DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})\b|([0-9]{4})-([0-9]{2})-([0-9]{2})")
DOI = re.compile(r"10\.[0-9]{4,9}/\S+")


class Entry(NamedTuple):
    """One notice: what it does to the paper, and when. `matched` is `PMID` or `DOI`."""

    kind: Kind
    date: dt.date | None
    pmid: str | None
    doi: str | None
    matched: str


@dataclass
class Data:
    """Entries on the papers asked for, by study; `newest` is the last date of a notice in the file.

    `rows` counts the entries read; `faults` are lines that could not be read.
    """

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    newest: dt.date | None = None
    rows: int = 0
    faults: list[str] = field(default_factory=list)


def read(path: Path, kb: KnowledgeBase) -> Data:
    """What the file says of the studies of a knowledge base. Raises `TableError`."""
    pmids, dois, data = _ids(kb, "pmid"), _ids(kb, "doi"), Data()
    # The notes of some entries are longer than the 128 KiB that the csv module takes for a mistake.
    limit = csv.field_size_limit(min(sys.maxsize, 1 << 30))
    try:
        # Names and titles may come out wrong; what is matched is ASCII.
        with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
            for line, row in _rows(path, file, data):
                _add(data, f"{path}:{line}", row, pmids, dois)
    except (OSError, csv.Error) as error:
        raise TableError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    finally:
        csv.field_size_limit(limit)
    if data.newest is None:
        raise TableError(f"{path}: holds no entry with a date, expected the Retraction Watch data")
    return data


def _rows(path: Path, file: Iterable[str], data: Data) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(file)
    names = [name.strip() for name in reader.fieldnames or ()]
    if missing := [name for name in NEEDED if name not in names]:
        raise TableError(f"{path}:1: not the Retraction Watch data: no column {', '.join(missing)}")
    reader.fieldnames = names
    for row in reader:
        if None in row or None in row.values():
            data.faults.append(f"{path}:{reader.line_num}: expected {len(names)} columns")
        else:
            yield reader.line_num, row


def _add(data: Data, place: str, row: dict[str, str], pmids: dict[str, str], dois: dict[str, str]):
    data.rows += 1
    date = _date(row["RetractionDate"])
    # A date to come is a slip of the pen, not the date of the data.
    if date and date <= dt.date.today():
        data.newest = max(data.newest or date, date)
    by_pmid = pmids.get(_pmid(row["OriginalPaperPubMedID"]) or "")
    by_doi = dois.get(_doi(row["OriginalPaperDOI"]) or "")
    if not (by_pmid or by_doi):
        return
    kind = NATURES.get(row["RetractionNature"].strip().lower())
    if kind is None:
        data.faults.append(f"{place}: {row['RetractionNature'].strip()!r} is a nature of notice not known here")
        return
    if kind == Kind.RETRACTED and REPLACED in row["Reason"].lower():
        kind = Kind.RETRACTED_AND_REPUBLISHED
    notice = (_pmid(row["RetractionPubMedID"]), _doi(row["RetractionDOI"]))
    for study in {by_pmid, by_doi} - {None}:
        matched = " and ".join(["PMID"] * (by_pmid == study) + ["DOI"] * (by_doi == study))
        data.entries.setdefault(study, []).append(Entry(kind, date, *notice, matched))


def _ids(kb: KnowledgeBase, name: str) -> dict[str, str]:
    """Study by PMID, or by DOI in lower case: that of the study's record, and the one that PubMed gives."""
    fetched = {row.pmid: getattr(row, name) for row in kb.citations}
    ids = {fetched.get(study.source.pmid): key for key, study in kb.studies.items()}
    ids |= {getattr(study.source, name): key for key, study in kb.studies.items()}
    return {id.lower(): key for id, key in ids.items() if id}


def _pmid(text: str) -> str | None:
    number = re.fullmatch(r"0*([1-9][0-9]*)(\.0+)?", text.strip())
    return number[1] if number else None


def _doi(text: str) -> str | None:
    doi = DOI.search(text.strip().lower())
    return doi[0] if doi else None


def _date(text: str) -> dt.date | None:
    match = DATE.match(text.strip())
    if not match:
        return None
    month, day, year = match.groups()[:3] if match[1] else (match[5], match[6], match[4])
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def rows(data: Data, kb: KnowledgeBase) -> dict[str, list[dict[str, str]]]:
    """The rows of every study, by its key, dated by the newest entry of the file, not by the day of reading it."""
    answers = {}
    for key, study in kb.studies.items():
        if not (study.source.pmid or study.source.doi):
            answers[key] = [unchecked(ASKED, NO_ID)]
            continue
        found = standing(data.entries.get(key, []))
        shared = {"asked": ASKED, "checked": data.newest.isoformat()}
        answers[key] = [{"kind": kind.value, "notice": notice, **shared} for kind, notice in found.items()]
    return answers


def standing(entries: Iterable[Entry]) -> Mapping[Kind, str]:
    """What several notices on one paper come to. A reinstatement takes back what was retracted or doubted before it."""
    found: dict[Kind, list[str]] = {}
    ordered = sorted(entries, key=lambda entry: (entry.date or dt.date.min, entry.kind == Kind.NONE))
    for entry in ordered:
        if entry.kind == Kind.NONE:
            found = {kind: notices for kind, notices in found.items() if kind == Kind.CORRECTION}
        found.setdefault(entry.kind, []).append(_notice(entry))
    if len(found) > 1:
        found.pop(Kind.NONE, None)
    return {kind: columns.join(dict.fromkeys(notices)) for kind, notices in found.items()} or {Kind.NONE: ""}


def _notice(entry: Entry) -> str:
    what = "reinstated" if entry.kind == Kind.NONE else "notice"
    ids = [f"PMID {entry.pmid}"] * bool(entry.pmid) + [f"doi:{entry.doi}"] * bool(entry.doi)
    when = f" of {entry.date.isoformat()}" if entry.date else ""
    return f"{what}{when}{' ' * bool(ids)}{', '.join(ids)} (found by {entry.matched})"

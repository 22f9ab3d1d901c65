"""The verdict log: what each verdict was, from when, and why it changed."""

import csv
import datetime as dt
from pathlib import Path

from kb.documents import KnowledgeBase
from kb.fetched import VerdictLogRow
from kb.records import Claim
from kb.rules import unlogged


def enter(data: Path, kb: KnowledgeBase, reason: str) -> list[Claim]:
    """Add a row to `verdict_log.csv` for each claim whose verdict or certainty is new; return those claims."""
    path = data / "verdict_log.csv"
    if not path.exists():
        _append(path, [list(VerdictLogRow.model_fields)])
        changed = list(kb.claims.values())
    else:
        changed = unlogged(kb)
    today = dt.date.today().isoformat()
    _append(path, [[c.id, today, c.verdict.value, c.verdict.certainty, reason] for c in changed])
    return changed


def _append(path: Path, rows: list[list[str]]):
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)

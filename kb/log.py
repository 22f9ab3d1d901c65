"""The verdict log: what each verdict was, from when, and why it changed."""

import csv
import datetime as dt
import io
from pathlib import Path

from kb.documents import KnowledgeBase
from kb.fetched import VerdictLogRow
from kb.files import put
from kb.records import Claim
from kb.rules import unlogged


def enter(data: Path, kb: KnowledgeBase, reason: str) -> list[Claim]:
    """Add a row to `verdict_log.csv` for each claim whose verdict or certainty is new; return those claims.

    Raises `OSError`; the log is then as it was.
    """
    path = data / "verdict_log.csv"
    if not path.exists():
        header = ",".join(VerdictLogRow.model_fields) + "\n"
        before, changed = header.encode(), list(kb.claims.values())
    else:
        before, changed = path.read_bytes(), unlogged(kb)
    added, today = io.StringIO(), dt.date.today().isoformat()
    writer = csv.writer(added, lineterminator="\n")
    writer.writerows([c.id, today, c.verdict.value, c.verdict.certainty, reason] for c in changed)
    put(path, before + added.getvalue().encode())
    return changed

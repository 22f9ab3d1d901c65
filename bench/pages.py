"""Pages of a running site, beside stock Datasette's row page and a bare answer on the same server."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench import corpus
from bench.load import Load, Server, load, server
from bench.measure import SMOKE, Row

CLIENTS = 8
SECONDS, TURNS = (0.1, 1) if SMOKE else (1.0, 3)
#: Citations that the databases hold beside the real ones. 1 M takes some minutes: `--full`.
SIZES = [1_000] if SMOKE else [0, 100_000]
FULL = [0, 100_000, 1_000_000]
LINKS = 3_000 if SMOKE else 300_000
#: As browsers ask.
ZIPPED = "Accept-Encoding: gzip\r\n"


def measured(folder: Path) -> Iterator[Row]:
    for size in FULL if os.environ.get("FULL") else SIZES:
        path = folder / f"site{size}" / "kb.db"
        path.parent.mkdir()
        corpus.database(path, size, LINKS if size else 0)
        yield from _at(path, f"{size:,} citations more" if size else "real data")
        path.unlink()


def _at(path: Path, size: str) -> Iterator[Row]:
    claim, condition, study = _addresses(path)
    with ExitStack() as stack:
        ours, afresh, stock, hello = (
            stack.enter_context(server(kind, path)) for kind in ("ours", "afresh", "stock", "hello")
        )
        row = (stock, f"/kb/claim/{claim}", "")
        unit = f"requests/s, {CLIENTS} clients"
        uncached = {
            "home": "/",
            "claim": f"/claims/{claim}",
            "condition": f"/conditions/{condition}",
            "study": f"/studies/{study}",
            "search": "/search?q=pain",
            "canned query as JSON": f"/kb/contrary_evidence.json?_shape=array&claim={claim}",
        }
        for name, address in uncached.items():
            mine, other = _turns((afresh, address, ""), row)
            reach = "≥ 1.3" if name == "claim" else ""
            yield Row(_named(f"{name}, made afresh", size, mine), "stock row page", mine.rate, other.rate, unit, reach)
        mine, other = _turns((ours, f"/claims/{claim}", ZIPPED), (hello, "/", ""))
        yield Row(_named("claim, kept", size, mine), "bare ASGI answer", mine.rate, other.rate, unit, "≥ 0.75")
        for table in ("evidence", "citation"):
            mine = _once(ours, f"/kb/{table}?_facet=status" if table == "citation" else f"/kb/{table}?_facet=stance")
            yield Row(_named(f"table {table} with a facet", size, mine), "60 ms", mine.cpu, 60, "CPU ms", "≤ 1")
        mine = _once(ours, "/search?q=pain")
        yield Row(_named("search for a common word", size, mine), "50 ms", mine.p50, 50, "ms waited", "≤ 1")


def _named(page: str, size: str, taken: Load) -> str:
    return f"{page} ({size}; p50 {taken.p50:.1f} ms, p95 {taken.p95:.1f} ms, CPU {taken.cpu:.2f} ms)"


def _turns(*sides: tuple[Server, str, str]) -> list[Load]:
    """Medians of each side over several turns."""
    taken = [[load(*side[:2], CLIENTS, SECONDS, side[2]) for side in sides] for _ in range(TURNS)]
    return [Load(*(median(values) for values in zip(*side, strict=True))) for side in zip(*taken, strict=True)]


def _once(server: Server, address: str) -> Load:
    """With one client."""
    return load(server, address, 1, SECONDS)


def _addresses(path: Path) -> tuple[str, str, str]:
    """The claim with most evidence, its condition, and the study with most findings."""
    with sqlite3.connect(path) as connection:
        claim, condition = connection.execute(
            "SELECT claim_condition.claim, condition.id FROM claim_condition JOIN condition"
            " ON summary_claim = claim_condition.claim"
            " JOIN evidence ON evidence.claim = claim_condition.claim AND evidence.id NOT LIKE 'copy-%'"
            " GROUP BY claim_condition.claim ORDER BY count(*) DESC, claim_condition.claim LIMIT 1"
        ).fetchone()
        study = connection.execute("SELECT study FROM finding GROUP BY study ORDER BY count(*) DESC, study LIMIT 1")
        return claim, condition, study.fetchone()[0]

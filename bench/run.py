"""`python -m bench.run [SUBJECT…]`: one table, ratios first; JSON beside it; the table of docs/performance.md.

SMOKE=1 runs everything once and small, and writes nothing.
"""

import importlib
import json
import os
import platform
import sqlite3
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from bench.measure import ROOT, SMOKE, Row

SUBJECTS = ("reading", "loading", "building", "search", "pages", "checking", "bulk")
DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- begin of the measured table -->\n", "<!-- end of the measured table -->\n"


def main(arguments: list[str]):
    if "--full" in arguments:
        os.environ["FULL"] = "1"
    chosen = [a for a in arguments if not a.startswith("-")] or list(SUBJECTS)
    if unknown := set(chosen) - set(SUBJECTS):
        sys.exit(f"no subject {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}")
    results: dict[str, list[Row]] = {}
    start = perf_counter()
    for subject in chosen:
        with tempfile.TemporaryDirectory() as folder:
            results[subject] = list(importlib.import_module(f"bench.{subject}").measured(Path(folder)))
        print(f"{subject}: {perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    print("\n".join(_lines(results)))
    if not SMOKE:
        _write(results)


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {versions}"


def _lines(results: dict[str, list[Row]]) -> list[str]:
    rows = [row for some in results.values() for row in some]
    lines = ["| ratio | reach | what | beside | ours | other | unit |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        sign = {None: "", True: " ✓", False: " ✗"}[row.reached]
        figures = f"{row.ours:,.4g} | {row.other:,.4g}"
        lines.append(f"| {row.ratio:.2f} | {row.reach}{sign} | {row.what} | {row.beside} | {figures} | {row.unit} |")
    return [*lines, "", f"ratio: ours to the other, in the unit named; {machine()}"]


def _write(results: dict[str, list[Row]]):
    """Into bench/results.json, subjects not run staying as they were; the table of the document from all of them."""
    path = ROOT / "bench" / "results.json"
    known = json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else {}
    known |= {subject: [row._asdict() for row in rows] for subject, rows in results.items()}
    content = {"machine": machine(), "results": {s: known[s] for s in SUBJECTS if s in known}}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    table = _lines({s: [Row(**row) for row in rows] for s, rows in content["results"].items()})
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(before + BEGIN + "\n".join(table) + "\n" + END + after, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

"""`kb check`: sentences a second, beside splitting into sentences alone; starting up, beside Python alone."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.measure import ROOT, ROUNDS, SMOKE, Row, cpu_seconds
from kb import build, database, sentences
from kb.check import document, knowledge, read
from kb.load import load

#: So many claims, with all ways of wording them, make up the draft.
CLAIMS = 5 if SMOKE else 1000


def measured(folder: Path) -> Iterator[Row]:
    kb = load(ROOT / "data")
    path = folder / "kb.db"
    build.build(kb, path)
    known = [f"{text.rstrip('.')}." for claim in kb.claims.values() for text in (claim.statement, *claim.paraphrases)]
    others = [finding.text for study in kb.studies.values() for finding in study.findings]
    texts = [text for pair in zip(known, others, strict=False) for text in pair][: 10 * CLAIMS]
    draft = "\n\n".join(" ".join(texts[start : start + 6]) for start in range(0, len(texts), 6))
    connection = database.connect(path)
    facts = knowledge.read(connection)
    found = document.check("draft", read.read(draft.encode(), "text"), [], facts, connection)
    count = len(found["sentences"])
    times = cpu_seconds(
        ours=lambda: document.check("draft", read.read(draft.encode(), "text"), [], facts, connection),
        split=lambda: sentences.split(draft),
    )
    what, unit = f"checking a draft of {count:,} sentences", "sentences per CPU second"
    yield Row(what, "nupunkt splitting alone", count / times["ours"], count / times["split"], unit)
    short = folder / "draft.txt"
    short.write_text(texts[0], encoding="utf-8")
    check = [sys.executable, "-m", "kb.cli", "check", str(short), "--db", str(path)]
    turns = [(_run(check), _run([sys.executable, "-c", ""])) for _ in range(ROUNDS)]
    ours, python = map(median, zip(*turns, strict=True))
    yield Row("kb check of one sentence, from start to end", "Python alone", ours, python, "CPU seconds")


def _run(command: list[str]) -> float:
    """CPU seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

"""How well the check does on labelled text: one table with bootstrap intervals, and a guard against falling back."""

import json
import random
import sqlite3
from pathlib import Path
from typing import NamedTuple

from kb.check import document, match, read
from kb.check.judge import Judgement, judge
from kb.check.knowledge import Knowledge

RELATIONS = ("matches", "overstates", "contradicts", "not-covered", "not-a-claim")
#: Resamples for an interval, and their seed, so that a table can be had again.
RESAMPLES, SEED = 300, 20261125


class Case(NamedTuple):
    """A labelled sentence and what the check said of it."""

    label: dict
    top: list[str]
    relation: str
    flagged: bool


class BadLabels(Exception):
    """The labelled sets cannot be read; the message says why in one line."""


def sets(folder: Path) -> dict[str, list[tuple[Path, list[dict]]]]:
    """Name of a set → its files with their labels: sentence sets by their split, drafts by theirs."""
    found: dict[str, list] = {}
    try:
        for path in sorted(folder.glob("*.jsonl")):
            labels = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
            for label in labels:
                found.setdefault(f"{path.stem} ({label.get('split', 'test')})", [(path, [])])[0][1].append(label)
        if (folder / "drafts.yaml").is_file():
            import yaml

            for draft in yaml.safe_load((folder / "drafts.yaml").read_text(encoding="utf-8")):
                path = folder / draft["file"]
                lines = path.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()
                labels = [json.loads(line) for line in lines if line.strip()]
                found.setdefault(f"drafts ({draft['split']})", []).append((path, labels, draft))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadLabels(f"{folder}: {error}") from error
    return found


def run(folder: Path, knowledge: Knowledge, connection: sqlite3.Connection) -> dict[str, dict]:
    """Set → measure → `[value, low, high]` with 95% bootstrap bounds; counts under `n`."""
    table = {}
    for name, files in sets(folder).items():
        cases, safety = [], []
        for path, labels, *about in files:
            cases += _draft(path, labels, knowledge, connection, safety, about[0]) if about else [
                _alone(label, knowledge, connection) for label in labels
            ]  # fmt: skip
        if cases:
            table[name] = measured(cases, safety)
    return table


def _alone(label: dict, knowledge: Knowledge, connection) -> Case:
    sentence = match.read(label["sentence"], knowledge)
    found = match.candidates(sentence, False, knowledge)
    return _case(label, judge(sentence, found, label["sentence"].rstrip().endswith("?"), knowledge))


def _case(label: dict, judgement: Judgement) -> Case:
    return Case(label, [m.claim for m in judgement.matches], judgement.relation, bool(judgement.flags))


def _draft(path: Path, labels: list[dict], knowledge, connection, safety: list, about: dict) -> list[Case]:
    draft = read.read(path.read_bytes(), read.kind_of(str(path)))
    checked = document.check(path.name, draft, [], knowledge, connection)
    absent = {entry["claim"] for entry in checked["missing"]}
    stated, missing = set(about["stated"]), set(about["missing"])
    expected = {claim.id for claim in knowledge.claims.values() if claim.must_say}
    safety += [(claim in missing, claim in absent) for claim in sorted(expected & (stated | missing))]
    entries = {" ".join(entry["text"].split()): entry for entry in checked["sentences"]}
    cases = []
    for label in labels:
        entry = entries.get(" ".join(label["sentence"].split()))
        if entry is None:
            cases.append(Case(label, [], "not-a-claim", False))
        else:
            top = [found["claim"] for found in entry["matches"]]
            cases.append(Case(label, top, entry["relation"], bool(entry["flags"])))
    return cases


def measured(cases: list[Case], safety: list[tuple[bool, bool]]) -> dict:
    """Every measure of a set with its interval."""
    chance = random.Random(SEED)
    value = measures(cases, safety)
    samples = [
        measures(chance.choices(cases, k=len(cases)), chance.choices(safety, k=len(safety)) if safety else [])
        for _ in range(RESAMPLES)
    ]
    table: dict = {"n": len(cases)}
    for name, figure in value.items():
        if figure is not None:
            others = sorted(s[name] for s in samples if s[name] is not None)
            low, high = (others[int(q * (len(others) - 1))] for q in (0.025, 0.975)) if others else (figure, figure)
            table[name] = [round(figure, 3), round(low, 3), round(high, 3)]
    return table


def measures(cases: list[Case], safety: list[tuple[bool, bool]]) -> dict[str, float | None]:
    """The measures, each a share from 0 to 1, or None where nothing can be counted."""
    covered = [c for c in cases if c.label["claim_ids"]]
    clean = [c for c in cases if not c.label["overclaim"] and c.label["relation"] not in ("overstates", "contradicts")]
    problem = ("overstates", "contradicts")
    return {
        "claim first": _share([c.top[:1] and c.top[0] in c.label["claim_ids"] for c in covered]),
        "claim in three": _share([bool(set(c.top) & set(c.label["claim_ids"])) for c in covered]),
        "is a claim, F1": _f1([(c.label["checkworthy"], c.relation != "not-a-claim") for c in cases])[2],
        "not covered, F1": _f1([(not c.label["claim_ids"], not c.top) for c in cases])[2],
        "over-claim, precision": _f1([(c.label["overclaim"], c.flagged) for c in cases])[0],
        "over-claim, recall": _f1([(c.label["overclaim"], c.flagged) for c in cases])[1],
        "false alarms": _share([c.flagged or c.relation in problem for c in clean]),
        "relation, accuracy": _share([_merged(c.relation) == _merged(c.label["relation"]) for c in cases]),
        "relation, macro F1": _macro(cases),
        "missing, precision": _f1(safety)[0] if safety else None,
        "missing, recall": _f1(safety)[1] if safety else None,
    }


def _merged(relation: str) -> str:
    """Four relations: what is no claim is not covered either."""
    return "not-covered" if relation == "not-a-claim" else relation


def _macro(cases: list[Case]) -> float | None:
    pairs = [(_merged(c.label["relation"]), _merged(c.relation)) for c in cases]
    scores = [_f1([(true == name, said == name) for true, said in pairs])[2] for name in RELATIONS[:4]
              if any(true == name for true, _ in pairs)]  # fmt: skip
    scores = [score or 0.0 for score in scores]
    return sum(scores) / len(scores) if scores else None


def _share(values: list) -> float | None:
    return sum(map(bool, values)) / len(values) if values else None


def _f1(pairs: list[tuple[bool, bool]]) -> tuple[float | None, float | None, float | None]:
    """Precision, recall and F1 of (true, said)."""
    hits = sum(true and said for true, said in pairs)
    said, true = sum(said for _, said in pairs), sum(true for true, _ in pairs)
    precision, recall = hits / said if said else None, hits / true if true else None
    f1 = 2 * hits / (said + true) if said + true else None
    return precision, recall, f1


def fallen(table: dict[str, dict], baseline: dict[str, dict], by: float = 0.02) -> list[str]:
    """What is worse than the baseline by more than `by`, in words; fewer false alarms are better."""
    worse = []
    for name, old in baseline.items():
        for measure, figures in old.items():
            now = table.get(name, {}).get(measure)
            if measure == "n" or now is None:
                continue
            loss = now[0] - figures[0] if measure == "false alarms" else figures[0] - now[0]
            if loss > by:
                worse.append(f"{name}: {measure} {now[0]:.3f}, was {figures[0]:.3f}")
    return worse


def printed(table: dict[str, dict]) -> str:
    """The table for a terminal: measures down, sets across."""
    measured_names = [name for name in next(iter(table.values())) if name != "n"]
    for one in table.values():
        measured_names += [name for name in one if name not in (*measured_names, "n")]
    lines = ["".ljust(23) + "".join(f"{name} n={one['n']}".rjust(26) for name, one in table.items())]
    for name in measured_names:
        cells = (one.get(name) for one in table.values())
        shown = ("" if cell is None else f"{cell[0]:.2f} ({cell[1]:.2f}-{cell[2]:.2f})" for cell in cells)
        lines.append(name.ljust(23) + "".join(cell.rjust(26) for cell in shown))
    return "\n".join(lines)

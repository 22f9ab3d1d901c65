"""What every report says in the same words."""

from collections.abc import Iterator

#: Verdicts of claims that a careful writer denies: to contradict such a claim is to agree with the evidence.
DOUBTED = ("insufficient-evidence", "not-supported", "refuted")


def problems(draft: dict) -> list[dict]:
    """The sentences that need the writer's hand."""
    return [entry for entry in draft["sentences"] if is_problem(entry)]


def is_problem(entry: dict) -> bool:
    """Whether a sentence says more than the evidence, or denies what the evidence supports."""
    if entry["relation"] == "contradicts" and not entry["flags"]:
        return entry["matches"][0]["verdict"] not in DOUBTED
    return entry["relation"] == "overstates" or bool(entry["flags"])


def summary(draft: dict) -> str:
    """What a busy editor reads in ten seconds."""
    s = draft["summary"]
    parts = [
        f"{s['sentences']} sentences, {s['claims']} of them claims, {s['covered']} covered by the knowledge base",
        f"{s['overstates']} overstate, {s['contradicts']} contradict, {s['matches']} match",
        f"{s['missing']} safety facts missing",
        f"{s['benefit']} sentences on benefit, {s['risk']} on risk",
    ]
    if s["withdrawn"]:
        parts.append(f"{s['withdrawn']} retracted papers cited")
    return "; ".join(parts) + "."


def verdict(found: dict) -> str:
    return f"{found['verdict'].replace('-', ' ')}, {found['certainty'].replace('-', ' ')} certainty"


def advice(entry: dict) -> Iterator[str]:
    """Each flag of a sentence as one line, and the claim that it concerns."""
    for flag in entry["flags"]:
        yield f"“{flag['text']}”: {flag['why']} Rather: {flag['suggestion']}"
    for found in entry["matches"][:1]:
        verb = {"matches": "on", "overstates": "goes beyond", "contradicts": "is against"}[entry["relation"]]
        yield f"This {verb} the claim “{found['statement']}” ({verdict(found)}). See {found['url']}"

"""Rules on `data/wording/`: classes and claims exist, patterns can be read, the weights are there."""

from collections.abc import Iterator

from kb import wording_rows
from kb.check import patterns
from kb.documents import Fault, KnowledgeBase

WEIGHTS = ("bias", "sign", "words", "subject", "stands-for", "heading", "other", "bare")


def check(kb: KnowledgeBase) -> Iterator[Fault]:
    if not kb.classes and not kb.recognition:
        return
    faults = list(_classes(kb))
    yield from faults
    if faults:
        return
    classes = {id: wording_rows.terms(kb, id) for id in kb.classes}
    for i, entry in enumerate(kb.recognition.values()):
        document = kb.documents["wording/recognition.yaml"]
        if entry.id not in kb.claims:
            yield document.fault((i, "id"), f"found {entry.id!r}, expected the id of a claim")
        yield from _patterns(document, (i, "signs"), {j: sign.when for j, sign in enumerate(entry.signs)}, classes)
        for name in ("denied", "affirmed"):
            yield from _patterns(document, (i, name), dict(enumerate(getattr(entry, name))), classes)
    for file, entries, names in (
        ("overclaims", kb.overclaims, ("patterns", "unless")),
        ("nonclaims", kb.nonclaims, ("patterns",)),
    ):
        for i, entry in enumerate(entries.values()):
            for name in names:
                lines = dict(enumerate(getattr(entry, name)))
                yield from _patterns(kb.documents[f"wording/{file}.yaml"], (i, name), lines, classes)
    missing = [name for name in WEIGHTS if name not in kb.weights]
    if missing:
        yield Fault("wording/weights.yaml", 1, f"missing {', '.join(missing)}, expected a weight for each")


def _classes(kb: KnowledgeBase) -> Iterator[Fault]:
    document = kb.documents["wording/classes.yaml"]
    seen: set[str] = set()
    for i, entry in enumerate(kb.classes.values()):
        for j, other in enumerate(entry.includes):
            if other not in seen:
                yield document.fault((i, "includes", j), f"found {other!r}, expected a class further up")
        seen.add(entry.id)


def _patterns(document, place, lines: dict, classes) -> Iterator[Fault]:
    for at, text in lines.items():
        try:
            patterns.compile(text, dict(classes))
        except patterns.BadPattern as bad:
            yield document.fault((*place, at), str(bad))

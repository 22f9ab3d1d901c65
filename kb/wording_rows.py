"""Records of `data/wording/` → rows: word classes with all they include, patterns one a line."""

from collections.abc import Iterator

from kb.documents import KnowledgeBase


def terms(kb: KnowledgeBase, id: str) -> list[str]:
    """The terms of a class and of the classes that it includes."""
    chosen = kb.classes[id]
    return [*chosen.terms, *(term for other in chosen.includes for term in terms(kb, other))]


def rows(kb: KnowledgeBase) -> Iterator[tuple[str, dict[str, object]]]:
    for id in kb.classes:
        yield "word_class", {"id": id, "terms": "\n".join(dict.fromkeys(terms(kb, id)))}
    for claim in kb.recognition.values():
        for sign in claim.signs:
            yield "claim_sign", {"claim": claim.id, "role": "sign", "pattern": sign.when, "weight": sign.weight}
        for role, patterns in (("denied", claim.denied), ("affirmed", claim.affirmed)):
            for pattern in dict.fromkeys(patterns):
                yield "claim_sign", {"claim": claim.id, "role": role, "pattern": pattern}
    for position, entry in enumerate(kb.overclaims.values(), 1):
        row = entry.model_dump(include={"id", "kind", "relation", "why", "suggestion"})
        lines = {"patterns": "\n".join(entry.patterns), "harmless": "\n".join(entry.unless) or None}
        yield "overclaim", row | lines | {"position": position}
    for entry in kb.nonclaims.values():
        yield "nonclaim", {"id": entry.id, "firm": int(entry.firm), "patterns": "\n".join(entry.patterns)}
    for weight in kb.weights.values():
        yield "check_weight", weight.model_dump()

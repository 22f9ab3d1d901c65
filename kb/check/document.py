"""A draft → the whole result: every sentence judged, and what the draft as a whole leaves out.

The result is the dictionary that `--format json` prints; its shape is `kb-check/1`.
"""

import re
import sqlite3
from collections import Counter

from kb.check import breaks, match
from kb.check.judge import Flag, Judgement, judge
from kb.check.knowledge import Knowledge
from kb.check.read import Block, Draft, Lines
from kb.check.words import tokens

SCHEMA = "kb-check/1"
#: An answer this short is completed by the heading it stands under.
ELLIPTICAL = 14
#: A draft with this many covered sentences is on the treatment, though it never names it.
ON_TOPIC = 3
#: A sentence must match this well to count as stating a safety fact.
STATES = 0.8
DISMISSAL = re.compile(r"kb-ok:\s*([a-z0-9-]+)(?:\s+(.*))?", re.DOTALL)
PMID = re.compile(r"(?:PMID:?\s*|pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/)([1-9][0-9]{0,7})\b", re.I)
DOI = re.compile(r"\b(10\.\d{4,9}/[^\s\"'<>)\]}]+[^\s\"'<>)\]}.,;:])")


def result(drafts: list[tuple[str, Draft, list[str]]], knowledge: Knowledge, connection: sqlite3.Connection) -> dict:
    """`drafts`: path, draft, and dismissals kept beside it ("claim reason", one each)."""
    about = knowledge.about
    kb = {"name": about["name"], "content_hash": about["content_hash"], "built": about["built"]}
    return {"schema": SCHEMA, "kb": kb, "drafts": [check(*draft, knowledge, connection) for draft in drafts]}


def check(path: str, draft: Draft, beside: list[str], knowledge: Knowledge, connection: sqlite3.Connection) -> dict:
    """One draft's part of the result."""
    lines = Lines(draft.source)
    dismissed = _dismissals(draft, beside, lines)
    on_topic = _names_subject(draft, knowledge)
    sentences, stated = _sentences(draft, dismissed, lines, on_topic, knowledge, connection)
    if not on_topic and sum(bool(entry["matches"]) for entry in sentences) >= ON_TOPIC:
        on_topic = True
        sentences, stated = _sentences(draft, dismissed, lines, True, knowledge, connection)
    missing = [
        {"claim": claim.id, "why": claim.must_say}
        for claim in knowledge.claims.values()
        if claim.must_say and claim.id not in stated and on_topic and claim.id not in dismissed
    ]
    cited = _cited(draft.source, knowledge)
    summary = _summary(sentences, missing, cited, knowledge)
    return {"path": path, "sentences": sentences, "missing": missing, "cited": cited, "summary": summary}


def _names_subject(draft: Draft, knowledge: Knowledge) -> bool:
    return any("subject" in knowledge.lexicon.spans(tokens(block.text)) for block in draft.blocks)


def _sentences(draft: Draft, dismissed, lines: Lines, on_topic: bool, knowledge, connection) -> tuple[list, set]:
    """Every sentence judged, and the claims that the draft states."""
    sentences, stated, heading = [], set(), ""
    for block in draft.blocks:
        for start, end in breaks.spans(block.text):
            text = block.text[start:end].strip()
            if not text:
                continue
            start += block.text[start:end].index(text)
            read, judgement = _judge(text, block, heading, on_topic, knowledge, connection)
            entry = _sentence(len(sentences) + 1, text, block, start, read, judgement, lines, knowledge)
            _dismiss(entry, dismissed)
            sentences.append(entry)
            stated |= _states(read, judgement, knowledge)
        if block.role == "heading":
            heading = block.text
    return sentences, stated


def _judge(text, block: Block, heading: str, on_topic: bool, knowledge, connection) -> tuple[match.Read, Judgement]:
    structure = block.role in ("heading", "link") or text.rstrip("\"”')").endswith("?")
    read = match.read(text, knowledge)
    if not structure and read.own <= ELLIPTICAL and heading.endswith("?"):
        read = match.read(text, knowledge, heading)
    found = match.candidates(read, on_topic, knowledge)
    return read, judge(read, found, structure, knowledge)


def _sentence(index, text, block: Block, start: int, read, judgement: Judgement, lines: Lines, knowledge) -> dict:
    first = block.offsets[start]
    line, column = lines.place(first)
    last = block.offsets[start + len(text) - 1] + 1
    matches = [_match(m, knowledge) for m in judgement.matches]
    top = knowledge.claims[judgement.matches[0].claim] if judgement.matches else None
    return {
        "index": index,
        "line": line,
        "column": column,
        "start": first,
        "end": last,
        "text": text,
        "is_claim": judgement.is_claim,
        "claim_score": round(judgement.claim_score, 3),
        "matches": matches,
        "relation": judgement.relation,
        "flags": [_flag(flag, text, block, start, read, top) for flag in judgement.flags],
        "citations": list(top.papers) if top else [],
    }


def _match(found: match.Match, knowledge: Knowledge) -> dict:
    claim = knowledge.claims[found.claim]
    return {
        "claim": claim.id,
        "score": round(found.score, 3),
        "statement": claim.statement,
        "verdict": claim.verdict,
        "certainty": claim.certainty,
        "url": f"/claims/{claim.id}",
    }


def _flag(flag: Flag, text: str, block: Block, start: int, read: match.Read, claim) -> dict:
    first, last = read.tokens[flag.start].start, read.tokens[flag.end - 1].end
    return {
        "kind": flag.kind,
        "text": text[first:last],
        "start": block.offsets[start + first],
        "end": block.offsets[start + last - 1] + 1,
        "why": flag.why,
        "suggestion": claim.safer_wording if claim else flag.suggestion,
    }


def _states(read: match.Read, judgement: Judgement, knowledge: Knowledge) -> set[str]:
    """Claims that a sentence states without denying or exceeding them."""
    from kb.check.judge import relation

    if judgement.relation in ("not-a-claim", "not-covered", "overstates"):
        return set()
    flags = judgement.flags
    sure = (m.claim for m in judgement.matches if m.score >= STATES)
    return {claim for claim in sure if relation(claim, read, flags, knowledge) == "matches"}


def _dismissals(draft: Draft, beside: list[str], lines: Lines) -> dict[str, set[int] | None]:
    """Claim or kind of flag → the lines on which a dismissal covers it (its own and the next two), None for all."""
    found: dict[str, set[int] | None] = {}
    for offset, comment in draft.comments:
        if match_ := DISMISSAL.match(comment):
            line = lines.place(offset)[0]
            covered = found.setdefault(match_[1], set())
            if covered is not None:
                covered |= {line, line + 1, line + 2}
    for line in beside:
        if match_ := DISMISSAL.match(line if line.startswith("kb-ok:") else f"kb-ok: {line}"):
            found[match_[1]] = None
    return found


def _dismiss(entry: dict, dismissed: dict[str, set[int] | None]):
    """Take the flags of a sentence away where its claim, or the kind of flag, was dismissed there."""
    names = {m["claim"] for m in entry["matches"][:1]} | {flag["kind"] for flag in entry["flags"]}
    if any(name in dismissed and (dismissed[name] is None or entry["line"] in dismissed[name]) for name in names):
        entry["flags"] = []
        entry["relation"] = "matches" if entry["matches"] else "not-covered"


def _cited(source: str, knowledge: Knowledge) -> list[dict]:
    """The papers that a draft cites, with the standing that the database has of them; `unknown` for none."""
    found: dict[str, dict] = {}
    for pmid in PMID.findall(source):
        id, standing = knowledge.standing.get(pmid, (f"PMID:{pmid}", "unknown"))
        found[id] = {"pmid": pmid, "standing": standing}
    for doi in DOI.findall(source):
        id, standing = knowledge.standing.get(doi.lower(), (f"DOI:{doi}", "unknown"))
        found.setdefault(id, {"pmid": id.removeprefix("PMID:") if id.startswith("PMID:") else id, "standing": standing})
    return list(found.values())


def _summary(sentences: list[dict], missing, cited, knowledge: Knowledge) -> dict:
    relations = Counter(entry["relation"] for entry in sentences)
    types = [knowledge.claims[e["matches"][0]["claim"]].type for e in sentences if e["matches"]]
    benefit = sum(kind in ("efficacy", "indication") for kind in types)
    return {
        "sentences": len(sentences),
        "claims": sum(entry["is_claim"] for entry in sentences),
        "covered": sum(bool(entry["matches"]) for entry in sentences),
        "matches": relations["matches"],
        "overstates": relations["overstates"],
        "contradicts": relations["contradicts"],
        "not_covered": relations["not-covered"],
        "flags": sum(len(entry["flags"]) for entry in sentences),
        "missing": len(missing),
        "benefit": benefit,
        "risk": types.count("risk"),
        "withdrawn": sum(entry["standing"].startswith("retracted") for entry in cited),
    }

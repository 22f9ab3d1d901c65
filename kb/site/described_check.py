"""What `POST /check.json` takes and gives, for the description of the API: `kb-check/1` of kb/check/document.py."""

from kb import vocabulary as v
from kb.check.document import SCHEMA
from kb.site.checking import KINDS, MOST_BYTES
from kb.site.shapes import COUNT, NUMBER, TEXT, TRUTH, Row

RELATIONS = ["not-a-claim", "not-covered", "matches", "overstates", "contradicts"]
PLACE = {"type": "integer", "minimum": 0, "description": "Characters from the start of the draft."}
FLAG = Row(
    kind=TEXT,
    text=TEXT,
    start=PLACE,
    end=PLACE,
    why=TEXT,
    suggestion={"type": ["string", "null"], "description": "What the evidence allows to be written."},
)
MATCH = Row("claim=claim.id claim.statement,verdict,certainty", score=NUMBER, url=TEXT)
SENTENCE = Row(
    index={"type": "integer", "minimum": 1},
    line={"type": "integer", "minimum": 1},
    column={"type": "integer", "minimum": 1},
    start=PLACE,
    end=PLACE,
    text=TEXT,
    is_claim=TRUTH,
    claim_score=NUMBER,
    matches=[MATCH],
    relation={"enum": RELATIONS},
    flags=[FLAG],
    citations=[TEXT],
).named("Sentence")
SUMMARY = "sentences claims covered matches overstates contradicts not_covered flags missing benefit risk withdrawn"
RESULT = Row(
    schema={"const": SCHEMA},
    kb=Row(name=TEXT, content_hash=TEXT, built=TEXT),
    drafts=[
        Row(
            path=TEXT,
            sentences=[SENTENCE],
            missing=[Row("claim=claim.id", why=TEXT)],
            cited=[Row(pmid=TEXT, standing={"enum": [*(kind.value for kind in v.StandingKind), "unknown"]})],
            summary=Row(**dict.fromkeys(SUMMARY.split(), COUNT)),
        )
    ],
).named("CheckResult")

ASKED = {
    "type": "object",
    "properties": {"text": {"type": "string", "minLength": 1}, "kind": {"enum": list(KINDS)}},
    "required": ["text"],
}
BODY = {
    "required": True,
    "description": f"The draft, in at most {MOST_BYTES:,} bytes; nothing of it is kept.",
    "content": {
        "application/json": {"schema": ASKED},
        "application/x-www-form-urlencoded": {"schema": ASKED},
        "text/plain": {"schema": {"type": "string"}},
        "text/markdown": {"schema": {"type": "string"}},
    },
}
REFUSALS = {
    "403": "Sent from a page of another site.",
    "413": "The draft is too long to be checked at a time.",
    "415": "The type of the request is none that is read here.",
    "404": "This knowledge base holds no rules to check a draft by.",
}

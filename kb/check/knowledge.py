"""`kb.db` → what the check goes by, in memory."""

import math
import sqlite3
from typing import NamedTuple

from kb.check import patterns
from kb.check.closeness import Closeness
from kb.check.patterns import Pattern
from kb.check.words import Lexicon, tokens


class NotAKnowledgeBase(Exception):
    """The database was not built by this version of `kb build`, or from records without rules for a check."""


class Claim(NamedTuple):
    """What the check says of a claim. `must_say` is why every draft should state it, or None."""

    id: str
    type: str
    statement: str
    verdict: str
    certainty: str
    safer_wording: str
    must_say: str | None
    papers: tuple[str, ...]
    percentages: frozenset[float]
    longest: float


class Sign(NamedTuple):
    claim: str
    weight: float


class Overclaim(NamedTuple):
    id: str
    kind: str
    relation: str
    patterns: tuple[Pattern, ...]
    harmless: tuple[Pattern, ...]
    why: str
    suggestion: str


class Knowledge(NamedTuple):
    about: dict[str, str]
    claims: dict[str, Claim]
    lexicon: Lexicon
    closeness: Closeness
    signs: dict[str, list[tuple[Pattern, Sign]]]
    denied: dict[str, tuple[Pattern, ...]]
    affirmed: dict[str, tuple[Pattern, ...]]
    overclaims: list[Overclaim]
    firm: tuple[Pattern, ...]
    loose: tuple[Pattern, ...]
    weights: dict[str, float]
    standing: dict[str, tuple[str, str]]


def read(connection: sqlite3.Connection) -> Knowledge:
    """Raises `NotAKnowledgeBase`."""
    try:
        found = _read(connection)
    except (sqlite3.Error, KeyError) as error:
        raise NotAKnowledgeBase(f"not a database built by this version of kb build ({error})") from error
    if not found.weights:
        raise NotAKnowledgeBase("it has no weights to check a draft by; docs/checking.md says where they are written")
    return found


def _read(connection: sqlite3.Connection) -> Knowledge:
    ask = connection.execute
    classes = {id: terms.split("\n") for id, terms in ask("SELECT id, terms FROM word_class")}

    def compiled(lines: str | None) -> tuple[Pattern, ...]:
        return tuple(patterns.compile(line, classes) for line in (lines or "").split("\n") if line)

    signs: dict[str, list[tuple[Pattern, Sign]]] = {}
    roles: dict[str, dict[str, tuple[Pattern, ...]]] = {"denied": {}, "affirmed": {}}
    for claim, role, text, weight in ask("SELECT claim, role, pattern, weight FROM claim_sign"):
        pattern = patterns.compile(text, classes)
        if role == "sign":
            signs.setdefault(pattern.wanted[0].steps[0].name, []).append((pattern, Sign(claim, weight)))
        else:
            roles[role][claim] = (*roles[role].get(claim, ()), pattern)
    overclaims = [
        Overclaim(id, kind, relation, compiled(lines), compiled(harmless), why, suggestion)
        for id, kind, relation, lines, harmless, why, suggestion in ask(
            "SELECT id, kind, relation, patterns, harmless, why, suggestion FROM overclaim ORDER BY position"
        )
    ]
    nonclaims = [(firm, compiled(lines)) for firm, lines in ask("SELECT firm, patterns FROM nonclaim ORDER BY id")]
    return Knowledge(
        about=dict(ask("SELECT key, value FROM about")),
        claims=_claims(connection),
        lexicon=Lexicon(classes),
        closeness=_closeness(connection),
        signs=signs,
        denied=roles["denied"],
        affirmed=roles["affirmed"],
        overclaims=overclaims,
        firm=tuple(p for firm, some in nonclaims for p in some if firm),
        loose=tuple(p for firm, some in nonclaims for p in some if not firm),
        weights=dict(ask("SELECT id, value FROM check_weight")),
        standing=_standing(connection),
    )


PAPERS = """
SELECT evidence.claim, citation.id, max(evidence.weight) AS heaviest
FROM evidence JOIN finding ON finding.id = evidence.finding JOIN study ON study.key = finding.study
JOIN citation ON citation.id = study.citation
WHERE evidence.stance <> 'context' AND evidence.weight > 0
GROUP BY evidence.claim, citation.id ORDER BY evidence.claim, heaviest DESC, citation.id
"""
FIGURES = """
SELECT evidence.claim, finding_group.percent FROM evidence
JOIN finding_group ON finding_group.finding = evidence.finding WHERE finding_group.percent IS NOT NULL
"""
LONGEST = """
SELECT evidence.claim, max(finding.days) FROM evidence JOIN finding ON finding.id = evidence.finding
WHERE evidence.stance = 'supports' AND evidence.directness = 'direct' GROUP BY evidence.claim
"""


def _claims(connection: sqlite3.Connection) -> dict[str, Claim]:
    papers: dict[str, list[str]] = {}
    for claim, id, _ in connection.execute(PAPERS):
        papers.setdefault(claim, []).append(id)
    figures: dict[str, set[float]] = {}
    for claim, percent in connection.execute(FIGURES):
        figures.setdefault(claim, set()).add(percent)
    longest = dict(connection.execute(LONGEST))
    columns = "id, type, statement, verdict, certainty, safer_wording, must_say"
    return {
        row[0]: Claim(
            *row,
            papers=tuple(papers.get(row[0], ())[:3]),
            percentages=frozenset(figures.get(row[0], ())),
            longest=longest.get(row[0]) or math.nan,
        )
        for row in connection.execute(f"SELECT {columns} FROM claim ORDER BY id")
    }


WORDINGS = "SELECT id, statement FROM claim UNION ALL SELECT claim, phrase FROM claim_phrase"


def _closeness(connection: sqlite3.Connection) -> Closeness:
    return Closeness((claim, [token.text for token in tokens(text)]) for claim, text in connection.execute(WORDINGS))


def _standing(connection: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    """PMID or DOI in lower case → the citation's id and the worst that was found on it, `none` included."""
    found: dict[str, tuple[str, str]] = {}
    rows = connection.execute(
        """
        SELECT citation.id, citation.pmid, citation.doi, coalesce(standing.kind, 'unchecked') AS kind
        FROM citation LEFT JOIN study ON study.citation = citation.id
        LEFT JOIN standing ON standing.study = study.key
        LEFT JOIN standing_kind ON standing_kind.id = standing.kind
        ORDER BY standing_kind.withdrawn, standing.kind = 'none', standing.kind = 'unchecked'
        """
    )
    for id, pmid, doi, kind in rows:
        for key in filter(None, (pmid, doi and doi.lower())):
            found[key] = (id, kind)
    return found

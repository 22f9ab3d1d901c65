"""`/search?q=`: one box for a condition, a claim, a study, a PMID or a pasted sentence."""

import re

from kb import ranking
from kb.site.pages import about, row, rows, studies
from kb.site.pages.home import COUNTS

LIMIT, FEW = 20, 8
#: A claim is shown when its BM25 score reaches this for each word looked for, up to four words: one rare word in
#: common is enough for a one-word question, not for a pasted sentence on something else.
CLOSE = 1.2
#: Longest text looked at: a pasted paragraph. More words would only slow the ranking down.
LONGEST, MOST_WORDS = 1000, 40
WORD = re.compile(r"\w+")
DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
PMID = re.compile(r"(?:PMID:?\s*)?([1-9][0-9]{0,7})", re.IGNORECASE)

#: Marks around the words of a result that matched, private-use characters that no text holds.
BEGIN, END = "\ue000", "\ue001"
WHY = f"snippet({{table}}, -1, '{BEGIN}', '{END}', ' … ', 14) AS why"

CONDITIONS = f"""
SELECT
  condition.id, condition.label, condition.description, condition.summary_claim, bm25(condition_fts) AS score,
  {WHY.format(table="condition_fts")}
FROM condition_fts JOIN condition ON condition.rowid = condition_fts.rowid
WHERE condition_fts MATCH ? ORDER BY score LIMIT ?
"""
#: The statement counts three times, the paraphrases twice.
CLAIMS = f"""
SELECT
  claim.id, claim.statement, claim.verdict, claim.certainty, claim.answer, bm25(claim_fts, 3, 1, 2) AS score,
  {WHY.format(table="claim_fts")}
FROM claim_fts JOIN claim ON claim.rowid = claim_fts.rowid
WHERE claim_fts MATCH :match
  AND (:type IS NULL OR claim.type = :type)
  AND (:verdict IS NULL OR claim.verdict = :verdict)
  AND (:condition IS NULL OR claim.id IN (SELECT claim FROM claim_condition WHERE condition = :condition))
ORDER BY score LIMIT :limit
"""
STUDIES = f"""
SELECT
  study.key, study.label, study.title, study.year, design.label AS design_label, {WHY.format(table="study_fts")}
FROM study_fts JOIN study ON study.rowid = study_fts.rowid JOIN design ON design.id = study.design
WHERE study_fts MATCH :match
  AND (:condition IS NULL OR study.key IN (SELECT study FROM study_condition WHERE condition = :condition))
ORDER BY study_fts.rank LIMIT :limit
"""
FINDINGS = f"""
SELECT
  finding.id, finding.text, finding.result, finding.study, study.label AS study_label,
  {WHY.format(table="finding_fts")}
FROM finding_fts JOIN finding ON finding.rowid = finding_fts.rowid JOIN study ON study.key = finding.study
WHERE finding_fts MATCH :match
  AND (:condition IS NULL OR study.key IN (SELECT study FROM study_condition WHERE condition = :condition))
ORDER BY finding_fts.rank LIMIT :limit
"""
#: Papers whose PubMed record is kept here although none of them is a study of the knowledge base.
CITATIONS = f"""
SELECT
  citation.id, citation.pmid, citation.doi, citation.url, citation.title, citation.journal, citation.year,
  {WHY.format(table="citation_fts")}
FROM citation_fts JOIN citation ON citation.rowid = citation_fts.rowid
WHERE citation_fts MATCH :match AND citation_fts.rowid = :id
"""
STUDIED = "SELECT citation.rowid AS id FROM study JOIN citation ON citation.id = study.citation"
#: For BM25: title, authors, journal, MeSH headings.
WEIGHTS = (2, 1, 1, 1)
SYNONYMS = " UNION ALL ".join(
    f"SELECT label, synonyms FROM {table}" for table in ("condition", "outcome", "route", "form")
)
SCREENED = """
SELECT claim.id, claim.statement, screening_decision.label AS decision, screening.reason
FROM screening
JOIN search ON search.id = screening.search
JOIN claim ON claim.id = search.claim
JOIN screening_decision ON screening_decision.id = screening.decision
WHERE screening.pmid = ?
"""
KINDS = ("claims", "conditions", "findings", "studies", "citations")


#: Words that say nothing about what is looked for.
STOP = frozenset(
    """
    a about after all also am an and any are as at be been before but by can could did do does doing for from had has
    have he her his how i if in into is it its just may me might more most my no nor not of on once only or other our
    out over s shall she should so some such t than that the their them then there these they this those to too under
    until up us was we were what when where which while who why will with without would you your
    """.split()
)


def words(connection, text: str) -> list[str]:
    """The words of a text that can tell one record from another, without the subject that all records share."""
    found = [word for word in dict.fromkeys(WORD.findall(text.lower())) if word not in STOP][:MOST_WORDS]
    subject = row(connection, "SELECT value FROM about WHERE key = 'subject'")["value"].lower()
    return [word for word in found if word not in (subject, f"{subject}s")] or found


def synonyms(connection, text: str, terms: list[str]) -> list[str]:
    """Other names of what a short query names, from the vocabularies of the knowledge base; none for a sentence."""
    if len(terms) > 4:
        return []
    looked, found = f" {' '.join(WORD.findall(text.lower()))} ", []
    for entry in rows(connection, SYNONYMS):
        names = [entry["label"], *(entry["synonyms"] or "").split("; ")]
        plain = {name: " ".join(WORD.findall(name.lower())) for name in names if name}
        if any(f" {name} " in looked for name in plain.values()):
            found += [name for name in plain.values() if f" {name} " not in looked]
    return list(dict.fromkeys(found))[:12]


def match(terms: list[str], columns: str = "") -> str:
    """A safe FTS5 query: any of the words or phrases; the ranking puts records with most of them first."""
    return columns + ranking.any_of(terms)


def load(connection, arguments):
    text = (arguments.get("q") or "").strip()[:LONGEST]
    pmid, doi = PMID.fullmatch(text), DOI.fullmatch(text)
    found = (pmid and studies.by_pmid(connection, arguments, pmid[1])) or (doi and studies.by_doi(connection, doi[1]))
    if found:
        return found
    chosen = {name: arguments.get(name) or None for name in ("kind", "type", "verdict", "condition")}
    terms = words(connection, text)
    also = synonyms(connection, text, terms)
    data = {
        "about": about(connection),
        "q": text,
        "chosen": chosen,
        "also": also,
        "screened": rows(connection, SCREENED, pmid[1]) if pmid else [],
        "counts": row(connection, COUNTS),
        "conditions_known": rows(connection, "SELECT id, label FROM condition ORDER BY label"),
        **{kind: [] for kind in KINDS},
    }
    return data | _results(connection, terms, also, chosen) if terms else data


def _results(connection, terms: list[str], also: list[str], chosen: dict) -> dict[str, list[dict]]:
    """The records of each kind that match, less those that the reader filtered away."""
    conditions = rows(connection, CONDITIONS, match([*terms, *also], "{label synonyms}: "), FEW)
    # A word that most conditions share finds them all; only those near the best are meant.
    conditions = [c for c in conditions if c["score"] <= 0.5 * conditions[0]["score"]]
    asked = {"match": match([*terms, *also]), "limit": LIMIT} | chosen
    found = {
        "conditions": conditions,
        "claims": claims(connection, terms, conditions, asked),
        "studies": rows(connection, STUDIES, **asked),
        "findings": rows(connection, FINDINGS, **asked),
        "citations": citations(connection, [*terms, *also]),
    }
    filtered = bool(chosen["type"] or chosen["verdict"])  # only claims have these
    shown = {chosen["kind"]} if chosen["kind"] in KINDS else {"claims"} if filtered else set(KINDS)
    return {kind: results if kind in shown else [] for kind, results in found.items()}


def claims(connection, terms: list[str], conditions: list[dict], asked: dict) -> list[dict]:
    """The claims that share enough words with the text, best first; the claim of a condition named in it leads."""
    found = rows(connection, CLAIMS, **asked)
    narrowed = asked["type"] or asked["verdict"] or asked["condition"]  # then the reader has said what is meant
    close = [claim for claim in found if narrowed or claim["score"] <= -CLOSE * min(len(terms), 4)]
    named = {condition["summary_claim"] for condition in conditions}
    return sorted(close, key=lambda claim: (claim["id"] not in named, claim["score"]))[:FEW]


def citations(connection, terms: list[str]) -> list[dict]:
    """The papers that are no studies here, best first; there may be a million of them."""
    studied = {r["id"] for r in rows(connection, STUDIED)}
    best = ranking.ranked(connection, "citation_fts", terms, WEIGHTS, LIMIT + len(studied))
    shown = [id for id in best if id not in studied][:LIMIT]
    return [found for id in shown for found in rows(connection, CITATIONS, match=match(terms), id=id)]

"""`/search?q=`: one box for a condition, a claim, a study, a PMID or a pasted sentence."""

import re

from kb.site.pages import about, row, rows, studies

LIMIT, FEW = 20, 8
#: A claim is shown when its BM25 score reaches this for each word looked for, up to four words: one rare word in
#: common is enough for a one-word question, not for a pasted sentence on something else.
CLOSE = 1.2
#: Longest text looked at: a pasted paragraph. More words would only slow the ranking down.
LONGEST, MOST_WORDS = 1000, 40
WORD = re.compile(r"\w+")
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
WHERE claim_fts MATCH ? ORDER BY score LIMIT ?
"""
STUDIES = f"""
SELECT
  study.key, study.label, study.title, study.year, design.label AS design_label, {WHY.format(table="study_fts")}
FROM study_fts JOIN study ON study.rowid = study_fts.rowid JOIN design ON design.id = study.design
WHERE study_fts MATCH ? ORDER BY study_fts.rank LIMIT ?
"""
FINDINGS = f"""
SELECT
  finding.id, finding.text, finding.result, finding.study, study.label AS study_label,
  {WHY.format(table="finding_fts")}
FROM finding_fts JOIN finding ON finding.rowid = finding_fts.rowid JOIN study ON study.key = finding.study
WHERE finding_fts MATCH ? ORDER BY finding_fts.rank LIMIT ?
"""


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


def match(terms: list[str], columns: str = "") -> str:
    """A safe FTS5 query: any of the words; the ranking puts records with most of them first."""
    quoted = " OR ".join(f'"{term}"' for term in terms)
    return f"{columns}({quoted})"


def load(connection, arguments):
    text = (arguments.get("q") or "").strip()[:LONGEST]
    pmid = PMID.fullmatch(text)
    found = pmid and studies.by_pmid(connection, arguments, pmid[1])
    if found:
        return found
    terms = words(connection, text)
    data = {"about": about(connection), "q": text, "conditions": [], "claims": [], "studies": [], "findings": []}
    if terms:
        conditions = rows(connection, CONDITIONS, match(terms, "{label synonyms}: "), FEW)
        # A word that most conditions share finds them all; only those near the best are meant.
        conditions = [c for c in conditions if c["score"] <= 0.5 * conditions[0]["score"]]
        data |= {
            "conditions": conditions,
            "claims": claims(connection, terms, conditions),
            "studies": rows(connection, STUDIES, match(terms), LIMIT),
            "findings": rows(connection, FINDINGS, match(terms), LIMIT),
        }
    return data


def claims(connection, terms: list[str], conditions: list[dict]) -> list[dict]:
    """The claims that share enough words with the text, best first; the claim of a condition named in it leads."""
    found = rows(connection, CLAIMS, match(terms), LIMIT)
    close = [claim for claim in found if claim["score"] <= -CLOSE * min(len(terms), 4)]
    named = {condition["summary_claim"] for condition in conditions}
    return sorted(close, key=lambda claim: (claim["id"] not in named, claim["score"]))[:FEW]

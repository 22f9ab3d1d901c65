"""`/search?q=`: one box for a condition, a claim, a study, a PMID or a pasted sentence."""

import re

from kb.site.pages import about, rows, studies

LIMIT = 20
#: Longest text looked at: a pasted paragraph. More words would only slow the ranking down.
LONGEST, MOST_WORDS = 1000, 40
WORD = re.compile(r"\w+")
PMID = re.compile(r"(?:PMID:?\s*)?([1-9][0-9]{0,7})", re.IGNORECASE)

#: Marks around the words of a result that matched, private-use characters that no text holds.
BEGIN, END = "\ue000", "\ue001"
WHY = f"snippet({{table}}, -1, '{BEGIN}', '{END}', ' … ', 14) AS why"

CONDITIONS = f"""
SELECT condition.id, condition.label, condition.description, {WHY.format(table="condition_fts")}
FROM condition_fts JOIN condition ON condition.rowid = condition_fts.rowid
WHERE condition_fts MATCH ? ORDER BY condition_fts.rank LIMIT ?
"""
#: The statement counts three times, the paraphrases twice.
CLAIMS = f"""
SELECT claim.id, claim.statement, claim.verdict, claim.certainty, claim.answer, {WHY.format(table="claim_fts")}
FROM claim_fts JOIN claim ON claim.rowid = claim_fts.rowid
WHERE claim_fts MATCH ? ORDER BY bm25(claim_fts, 3, 1, 2) LIMIT ?
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


def match(text: str) -> str:
    """A safe FTS5 query: any of the words; the ranking puts those with most of them first."""
    return " OR ".join(f'"{word}"' for word in dict.fromkeys(WORD.findall(text.lower())[:MOST_WORDS]))


def load(connection, arguments):
    text = (arguments.get("q") or "").strip()[:LONGEST]
    pmid = PMID.fullmatch(text)
    found = pmid and studies.by_pmid(connection, arguments, pmid[1])
    if found:
        return found
    query = match(text)
    kinds = {"conditions": CONDITIONS, "claims": CLAIMS, "studies": STUDIES, "findings": FINDINGS}
    return {
        "about": about(connection),
        "q": text,
        **{kind: rows(connection, sql, query, LIMIT) if query else [] for kind, sql in kinds.items()},
    }

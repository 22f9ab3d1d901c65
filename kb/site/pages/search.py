"""`/search?q=`: one box for a condition, a claim, a study, a PMID or a pasted sentence."""

import re

from kb.site.pages import about, page, row, rows

LIMIT = 20
WORD = re.compile(r"\w+")


def match(text: str) -> str:
    """A safe FTS5 query: any of the words, best matches ranked first by the caller."""
    return " OR ".join(f'"{word}"' for word in dict.fromkeys(WORD.findall(text.lower())[:40]))


@page("/search", "search.html")
def load(connection, arguments):
    text = (arguments.get("q") or "").strip()[:1000]
    data = {"about": about(connection), "q": text, "conditions": [], "claims": [], "studies": [], "findings": []}
    if not WORD.search(text):
        return data
    pmid = re.fullmatch(r"(?:PMID:?\s*)?([1-9][0-9]{0,7})", text, re.IGNORECASE)
    if pmid:
        study = row(connection, "SELECT key FROM study JOIN citation ON citation.id = citation WHERE pmid = ?", pmid[1])
        if study:
            return {"redirect": f"/studies/{study['key']}"}
    query = match(text)
    data["conditions"] = rows(
        connection,
        "SELECT condition.id, condition.label, condition.description FROM condition_fts JOIN condition"
        " ON condition.rowid = condition_fts.rowid WHERE condition_fts MATCH ? ORDER BY rank LIMIT 5",
        query,
    )
    data["claims"] = rows(
        connection,
        "SELECT claim.id, claim.statement, claim.verdict, claim.certainty, claim.answer FROM claim_fts JOIN claim"
        " ON claim.rowid = claim_fts.rowid WHERE claim_fts MATCH ? ORDER BY bm25(claim_fts, 3, 1, 2) LIMIT ?",
        query,
        LIMIT,
    )
    data["studies"] = rows(
        connection,
        "SELECT study.key, study.label, study.title, study.year, design.label AS design_label FROM study_fts JOIN study"
        " ON study.rowid = study_fts.rowid JOIN design ON design.id = study.design WHERE study_fts MATCH ? ORDER BY study_fts.rank LIMIT ?",
        query,
        LIMIT,
    )
    data["findings"] = rows(
        connection,
        "SELECT finding.id, finding.text, finding.result, finding.study, study.label AS study_label FROM finding_fts JOIN finding"
        " ON finding.rowid = finding_fts.rowid JOIN study ON study.key = finding.study WHERE finding_fts MATCH ? ORDER BY rank LIMIT ?",
        query,
        LIMIT,
    )
    return data

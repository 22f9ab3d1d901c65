"""What people call a paper (study, PMID, DOI, claim) → its references."""

import re

from kb.cite.reference import Reference, read
from kb.vocabulary import StandingKind

SAYS = " ".join(f"WHEN '{kind}' THEN '{kind.label}'" for kind in StandingKind)
#: One row per citation. `notices`: a line for each source that tells of withdrawal, doubt or correction.
REFERENCES = f"""
SELECT
  citation.*, study.key, study.design, study_standing.kind AS standing,
  (
    SELECT group_concat(
      CASE standing.kind {SAYS} END || coalesce(': ' || replace(standing.notice, char(10), ' '), '')
      || ' (' || standing.asked || coalesce(', ' || standing.checked, '') || ')', char(10)
    )
    FROM standing WHERE standing.study = study.key AND standing.kind NOT IN ('none', 'unchecked')
  ) AS notices
FROM citation
LEFT JOIN study ON study.citation = citation.id
LEFT JOIN study_standing ON study_standing.study = study.key
"""
ORDER = "ORDER BY citation.year DESC, study.label, citation.id"
STUDIES_OF_CLAIM = "SELECT finding.study FROM evidence JOIN finding ON finding.id = evidence.finding WHERE claim = ?"
STUDIES_OF_CONDITION = "SELECT study FROM study_condition WHERE condition = ?"
PMID = re.compile(r"(?:PMID:?\s*)?([1-9][0-9]{0,7})", re.IGNORECASE)
DOI = re.compile(r"(?:DOI:?\s*|https?://(?:dx\.)?doi\.org/)?(10\.[0-9]{4,9}/\S+)", re.IGNORECASE)
#: Identifiers bound to one query; SQLite takes some thousands.
AT_ONCE = 500


class Unknown(Exception):
    """This knowledge base has no paper of that name."""


def named(connection, name: str) -> list[Reference]:
    """The reference of a study's key, a PMID or a DOI; those behind a claim's id or code. Raises `Unknown`."""
    if pmid := PMID.fullmatch(name):
        found = _where(connection, "citation.pmid = ?", pmid[1])
    elif doi := DOI.fullmatch(name):
        found = _where(connection, "lower(citation.doi) = ?", doi[1].lower())
    else:
        found = of_study(connection, name) or of_claim(connection, name) or _where(connection, "citation.id = ?", name)
        if not found and _is_claim(connection, name):
            raise Unknown(f"{name}: no study in this knowledge base bears on this claim")
    if not found:
        raise Unknown(f"{name}: no study, PMID, DOI or claim of this knowledge base")
    return found


def of_study(connection, key: str) -> list[Reference]:
    return _where(connection, "study.key = ?", key)


def of_claim(connection, claim: str) -> list[Reference]:
    """The studies with a finding on a claim, context included, newest first."""
    row = _is_claim(connection, claim)
    return _where(connection, f"study.key IN ({STUDIES_OF_CLAIM})", row["id"]) if row else []


def of_condition(connection, condition: str) -> list[Reference]:
    return _where(connection, f"study.key IN ({STUDIES_OF_CONDITION})", condition)


def of_all_studies(connection) -> list[Reference]:
    return _where(connection, "study.key IS NOT NULL")


def of_rows(connection, rows: list[dict]) -> list[Reference]:
    """The papers that rows of a table or query name in `citation`, `study`, `key` or `pmid`, in the rows' order."""
    wanted = list(dict.fromkeys(filter(None, map(_name, rows))))
    found: dict[str, Reference] = {}
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        marks = ", ".join("?" * len(part))
        sql = f"{REFERENCES} WHERE citation.id IN ({marks}) OR study.key IN ({marks})"
        for row in connection.execute(sql, [*part, *part]):
            reference = read(dict(row))
            found |= {row["id"]: reference, row["key"]: reference}
    return distinct(found[name] for name in wanted if name in found)


def _name(row: dict) -> str | None:
    if row.get("pmid"):
        return f"PMID:{row['pmid']}"
    return row.get("citation") or row.get("study") or row.get("key") or row.get("id")


def distinct(references) -> list[Reference]:
    """Each paper once, where it came first."""
    return list({reference.key: reference for reference in references}.values())


def _is_claim(connection, name: str):
    return connection.execute("SELECT id FROM claim WHERE id = ? OR code = upper(?)", (name, name)).fetchone()


def _where(connection, condition: str, *parameters) -> list[Reference]:
    found = connection.execute(f"{REFERENCES} WHERE {condition} {ORDER}", parameters)
    return distinct(read(dict(row)) for row in found)

"""References as CSL-JSON (https://github.com/citation-style-language/schema, 1.0.2), for citeproc and Zotero."""

import json

from kb.cite.names import Name
from kb.cite.reference import Reference

TYPE = {"article": "article-journal", "report": "report", "thesis": "thesis"}


def write(references: list[Reference]) -> str:
    return json.dumps([item(reference) for reference in references], indent=1, ensure_ascii=False) + "\n"


def item(reference: Reference) -> dict:
    """One reference; the title keeps its markup, which CSL processors understand."""
    journal = "container-title" if reference.kind == "article" else "publisher"
    notes = [*reference.notices, *["The list of authors is not complete."] * reference.others]
    fields = {
        "id": reference.key,
        "type": TYPE[reference.kind],
        "title": " ".join(reference.title.split()),
        "author": [_author(name) for name in reference.authors],
        journal: reference.journal,
        "issued": {"date-parts": [list(reference.date)]} if reference.date else None,
        "volume": reference.volume,
        "issue": reference.issue,
        "page": reference.pages,
        "DOI": reference.doi,
        "URL": reference.url,
        "PMID": reference.pmid,
        "PMCID": reference.pmcid,
        "status": "retracted" if reference.withdrawn else None,
        "note": "; ".join(notes),
    }
    return {name: value for name, value in fields.items() if value}


def _author(name: Name) -> dict:
    if name.body:
        return {"literal": name.family}
    parts = {"family": name.family, "given": name.given, "suffix": name.suffix}
    return {part: value for part, value in parts.items() if value}

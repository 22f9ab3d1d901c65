"""References as BibTeX, UTF-8, for BibTeX and biblatex.

Braces around a title keep its capitals; DOIs and addresses stay as they are, as both packages expect.
"""

from kb.cite import markup
from kb.cite.names import Name
from kb.cite.reference import MONTHS, Reference

ENTRY = {"article": "article", "report": "techreport", "thesis": "misc"}
#: The field that names who published it.
PUBLISHER = {"article": "journal", "report": "institution", "thesis": "howpublished"}


def write(references: list[Reference]) -> str:
    return "\n".join(map(_entry, references))


def _entry(reference: Reference) -> str:
    fields = {name: value for name, value in _fields(reference).items() if value}
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    month = [f"  month = {MONTHS[reference.date[1] - 1].lower()},"] if len(reference.date) > 1 else []
    return "\n".join([f"@{ENTRY[reference.kind]}{{{reference.key},", *lines, *month, "}", ""])


def _fields(reference: Reference) -> dict[str, str | None]:
    authors = [_author(name) for name in reference.authors] + ["others"] * reference.others
    return {
        "author": " and ".join(authors),
        "title": f"{{{markup.latex(reference.title)}}}",
        PUBLISHER[reference.kind]: markup.latex(reference.journal),
        "year": reference.year,
        "volume": markup.latex(reference.volume or ""),
        "number": markup.latex(reference.issue or ""),
        "pages": markup.latex(reference.pages or "").replace("-", "--", 1),
        "doi": _verbatim(reference.doi),
        "url": _verbatim(reference.url),
        "pmid": reference.pmid,
        "pmcid": reference.pmcid,
        "note": markup.latex("; ".join(reference.notices)),
    }


def _author(name: Name) -> str:
    if name.body:
        return f"{{{markup.latex(name.family)}}}"
    # BibTeX wants the suffix in the middle: von Last, Jr, First.
    return markup.latex(", ".join(filter(None, (name.family, name.suffix, name.given))))


def _verbatim(text: str | None) -> str | None:
    return text and text.replace("{", "%7B").replace("}", "%7D")

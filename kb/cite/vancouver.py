"""References as text in the Vancouver style of medical journals.

Citing Medicine, 2nd edition, https://www.ncbi.nlm.nih.gov/books/NBK7256/: up to six authors, then et al.
"""

from kb.cite import markup
from kb.cite.reference import MONTHS, Reference

SHOWN = 6


def write(references: list[Reference]) -> str:
    """One reference a line."""
    return "".join(f"{text(reference)}\n" for reference in references)


def text(reference: Reference) -> str:
    """The reference in one line, its identifiers and any notice of withdrawal at the end."""
    parts = [
        _sentence(_authors(reference)),
        _sentence(_title(reference)),
        _sentence(reference.journal),
        _sentence(_issue(reference)),
        f"doi: {reference.doi}." if reference.doi else "",
        f"PMID: {reference.pmid}." if reference.pmid else "",
        f"{reference.pmcid}." if reference.pmcid else "",
        f"Available from: {reference.url}" if reference.url else "",
        *map(_sentence, reference.notices),
    ]
    return " ".join(filter(None, parts))


def _title(reference: Reference) -> str:
    """The title, with the word that it is withdrawn unless the journal put it there already."""
    title = markup.plain(reference.title)
    marked = not reference.withdrawn or title.lower().startswith("retracted")
    return title if marked else f"{title} [Retracted]"


def _authors(reference: Reference) -> str:
    names = [name.short for name in reference.authors[:SHOWN]]
    return ", ".join([*names, *["et al"] * (reference.others or len(reference.authors) > SHOWN)])


def _issue(reference: Reference) -> str:
    """`2009 Oct 3;145(3):304-11`, as far as it is known."""
    date = " ".join(MONTHS[part - 1] if place == 1 else str(part) for place, part in enumerate(reference.date))
    volume = (reference.volume or "") + (f"({reference.issue})" if reference.issue else "")
    volume = f";{volume}" if volume else ""
    return f"{date}{volume}" + (f":{_pages(reference)}" if reference.pages else "")


def _pages(reference: Reference) -> str:
    """The last page without the digits that it shares with the first: `304-11`."""
    first, last = reference.first_page, reference.last_page
    if first.isdigit() and last.isdigit() and len(first) == len(last):
        shared = next((i for i, (a, b) in enumerate(zip(first, last, strict=True)) if a != b), len(last) - 1)
        return f"{first}-{last[shared:]}"
    return reference.pages or ""


def _sentence(words: str) -> str:
    return words if not words or words[-1] in ".?!" else f"{words}."

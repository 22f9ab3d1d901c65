"""Is the fetched record that of the paper its curator read? Title, first author, year and journal compared."""

import re
import unicodedata

from ingest.citation import Citation
from kb.phrases import family_name
from kb.records import Source

TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
BRACKETS = re.compile(r"\([^()]*\)")
WORD = re.compile(r"[^\W_]+")
YEAR = re.compile(r"(?<![0-9])[12][0-9]{3}(?![0-9])")
#: Words that abbreviations of journals leave out.
SMALL = {"of", "the", "and", "in", "for", "on", "to", "a", "an", "de", "la", "der", "und", "et"}
#: A title that ends earlier is the same without its subtitle, if it has at least so many words.
TITLE_WORDS = 4


def differences(source: Source, citation: Citation) -> dict[str, str]:
    """What differs, by `title`, `author`, `year` and `journal`, and how, in one line each."""
    checks = {
        "title": (_same_title(source, citation), source.title, citation.title),
        "author": (_same_author(source, citation), source.authors[0], _first_author(citation)),
        "year": (_same_year(source, citation), source.year, citation.date),
        "journal": (_same_journal(source, citation), source.journal, _journals(citation)[0]),
    }
    return {
        name: f"{name}: ours {ours}, PubMed's {theirs or '(none)'}"
        for name, (same, ours, theirs) in checks.items()
        if not same
    }


def is_another_paper(found: dict[str, str]) -> bool:
    """Whether differences are those of a wrong PMID rather than of a slip in the record."""
    return "title" in found and len(found) > 1


def words(text: str | None) -> list[str]:
    """The words of a text without markup, accents, case and punctuation."""
    plain = unicodedata.normalize("NFKD", TAG.sub("", text or "").replace("&", " and "))
    return WORD.findall("".join(c for c in plain if not unicodedata.combining(c)).casefold())


def _same_title(source: Source, citation: Citation) -> bool:
    ours = words(source.title)
    return any(_begins(ours, words(title)) for title in (citation.title, citation.vernacular_title) if title)


def _begins(one: list[str], other: list[str]) -> bool:
    shared = min(len(one), len(other))
    # Hyphens and spaces come and go: "follow-up", "followup".
    return "".join(one) == "".join(other) or (shared >= TITLE_WORDS and one[:shared] == other[:shared])


def _first_author(citation: Citation) -> str | None:
    people = citation.authors or citation.investigators
    return (people[0].family or people[0].collective) if people else None


def _same_author(source: Source, citation: Citation) -> bool:
    theirs = _first_author(citation)
    ours = words(family_name(source.authors[0]))
    return theirs is None or ours == words(theirs) or words(source.authors[0]) == words(theirs)


def _same_year(source: Source, citation: Citation) -> bool:
    """The year of the issue, or that in which the paper was first published."""
    published = [date.value for date in citation.dates if date.type in ("Electronic", "epublish", "aheadofprint")]
    return str(source.year) in YEAR.findall(" ".join([citation.date or "", *published]))


def _journals(citation: Citation) -> list[str]:
    journal, book = citation.journal, citation.book
    names = [journal.abbreviation, journal.medline, journal.title, book and book.title, book and book.publisher]
    return [name for name in names if name] or [""]


def _same_journal(source: Source, citation: Citation) -> bool:
    return any(_abbreviates(_name(source.journal), _name(name)) for name in _journals(citation))


def _name(journal: str) -> list[str]:
    """The words that count in a journal's name, without what is in brackets or after a colon."""
    return [word for word in words(BRACKETS.sub(" ", journal).partition(":")[0]) if word not in SMALL]


def _abbreviates(one: list[str], other: list[str]) -> bool:
    """Whether each word begins with, or is the beginning of, its counterpart: J Pain Res, Journal of Pain Research."""
    pairs = zip(one, other, strict=False)
    return bool(one) and len(one) == len(other) and all(a.startswith(b) or b.startswith(a) for a, b in pairs)

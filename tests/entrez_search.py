"""Enough of PubMed's query language for the local server: AND, OR, NOT, brackets, quotes, fields, ranges of dates."""

import re
from functools import lru_cache
from html import unescape
from typing import NamedTuple

TOKEN = re.compile(
    r"\(|\)|\bAND\b|\bOR\b|\bNOT\b"
    r'|(?:"[^"]*"|[^\s()"\[\]]+)(?:[ ](?!AND\b|OR\b|NOT\b)[^\s()"\[\]]+)*(?:\[[^\]]*\])?'
)
RANGE = re.compile(r"([0-9/]+):([0-9/]+)\[(pdat|edat)\]")
MESH = {"mesh": "MeSH Terms", "mh": "MeSH Terms", "majr": "MeSH Major Topic"}
TEXT = {
    "": "All Fields",
    "tiab": "Title/Abstract",
    "ti": "Title",
    "pt": "Publication Type",
    "sb": "Subset",
    "pmid": "PMID",
    "aid": "Article Identifier",
    "title": "Title",
    "1au": "Author - First",
    "dp": "Date - Publication",
}


class Indexed(NamedTuple):
    """What a search knows of a record: its text in lower case, headings likewise, days as 2001/02/03."""

    text: str
    pdat: str
    edat: str
    headings: frozenset[str] = frozenset()


class Answer(NamedTuple):
    """PMIDs in the order of the index; how the query was read; phrases, fields and quoted phrases not known."""

    pmids: list[str]
    translation: str
    unknown: list[str]
    fields: list[str]
    unquoted: list[str]


@lru_cache(maxsize=100_000)
def indexed(article: bytes) -> Indexed:
    text = article.decode().lower()
    headings = re.findall(r"<descriptorname[^>]*>([^<]*)", text)
    year = re.search(r"<pubdate><year>([0-9]{4})", text)
    entered = re.search(r'pubstatus="entrez"><year>([0-9]+)</year><month>([0-9]+)</month><day>([0-9]+)', text)
    pdat = f"{year[1] if year else 2000}/01/01"
    return Indexed(text, pdat, "/".join(entered.groups()) if entered else pdat, frozenset(headings))


def search(query: str, index: dict[str, Indexed]) -> Answer:
    reader = _Reader(TOKEN.findall(query), index)
    pmids, translation = reader.any_of()
    ordered = [pmid for pmid in index if pmid in pmids]
    return Answer(ordered, translation, reader.unknown, reader.fields, reader.unquoted)


def _identified(record: Indexed, identifier: str) -> bool:
    return unescape(identifier) in map(unescape, re.findall(r"<articleid [^>]*>([^<]*)", record.text))


def _titled(record: Indexed, title: str) -> bool:
    """PubMed's index has few phrases as long as titles; the others are looked for word by word."""
    theirs = re.search("<articletitle>(.*?)</articletitle>", record.text)
    words = re.findall(r"\w+", unescape(re.sub("<[^>]*>", "", theirs[1]))) if theirs else []
    return set(re.findall(r"\w+", title)) <= set(words)


def _first_author(record: Indexed, family: str) -> bool:
    first = re.search("<author><lastname>([^<]*)", record.text)
    return bool(first) and unescape(first[1]) == family


#: Fields that are looked for in their part of a record.
PARTS = {
    "aid": _identified,
    "title": _titled,
    "1au": _first_author,
    "dp": lambda record, year: record.pdat.startswith(year),
}


class _Reader:
    def __init__(self, tokens: list[str], index: dict[str, Indexed]):
        self.tokens, self.index = tokens, index
        self.unknown, self.fields, self.unquoted = [], [], []

    def any_of(self) -> tuple[set[str], str]:
        """PubMed reads from left to right, and gives no operator precedence over another."""
        found, read = self.term()
        while self.tokens and self.tokens[0] != ")":
            operator = self.tokens.pop(0) if self.tokens[0] in ("AND", "OR", "NOT") else "AND"
            more, also = self.term()
            found = {"AND": found & more, "OR": found | more, "NOT": found - more}[operator]
            read += f" {operator} {also}"
        return found, read

    def term(self) -> tuple[set[str], str]:
        token = self.tokens.pop(0) if self.tokens else ""
        if token == "(":
            found, read = self.any_of()
            self.tokens[:1] = []
            return found, f"({read})"
        if span := RANGE.fullmatch(token.lower()):
            first, last, field = span.groups()
            # "2001" begins before, and "2001~" ends after, every day of 2001.
            days = ((pmid, getattr(record, field)) for pmid, record in self.index.items())
            return {pmid for pmid, day in days if first <= day <= last + "~"}, token
        words, _, field = token.partition("[")
        phrase, field = words.strip(' "'), field.rstrip("]").lower()
        if field in MESH:
            found = {pmid for pmid, record in self.index.items() if phrase.lower() in record.headings}
            if not found:
                self.unknown.append(token)
                return set(), f"{token[:0]}{phrase}[All Fields]"
            return found, f'"{phrase.lower()}"[{MESH[field]}]'
        if field not in TEXT:
            self.fields.append(field)
        low = phrase.lower()
        if field in PARTS:
            found = {pmid for pmid, record in self.index.items() if PARTS[field](record, low)}
        else:
            found = {pmid for pmid, record in self.index.items() if low and (low == pmid or low in record.text)}
        if not found and phrase:
            (self.unquoted if words.startswith('"') else self.unknown).append(token)
        return found, f'"{phrase}"[{TEXT.get(field, "All Fields")}]'

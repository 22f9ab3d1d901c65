"""All PMIDs that a query finds in PubMed, also where they are more than the 9,999 that one request can give."""

import calendar
import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import NamedTuple, Self

from ingest.entrez import WINDOW, Client
from ingest.reply import BadReply

#: Years that publication and entry dates can have, as PubMed knows them.
FIRST_YEAR, YEARS_AHEAD = 1700, 5
#: A heading of MeSH in a query: `"Some Heading"[Mesh]`, `[mh]`, `[majr]`, `[Mesh:NoExp]`.
HEADING = re.compile(r'"([^"]+)"\s*\[(?:mesh|mh|majr|mesh terms|mesh major topic)\b', re.IGNORECASE)
HEADING_TAG = re.compile(r"\[(?:mesh|mh|majr)", re.IGNORECASE)
#: What PubMed says of every search, or of every large one.
USUAL = re.compile(r"no items found|restrictions achieved", re.IGNORECASE)


class Found(NamedTuple):
    """What a query found. `count` is PubMed's own number; `pmids` are those that came, newest first.

    `translation` is how PubMed read the query, `faults` are headings and fields that it does not know, `notes`
    what else it says: words found nowhere, or ignored.
    """

    count: int
    pmids: list[str]
    translation: str = ""
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Span(NamedTuple):
    """Days from `start` to `end`, both included, of publication (`pdat`) or of entry into PubMed (`edat`)."""

    field: str
    start: dt.date
    end: dt.date

    def __str__(self):
        """As a term of a query. Whole years and months are named as such, for dates that have no day."""
        form = "%Y/%m/%d"
        if self.start.day == 1 and self.end == _month_end(self.end):
            form = "%Y" if (self.start.month, self.end.month) == (1, 12) else "%Y/%m"
        return f"{self.start.strftime(form)}:{self.end.strftime(form)}[{self.field}]"

    @classmethod
    def whole(cls, field: str) -> Self:
        return cls(field, dt.date(FIRST_YEAR, 1, 1), dt.date(dt.date.today().year + YEARS_AHEAD, 12, 31))

    def parts(self) -> list[Self]:
        """Halves of years, the months of a year, the days of a month; a day has none."""
        field, start, end = self
        if start.year < end.year:
            middle = (start.year + end.year) // 2
            return [Span(field, start, dt.date(middle, 12, 31)), Span(field, dt.date(middle + 1, 1, 1), end)]
        if start.month < end.month:
            months = (dt.date(start.year, month, 1) for month in range(1, 13))
            return [Span(field, month, _month_end(month)) for month in months]
        days = (start.replace(day=day) for day in range(1, end.day + 1)) if start < end else ()
        return [Span(field, day, day) for day in days]


def _month_end(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def search(client: Client, query: str) -> Found:
    """Run a query. Fewer PMIDs than `count` mean that PubMed did not give the rest.

    Raises `Unreachable`, `BadReply` or `Refused`.
    """
    result = _ask(client, query)
    pmids = dict.fromkeys(result["idlist"])
    if result["count"] > WINDOW:
        pmids = dict.fromkeys(_split(client, query, (Span.whole("pdat"),)))
    translation = str(result.get("querytranslation") or "")
    faults, notes = _warnings(result, query, translation)
    return Found(result["count"], sorted(pmids, key=int, reverse=True), translation, faults, notes)


def _ask(client: Client, term: str) -> dict:
    """The reply to one request, with `count` as a number (NCBI writes numbers as strings) and `idlist`."""
    for _ in range(2):
        body = client.call("esearch", db="pubmed", term=term, retmax=WINDOW, retmode="json")
        try:
            # NCBI leaves line breaks inside its strings.
            result = json.loads(body, strict=False)["esearchresult"]
            result = result | {"count": int(result["count"]), "idlist": [str(int(x)) for x in result["idlist"]]}
        except (ValueError, KeyError, TypeError):
            raise BadReply(f"{client.host} sent something that is not the result of a search") from None
        if len(result["idlist"]) == min(result["count"], WINDOW):
            break
    return result


def _split(client: Client, query: str, limits: tuple[Span, ...]) -> Iterator[str]:
    """PMIDs within `limits`, of which there are too many for one request, part by part."""
    parts = _parts(limits)
    replies = [_ask(client, f"({query}) AND {' AND '.join(map(str, part))}") for part in parts]
    counts = [reply["count"] for reply in replies]
    if len(parts) > 1 and min(counts) == max(counts) > WINDOW:
        raise BadReply(f"{client.host} has more than {WINDOW:,} hits and ignores the dates that would part them")
    for part, reply in zip(parts, replies, strict=True):
        if reply["count"] > WINDOW and _parts(part):
            yield from _split(client, query, part)
        else:
            yield from reply["idlist"]


def _parts(limits: tuple[Span, ...]) -> list[tuple[Span, ...]]:
    """A day of publication can hold more than the window, as 1 January does; it is split by the date of entry."""
    *before, last = limits
    parts = last.parts()
    if not parts and last.field == "pdat":
        return [(*limits, part) for part in Span.whole("edat").parts()]
    return [(*before, part) for part in parts]


def _warnings(result: dict, query: str, translation: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is wrong with the query, and what else PubMed says."""
    errors, warnings = result.get("errorlist") or {}, result.get("warninglist") or {}
    faults = [f"field not known: {field}" for field in errors.get("fieldsnotfound") or ()]
    phrases = errors.get("phrasesnotfound") or ()
    faults += [f"heading not found: {phrase}" for phrase in phrases if HEADING_TAG.search(phrase)]
    read, told = translation.casefold(), " ".join(faults).casefold()
    for heading in HEADING.findall(query):
        if read and f'"{heading.casefold()}"[mesh' not in read and heading.casefold() not in told:
            faults.append(f"heading not in PubMed's reading of the query: {heading}")
    remarks = {
        "found nowhere": [phrase for phrase in phrases if not HEADING_TAG.search(phrase)],
        "not in PubMed's index of phrases": warnings.get("quotedphrasesnotfound") or (),
        "ignored": warnings.get("phrasesignored") or (),
        "says": [message for message in warnings.get("outputmessages") or () if not USUAL.search(str(message))],
    }
    notes = (f"{what}: {', '.join(map(str, words))}" for what, words in remarks.items() if words)
    return tuple(dict.fromkeys(faults)), tuple(notes)

"""Is this what was asked for? NCBI sends errors with status 200, and passing faults with status 400.

`check` looks at a reply before anyone parses it and sorts what is wrong into faults that pass and
faults that do not.
"""

import datetime as dt
import json
import re
from email.utils import parsedate_to_datetime


class EntrezError(Exception):
    """A fault of the service or of what was asked, in one line that is safe to show: it never holds the API key."""


class Refused(EntrezError):
    """The service will not answer this, however often it is asked."""


class HistoryLost(Refused):
    """The service has forgotten, or never had, the posted set of PMIDs."""


class Unreachable(EntrezError):
    """The service cannot be reached, is silent or overloaded, and stayed so through every retry."""


class BadReply(EntrezError):
    """The service answers, but what it sends for this request stays unusable through every retry."""


class Passing(Exception):
    """A fault worth another try.

    `outcome` is what it becomes when it stays, `wait` for how many seconds the service asks to be left
    alone, and `tries` how often it is worth to ask.
    """

    def __init__(self, reason: str, outcome: type[EntrezError], wait: float = 0, tries: int = 100):
        super().__init__(reason)
        self.outcome, self.wait, self.tries = outcome, wait, tries


#: Error texts that come and go. They arrive with status 400 or 200 all the same.
PASSING = re.compile(
    r"external viewer error|empty response|cannot get document summary|time(d )?\s?out|c\+\+ exception"
    r"|search backend failed(?!.*retstart)|temporar|try again|unable to (connect|obtain)|server error|overload|busy",
    re.IGNORECASE | re.DOTALL,
)
HISTORY = re.compile(r"cannot retrieve history|query_key.*webenv", re.IGNORECASE | re.DOTALL)
ERROR = re.compile(rb"<ERROR>(.*?)</ERROR>", re.DOTALL)
#: The name of the root element, after XML declaration, comments and DOCTYPE.
ROOT = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<([\w.-]+)", re.DOTALL
)
HTML = re.compile(rb"\A\s*(?:<!DOCTYPE html|<html)", re.IGNORECASE)
SETS = {"PubmedArticleSet", "PubmedBookArticleSet"}
ROOTS = {"efetch": SETS, "epost": {"ePostResult"}, "esearch": {"eSearchResult"}}


def check(tool: str, parameters: dict, status: int, headers, body: bytes) -> bytes:
    """The body if it is a whole reply of the kind asked for. Raises `Passing` or `Refused`."""
    wait = retry_after(headers.get("Retry-After"))
    if status == 429:
        raise Passing("asks for fewer requests (HTTP 429)", Unreachable, wait)
    if status >= 500:
        raise Passing(f"is overloaded or down (HTTP {status})", Unreachable, wait)
    if 300 <= status < 400:
        raise Refused(f"sends elsewhere, to {headers.get('Location')} (HTTP {status}); give that address instead")
    _check_json(status, body, wait)
    if status == 200 and HTML.match(body):
        raise Passing("sent an HTML page instead of data", BadReply)
    message = _error(body)
    if message is not None or status != 200:
        _check_error(status, message or excerpt(body))
    if not body.strip():
        raise Passing("sent an empty reply", BadReply)
    if parameters.get("retmode") == "json" and not body.lstrip().startswith(b"{"):
        raise Passing("sent something that is not JSON", BadReply)
    if parameters.get("retmode", "xml") == "xml":
        _check_xml(tool, parameters, body)
    return body


def _check_json(status: int, body: bytes, wait: float):
    """NCBI's gateway reports its own errors as JSON, whatever format was asked for."""
    if not body.lstrip().startswith(b"{"):
        return
    try:
        reply = json.loads(body, strict=False)
    except ValueError:
        raise Passing("sent JSON that is cut short", BadReply) from None
    result = reply.get("esearchresult")
    error = str(reply.get("error") or (isinstance(result, dict) and result.get("ERROR")) or "")
    if not error:
        return
    if "rate limit" in error.lower():
        raise Passing("asks for fewer requests", Unreachable, wait)
    if "api key" in error.lower():
        raise Refused("does not accept the API key in NCBI_API_KEY; correct it or unset it")
    _check_error(status, error)


def _check_error(status: int, message: str):
    if HISTORY.search(message):
        raise HistoryLost(f"has lost the posted PMIDs: {message}")
    if PASSING.search(message):
        raise Passing(f"says {message!r}", BadReply)
    raise Refused(f"says {message!r}" + (f" (HTTP {status})" if status != 200 else ""))


def _error(body: bytes) -> str | None:
    """The text of the `<ERROR>` of a reply that is nothing but an error."""
    root = ROOT.match(body[:4096])
    if not root or root[1].decode() in SETS:
        return None
    # ESummary reports each unknown record in this way, beside those that it knows.
    found = [excerpt(text) for text in ERROR.findall(body[:65536]) if text.strip() and not text.startswith(b"UID=")]
    return "; ".join(found) or None


def _check_xml(tool: str, parameters: dict, body: bytes):
    root = ROOT.match(body[:4096])
    name = root[1].decode() if root else None
    expected = ROOTS.get(tool) if tool != "efetch" or parameters.get("db") == "pubmed" else None
    if name is None or (expected and name not in expected):
        raise Passing(f"sent something that is not {' or '.join(sorted(expected or ['XML']))}", BadReply)
    # A reply that was cut short still looks like a success to Python's HTTP client.
    end = body[-4096:].rstrip()
    if not end.endswith(f"</{name}>".encode()) and not re.search(rb"<%s\s*/>\Z" % name.encode(), end):
        raise Passing("sent a reply that is cut short", BadReply)


def retry_after(value: str | None) -> float:
    """Seconds from a `Retry-After` header, which may hold seconds or a date; 0 if there is none."""
    if not value:
        return 0
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return 0
    return max(0.0, (then - dt.datetime.now(dt.UTC)).total_seconds())


def excerpt(body: bytes) -> str:
    """The beginning of a body as one line of text without markup."""
    words = re.sub(r"<[^>]*>", " ", body[:4000].decode("utf-8", "replace"))
    return " ".join(words.split())[:200]

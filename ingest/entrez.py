"""The one place that opens a socket: NCBI's E-utilities, through Bio.Entrez.

Bio.Entrez builds the requests. It does not send them: its own opener has no timeout, does not wait
between retries, does not repeat timeouts or dropped connections, and its limiter is not thread-safe.
"""

import http.client
import importlib.util
import logging
import os
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from types import ModuleType
from typing import NamedTuple
from urllib.parse import urlsplit
from xml.etree import ElementTree

import tenacity

from ingest.reply import BadReply, EntrezError, Passing, Refused, Unreachable, check

NCBI = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
TOOL = "evidence-kb"
LOCAL = {"127.0.0.1", "localhost", "::1"}
#: Seconds between the starts of two requests. NCBI allows 3 a second, 10 with a key. A third of a
#: second is too little: requests bunch up on their way, and the fourth arrives within the second.
INTERVAL, INTERVAL_WITH_KEY = 0.37, 0.115
#: How long the service may ask to be left alone before it is given up, in seconds.
LONGEST_WAIT = 120
#: Where there is no network or no server, waiting long does not help.
OFFLINE_TRIES = 3
#: PubMed's history ends here, and a page that crosses the end comes back short without a word.
WINDOW = 9999

log = logging.getLogger(__name__)


class History(NamedTuple):
    """A set of PMIDs posted to NCBI's history server; `invalid` are those that it would not take."""

    web_env: str
    query_key: str
    invalid: tuple[str, ...] = ()


class Pace:
    """Lets callers pass one by one, `interval` seconds apart, from any number of threads."""

    def __init__(self, interval: float):
        self.interval = interval
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self):
        # Sleeping inside the lock is what keeps the starts apart: the others queue up behind.
        with self._lock:
            while (delay := self._next - time.monotonic()) > 0:
                time.sleep(delay)
            self._next = time.monotonic() + self.interval

    def hold(self, seconds: float):
        """Nobody passes for so many seconds from now; those already waiting behind it neither."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


class Client:
    """E-utilities with manners. Safe to share between threads; threads share its rate limit.

    `email` (or NCBI_EMAIL) is required by NCBI; `api_key` (or NCBI_API_KEY) is optional; `url` (or
    ENTREZ_URL) is the address of a mirror. `timeout` is the longest silence and `deadline` the
    longest time for one request, in seconds. A fault that passes is tried again, `tries` times in
    all, first after `backoff` to twice `backoff` seconds, then twice as late, and so on. `interval`
    is the time between the starts of two requests, in seconds, for a mirror that has other rules than NCBI.
    Raises `EntrezError` if the e-mail is missing or the address is unusable.
    """

    def __init__(
        self,
        email: str | None = None,
        api_key: str | None = None,
        url: str | None = None,
        *,
        timeout: float = 30,
        deadline: float = 300,
        tries: int = 6,
        backoff: float = 1,
        interval: float | None = None,
    ):
        # A blank key is worse than none: NCBI refuses it.
        self._key = (os.environ.get("NCBI_API_KEY", "") if api_key is None else api_key).strip() or None
        self.email = (email or os.environ.get("NCBI_EMAIL") or "").strip()
        self.url = (url or os.environ.get("ENTREZ_URL") or NCBI).strip().rstrip("/") + "/"
        self.timeout, self.deadline, self.tries, self.backoff = timeout, deadline, tries, backoff
        self._check_settings()
        allowed = INTERVAL_WITH_KEY if self._key else INTERVAL
        self._pace = Pace(allowed if interval is None or self._is_ncbi else interval)
        self._requests = _request_builder()
        self._opener = urllib.request.build_opener(_NoRedirect)

    def _check_settings(self):
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", self.email):
            problem = f"{self.email!r} is not an e-mail address" if self.email else "NCBI asks for an e-mail address"
            raise EntrezError(f"{problem}; give --email or set NCBI_EMAIL")
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise EntrezError(f"{self.url!r} is not a web address; correct --url or ENTREZ_URL, e.g. {NCBI}")
        if self._key and parts.scheme == "http" and parts.hostname not in LOCAL:
            raise EntrezError(f"the API key would travel unencrypted to {self.host}; use https or unset NCBI_API_KEY")

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def source(self) -> str:
        """Where its records come from, for the records."""
        return "PubMed via Entrez" if self._is_ncbi else f"PubMed via Entrez ({urlsplit(self.url).hostname})"

    @property
    def _is_ncbi(self) -> bool:
        return urlsplit(self.url).hostname == urlsplit(NCBI).hostname

    def __repr__(self):
        return f"Client({self.host!r})"

    def efetch(self, pmids: Iterable[str]) -> bytes:
        """PubMed XML of the records of `pmids` (200 at a time are usual), whole, as NCBI sent it.

        PMIDs that PubMed does not know, or has deleted, are left out without a word: compare.
        Raises `Unreachable`, `BadReply` or `Refused`.
        """
        return self.call("efetch", db="pubmed", retmode="xml", id=list(pmids))

    def efetch_history(self, history: History, start: int, count: int) -> bytes:
        """As `efetch`, for records `start` (from 0) to `start + count` of a posted set. Raises also `HistoryLost`."""
        if start + count > WINDOW:
            raise Refused(f"only the first {WINDOW} records of a posted set can be had, not {start} to {start + count}")
        where = {"WebEnv": history.web_env, "query_key": history.query_key}
        return self.call("efetch", db="pubmed", retmode="xml", retstart=start, retmax=count, **where)

    def epost(self, pmids: Iterable[str]) -> History:
        """Post a set of PMIDs to the history server. Raises `Unreachable`, `BadReply` or `Refused`."""
        reply = ElementTree.fromstring(self.call("epost", db="pubmed", id=list(pmids)))
        web_env, query_key = reply.findtext("WebEnv"), reply.findtext("QueryKey")
        if not web_env or not query_key:
            raise BadReply(self._message("gave no WebEnv for the posted PMIDs"))
        return History(web_env, query_key, tuple(element.text or "" for element in reply.iterfind("InvalidIdList/Id")))

    def call(self, tool: str, **parameters) -> bytes:
        """Ask any E-utility and return the body of its reply, checked to be whole and no error.

        `tool` is the name of a function of Bio.Entrez and `parameters` what it takes.
        Raises `Unreachable`, `BadReply` or `Refused`.
        """
        parameters = {"tool": TOOL, "email": self.email, "api_key": self._key, **parameters}
        request = self._request(getattr(self._requests, tool)(**parameters))
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Passing),
            stop=lambda state: state.attempt_number >= min(self.tries, state.outcome.exception().tries),
            wait=tenacity.wait_exponential(self.backoff, max=60) + tenacity.wait_random(0, self.backoff),
            before_sleep=self._note,
            reraise=True,
        )
        try:
            return retrying(self._attempt, tool, parameters, request)
        except Passing as fault:
            tries = min(self.tries, fault.tries)
            raise fault.outcome(self._message(f"{fault} (asked {tries} times)")) from None
        except Refused as refusal:
            raise type(refusal)(self._message(str(refusal))) from None

    def _request(self, request: urllib.request.Request) -> urllib.request.Request:
        """Bio.Entrez's request, to our address, and always by POST: what is in an address ends up in logs."""
        address, _, query = request.full_url.partition("?")
        data = request.data or query.encode()
        return urllib.request.Request(self.url + address.rpartition("/")[2], data=data, method="POST")

    def _attempt(self, tool: str, parameters: dict, request: urllib.request.Request) -> bytes:
        self._pace.wait()
        try:
            return check(tool, parameters, *self._exchange(request))
        except http.client.IncompleteRead:
            raise Passing("sent a reply that is cut short", BadReply) from None
        except (http.client.HTTPException, OSError) as error:
            reason, tries = getattr(error, "reason", None) or error, self.tries
            if isinstance(reason, _TooSlow):
                reason = f"took more than {self.deadline:g} s to reply"
            elif isinstance(reason, TimeoutError):
                reason = f"was silent for {self.timeout:g} s"
            else:
                if isinstance(reason, (socket.gaierror, ConnectionRefusedError)):
                    tries = OFFLINE_TRIES
                reason = f"cannot be reached: {reason}"
            raise Passing(reason, Unreachable, tries=tries) from None
        except Passing as fault:
            if fault.wait > LONGEST_WAIT:
                raise Unreachable(self._message(f"asks to be left alone for {fault.wait:.0f} s; try later")) from None
            self._pace.hold(fault.wait)
            raise

    def _exchange(self, request: urllib.request.Request) -> tuple[int, http.client.HTTPMessage, bytes]:
        end = time.monotonic() + self.deadline
        try:
            response = self._opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            # read1 returns what has come, so that a reply that drips is noticed.
            chunks = []
            while chunk := response.read1(1 << 16):
                chunks.append(chunk)
                if time.monotonic() > end:
                    raise _TooSlow
            if response.length:
                raise http.client.IncompleteRead(b"")
            return response.status, response.headers, b"".join(chunks)

    def _note(self, state: tenacity.RetryCallState):
        wait = max(state.next_action.sleep, state.outcome.exception().wait)
        log.info("%s; trying again in %.1f s", self._message(str(state.outcome.exception())), wait)

    def _message(self, text: str) -> str:
        text = f"{self.host} {text}"
        return text.replace(self._key, "[key]") if self._key else text


class _TooSlow(TimeoutError):
    """Something keeps coming, but not fast enough."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A POST that is sent elsewhere becomes a GET without its parameters; better to say so."""

    def redirect_request(self, *_):
        return None


def _request_builder() -> ModuleType:
    """A private copy of Bio.Entrez whose functions return the request they would send.

    It is not in `sys.modules`: other users of Bio.Entrez keep theirs as it is.
    """
    spec = importlib.util.find_spec("Bio.Entrez")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "_open"):
        raise ImportError("this version of biopython opens its requests in another way; install biopython 1.8x")
    module._open = lambda request: request
    return module

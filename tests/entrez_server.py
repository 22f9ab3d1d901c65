"""A small E-utilities server on 127.0.0.1 that behaves, and misbehaves, as NCBI does.

From a test: `with EntrezServer({pmid: article_xml(pmid)}) as server: Client(url=server.url, …)`.
By hand: `python -m tests.entrez_server --data data --port 8080` serves the rows of citations.csv;
then `kb pubmed fetch --url http://127.0.0.1:8080/entrez/eutils/ --email you@example.org`.
"""

import argparse
import contextlib
import json
import secrets
import socket
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests import entrez_search
from tests.entrez_search import Indexed
from tests.pubmed_articles import article_xml, corpus_of, tag

DTD = "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd"
XML, JSON, TEXT, HTML = (
    f"{kind}; charset=UTF-8" for kind in ("text/xml", "application/json", "text/plain", "text/html")
)
WINDOW = 9999
DIAGNOSTIC = "<html><head><title>NCBI/{0} - WWW Error {0} Diagnostic</title></head><body>Error: {0}</body></html>"
VIEWER = "External viewer error: Empty Response. Bytes read: 0 Status: Timeout"
BEYOND = (
    "Search Backend failed: Exception:\n'retstart' cannot be larger than 9998. For PubMed, ESearch can only "
    "retrieve the first 9,999 records matching the query."
)
EUTILS = "https://eutils.ncbi.nlm.nih.gov/eutils/dtd"
__all__ = ["EntrezServer", "Fault", "article_xml", "corpus_of", "down", "too_many", "viewer_error"]


def document(root: str, dtd: str, content: str) -> str:
    """A reply as NCBI sends it, with XML declaration and DOCTYPE."""
    name = dtd.rpartition("/")[2].removesuffix(".dtd")
    doctype = f'<!DOCTYPE {root} PUBLIC "-//NLM//DTD {name} {dtd.partition("/")[0]}//EN" "{EUTILS}/{dtd}">'
    return f'<?xml version="1.0" encoding="UTF-8" ?>\n{doctype}\n<{root}>{content}</{root}>'


def efetch_error(*messages: str) -> str:
    return document("eFetchResult", "20131226/efetch.dtd", "".join(tag("ERROR", message) for message in messages))


# --- faults ---------------------------------------------------------------------------------------


@dataclass
class Fault:
    """What goes wrong with some requests, and for how many (`times`; None = all that match).

    `kind`: `status` (with `status`, `body`, `content_type`, `headers`), `stall` (silent for `seconds`),
    `drop` (closes without a reply), `cut` (declares the whole length and sends `keep` bytes of it, or a
    share if below 1), `short` (sends as little, and declares no length), `drip` (a byte each `seconds`),
    `change` (`change` is a function from reply body to reply body), `type` (sends as `content_type`).
    `tool` restricts it to an endpoint, `first` to requests from that number on (1 is the first ever),
    `when` to requests whose parameters satisfy it.
    """

    kind: str
    tool: str | None = None
    times: int | None = 1
    first: int = 1
    when: object = None
    status: int = 200
    body: str | bytes = b""
    content_type: str = XML
    headers: dict = field(default_factory=dict)
    seconds: float = 0
    keep: float = 0.5
    change: object = None


def too_many(retry_after=None, **more) -> Fault:
    body = json.dumps({"error": "API rate limit exceeded", "api-key": "127.0.0.1", "count": "4", "limit": "3"})
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    return Fault("status", status=429, body=body, content_type=JSON, headers=headers, **more)


def down(status: int, **more) -> Fault:
    return Fault("status", status=status, body=DIAGNOSTIC.format(status), content_type=HTML, **more)


def viewer_error(status: int = 400, **more) -> Fault:
    return Fault("status", status=status, body=efetch_error(VIEWER), **more)


# --- the server -------------------------------------------------------------------------------------


class EntrezServer:
    """`corpus` maps PMIDs to one `PubmedArticle` each and may be changed while it runs.

    `limit` is how many requests a second it bears (10 for requests with a key), None for any number.
    `keys` are the API keys that it accepts, None for any. `starts` are the times at which requests came
    (time.monotonic), `requests` their (tool, parameters). `faults` are tried in order for each request.
    `index` holds records that searches find beside those of the corpus, without articles: many cost little.
    """

    def __init__(self, corpus: dict[str, bytes], *, limit: int | None = 3, keys=None, port: int = 0, dtd: str = DTD):
        self.corpus, self.limit, self.keys, self.dtd = corpus, limit, keys, dtd
        self.index: dict[str, Indexed] = {}
        self.faults: list[Fault] = []
        self.starts: list[float] = []
        self.requests: list[tuple[str, dict]] = []
        self.histories: dict[str, list[list[str]]] = {}
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self._recent: dict[str, deque] = {}
        handler = type("Handler", (_Handler,), {"entrez": self})
        self.http = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/entrez/eutils/"

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()

    def asked(self, tool: str = "efetch") -> list[list[str]]:
        """The ids of each request to an endpoint."""
        return [p.get("id", "").split(",") for name, p in self.requests if name == tool]

    def busiest_second(self) -> int:
        """The most requests that came within any second."""
        return max((sum(0 <= t - start < 1 for t in self.starts) for start in self.starts), default=0)

    def indexed(self) -> dict[str, Indexed]:
        """All that searches can find."""
        return {pmid: entrez_search.indexed(xml) for pmid, xml in self.corpus.items()} | self.index

    def admit(self, parameters: dict) -> tuple[int, int]:
        """Count a request against the limit: (limit, how many are left; negative = refused)."""
        key = parameters.get("api_key", "127.0.0.1")
        limit = 10 if "api_key" in parameters else (self.limit or 3)
        with self.lock:
            recent = self._recent.setdefault(key, deque())
            now = time.monotonic()
            while recent and now - recent[0] >= 1:
                recent.popleft()
            recent.append(now)
            return limit, (limit - len(recent) if self.limit else limit)

    def fault_for(self, tool: str, parameters: dict) -> Fault | None:
        with self.lock:
            self.requests.append((tool, parameters))
            for fault in self.faults:
                fits = fault.tool in (None, tool) and len(self.requests) >= fault.first and fault.times != 0
                if fits and (fault.when is None or fault.when(parameters)):
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None


class Failure(Exception):
    """(status, content type, body)"""


class _Handler(BaseHTTPRequestHandler):
    entrez: EntrezServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._answer(urlsplit(self.path).query)

    def do_POST(self):
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def _answer(self, query: str):
        self.entrez.starts.append(time.monotonic())
        parameters = {k: ",".join(v) for k, v in parse_qs(query, keep_blank_values=True).items()}
        tool = urlsplit(self.path).path.rpartition("/")[2].rpartition(".")[0]
        fault = self.entrez.fault_for(tool, parameters)
        limit, left = self.entrez.admit(parameters)
        headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(max(left, 0))}
        if fault and fault.kind == "status":
            return self._send(fault.status, fault.content_type, fault.body, headers | fault.headers)
        if left < 0:
            fault = too_many(2)
            return self._send(429, JSON, fault.body, headers | fault.headers)
        try:
            status, content_type, body = self._reply(tool, parameters)
        except Failure as failure:
            status, content_type, body = failure.args
        self._send(status, content_type, body, headers, fault)

    def _reply(self, tool: str, parameters: dict):
        if len(self.path) > 16000:
            raise Failure(414, HTML, DIAGNOSTIC.format(414))
        key, keys = parameters.get("api_key"), self.entrez.keys
        if key == "" or (key and keys is not None and key not in keys):
            error = {"error": "API key invalid", "api-key": key, "type": "invalid", "status": "unknown"}
            raise Failure(400, JSON, json.dumps(error))
        method = getattr(self, f"_{tool}", None)
        if tool not in TOOLS or method is None:
            raise Failure(404, HTML, DIAGNOSTIC.format(404))
        if tool != "einfo" and parameters.get("db") != "pubmed":
            error = tag("ERROR", f"Invalid db name specified: {parameters.get('db')}")
            raise Failure(200, XML, document("eSearchResult", "20060628/esearch.dtd", error))
        return method(parameters)

    def _send(self, status: int, content_type: str, body, headers: dict, fault: Fault | None = None):
        body = body.encode() if isinstance(body, str) else body
        kind = fault.kind if fault else None
        if kind == "change":
            body = fault.change(body)
        if kind == "stall":
            self.entrez.closing.wait(fault.seconds)
        if kind in ("stall", "drop"):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(status)
        self.send_header("Content-Type", fault.content_type if kind == "type" else content_type)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        if kind != "short":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.close_connection = True
        # An error here means that the client has gone, as clients of slow servers do.
        with contextlib.suppress(OSError):
            if kind in ("cut", "short"):
                body = body[: int(fault.keep if fault.keep >= 1 or fault.keep < 0 else fault.keep * len(body))]
            if kind == "drip":
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    if self.entrez.closing.wait(fault.seconds):
                        return
            else:
                self.wfile.write(body)

    # --- endpoints ---

    def _ids(self, parameters: dict) -> list[str]:
        """The PMIDs of a request, as NCBI reads them: numbers, each once, in order."""
        ids = [part.strip() for part in parameters.get("id", "").split(",")]
        return list(dict.fromkeys(str(int(part)) for part in ids if part.isdecimal() and int(part)))

    def _history(self, parameters: dict) -> list[str]:
        web_env, query_key = parameters["WebEnv"], int(parameters.get("query_key", "1"))
        try:
            return self.entrez.histories[web_env][query_key - 1]
        except (KeyError, IndexError):
            text = f"Cannot retrieve history data. query_key: {query_key}, WebEnv: {web_env}, retstart: 0, retmax: 500"
            more = "Can't fetch uids from history because of: NCBI C++ Exception: error"
            raise Failure(400, XML, efetch_error(text, more)) from None

    def _efetch(self, p: dict):
        start = int(p.get("retstart", 0))
        if "WebEnv" in p:
            ids = self._history(p)
            if start >= min(len(ids), WINDOW):
                text = (
                    f"Cannot retrieve history data: OUT OF RANGE. Parameter retstart={start} + 1 is greater than "
                    f"number of records available in history. History includes {len(ids)} IDs."
                )
                raise Failure(400, XML, efetch_error(text))
            ids = ids[start : min(start + int(p.get("retmax", 10000)), WINDOW)]
        else:
            ids = self._ids(p)
        if not ids:
            raise Failure(400, XML, efetch_error("ID list is empty! Possibly it has no correct IDs."))
        found = [pmid for pmid in ids if pmid in self.entrez.corpus]
        if p.get("retmode") == "text":
            return 200, TEXT, self._text(ids, found, p.get("rettype"))
        doctype = f'<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" "{self.entrez.dtd}">'
        body = b"".join(self.entrez.corpus[pmid] for pmid in found)
        head = f'<?xml version="1.0" ?>\n{doctype}\n<PubmedArticleSet>'
        return 200, XML, head.encode() + body + b"</PubmedArticleSet>"

    def _text(self, ids, found, rettype) -> str:
        if rettype == "uilist":
            return "".join(f"{pmid}\n" for pmid in found)
        missing = [f"id: {i} Error occurred: The following PMID is not available: {i}\n" for i in ids if i not in found]
        return "".join(missing) + "\n".join(f"\nPMID- {pmid}\nTI  - {self._title(pmid)}\n" for pmid in found)

    def _title(self, pmid: str) -> str:
        return self.entrez.corpus[pmid].partition(b"<ArticleTitle>")[2].partition(b"</ArticleTitle>")[0].decode()

    def _remember(self, ids: list[str], web_env: str | None) -> tuple[int, str]:
        with self.entrez.lock:
            web_env = web_env if web_env in self.entrez.histories else f"MCID_{secrets.token_hex(12)}"
            sets = self.entrez.histories.setdefault(web_env, [])
            sets.append(ids)
            return len(sets), web_env

    def _epost(self, p: dict):
        ids = self._ids(p)
        if not ids:
            content = "<ERROR>Empty ID list; Nothing to store</ERROR>"
        else:
            query_key, web_env = self._remember(ids, p.get("WebEnv"))
            bad = [tag("Id", part) for part in p["id"].split(",") if not part.strip().isdecimal()]
            content = f"<InvalidIdList>{''.join(bad)}</InvalidIdList>" if bad else ""
            content += f"<QueryKey>{query_key}</QueryKey><WebEnv>{web_env}</WebEnv>"
        return 200, XML, document("ePostResult", "20090526/epost.dtd", content)

    def _esearch(self, p: dict):
        """As `tests.entrez_search` reads the query, over the corpus and `EntrezServer.index`."""
        answer = entrez_search.search(p.get("term", ""), self.entrez.indexed())
        hits = list(answer.pmids)
        start, size = int(p.get("retstart", 0)), int(p.get("retmax", 20))
        ids = hits[start : min(start + size, WINDOW)]
        history = self._remember(hits, p.get("WebEnv")) if p.get("usehistory") == "y" else None
        if p.get("retmode") == "json":
            return 200, JSON, self._search_json(answer, ids, start, history)
        if start >= WINDOW:
            return 200, XML, document("eSearchResult", "20060628/esearch.dtd", tag("ERROR", BEYOND))
        content = f"<Count>{len(hits)}</Count><RetMax>{len(ids)}</RetMax><RetStart>{start}</RetStart>"
        if history:
            content += f"<QueryKey>{history[0]}</QueryKey><WebEnv>{history[1]}</WebEnv>"
        content += f"<IdList>{''.join(tag('Id', pmid) for pmid in ids)}</IdList><TranslationSet/>"
        content += tag("QueryTranslation", answer.translation)
        errors = [tag("PhraseNotFound", x) for x in answer.unknown] + [tag("FieldNotFound", x) for x in answer.fields]
        content += f"<ErrorList>{''.join(errors)}</ErrorList>" if errors else ""
        if not hits:
            content += "<WarningList><OutputMessage>No items found.</OutputMessage></WarningList>"
        return 200, XML, document("eSearchResult", "20060628/esearch.dtd", content)

    def _search_json(self, answer, ids, start, history) -> str:
        header = {"type": "esearch", "version": "0.3"}
        if start >= WINDOW:
            # The raw line break makes it no valid JSON; NCBI's is not either.
            error = json.dumps({"header": header, "esearchresult": {"ERROR": BEYOND}})
            return error.replace("\\n", "\n")
        result = {"count": str(len(answer.pmids)), "retmax": str(len(ids)), "retstart": str(start)}
        if history:
            result |= {"querykey": str(history[0]), "webenv": history[1]}
        result |= {"idlist": ids, "translationset": [], "querytranslation": answer.translation}
        messages = [] if answer.pmids else ["No items found."]
        if answer.unknown or answer.fields:
            result["errorlist"] = {"phrasesnotfound": answer.unknown, "fieldsnotfound": answer.fields}
        if messages or answer.unquoted:
            quoted = {"quotedphrasesnotfound": answer.unquoted}
            result["warninglist"] = {"phrasesignored": [], **quoted, "outputmessages": messages}
        return json.dumps({"header": header, "esearchresult": result})

    def _esummary(self, p: dict):
        ids = self._ids(p)
        header = {"type": "esummary", "version": "0.3"}
        if len(ids) > 500:
            error = "Too many UIDs in request. Maximum number of UIDs is 500 for JSON format output."
            return 200, JSON, json.dumps({"header": header, "error": error})
        result: dict = {"uids": ids}
        for pmid in ids:
            known = pmid in self.entrez.corpus
            summary = {"title": self._title(pmid)} if known else {"error": "cannot get document summary"}
            result[pmid] = {"uid": pmid} | summary
        return 200, JSON, json.dumps({"header": header, "result": result})

    def _einfo(self, p: dict):
        if not p.get("db"):
            return 200, XML, "<eInfoResult><DbList><DbName>pubmed</DbName></DbList></eInfoResult>"
        count = len(self.entrez.corpus)
        return 200, XML, f"<eInfoResult><DbInfo><DbName>pubmed</DbName><Count>{count}</Count></DbInfo></eInfoResult>"


TOOLS = {"efetch", "epost", "esearch", "esummary", "einfo"}


def main():
    parser = argparse.ArgumentParser(description="Serve the rows of citations.csv as NCBI's E-utilities would.")
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder with citations.csv")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    options = parser.parse_args()
    try:
        corpus = corpus_of(options.data / "citations.csv")
    except OSError as error:
        sys.exit(f"{options.data}/citations.csv: {error.strerror}; give --data")
    with EntrezServer(corpus, port=options.port) as server:
        print(f"{len(corpus)} citations at {server.url}  (Ctrl-C ends)", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()

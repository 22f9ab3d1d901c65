"""The client against a server that misbehaves as NCBI does. Real HTTP; waits are scaled down."""

import logging
import socket
import sys
import threading
import time
import traceback

import Bio.Entrez
import pytest

from ingest.entrez import Client, History
from ingest.reply import BadReply, EntrezError, HistoryLost, Refused, Unreachable, retry_after
from tests.entrez_server import EntrezServer, Fault, article_xml, down, efetch_error, too_many, viewer_error

PMIDS = ["101", "102", "103"]
KEY = "0123456789abcdef-secret"


@pytest.fixture
def server():
    with EntrezServer({pmid: article_xml(pmid, title=f"Title {pmid}") for pmid in PMIDS}, limit=None) as server:
        yield server


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in ("NCBI_EMAIL", "NCBI_API_KEY", "ENTREZ_URL"):
        monkeypatch.delenv(name, raising=False)


def client_of(server, **options) -> Client:
    """A client that hardly waits, neither between requests nor between tries."""
    options = {"api_key": KEY, "timeout": 0.3, "deadline": 1, "backoff": 0.01, "interval": 0} | options
    return Client("someone@example.org", url=server.url, **options)


def is_whole(body: bytes) -> bool:
    return all(body.count(f"<ArticleTitle>Title {pmid}</ArticleTitle>".encode()) == 1 for pmid in PMIDS)


# --- settings ------------------------------------------------------------------------------------


def test_needs_an_email():
    with pytest.raises(EntrezError, match="--email or set NCBI_EMAIL"):
        Client()
    with pytest.raises(EntrezError, match="'nobody' is not an e-mail address"):
        Client("nobody")


def test_settings_from_the_environment(monkeypatch, server):
    monkeypatch.setenv("NCBI_EMAIL", "someone@example.org")
    monkeypatch.setenv("NCBI_API_KEY", " k ")
    monkeypatch.setenv("ENTREZ_URL", server.url)
    assert is_whole(Client().efetch(PMIDS))
    assert server.requests[0][1] | {"id": ""} == {
        "db": "pubmed",
        "id": "",
        "retmode": "xml",
        "tool": "evidence-kb",
        "email": "someone@example.org",
        "api_key": "k",
    }


def test_a_blank_key_is_no_key(monkeypatch, server):
    monkeypatch.setenv("NCBI_API_KEY", "  ")
    client_of(server, api_key=None).efetch(PMIDS)
    client_of(server, api_key="").efetch(PMIDS)
    assert all("api_key" not in parameters for _, parameters in server.requests)


@pytest.mark.parametrize("url", ["ftp://example.org/", "eutils", "http://", "file:///etc/passwd"])
def test_an_unusable_address(url):
    with pytest.raises(EntrezError, match="--url or ENTREZ_URL"):
        Client("someone@example.org", url=url)


def test_a_key_does_not_travel_in_the_clear():
    with pytest.raises(EntrezError, match="unencrypted"):
        Client("someone@example.org", KEY, "http://mirror.example.org/")


def test_https_and_ncbi_by_default():
    client = Client("someone@example.org")
    assert client.url == "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
    assert client.source == "PubMed via Entrez"


def test_bio_entrez_of_others_is_left_alone(server):
    before = dict(vars(Bio.Entrez))
    client_of(server).efetch(PMIDS)
    assert vars(Bio.Entrez) == before
    assert sys.modules["Bio.Entrez"] is Bio.Entrez


# --- faults that pass ----------------------------------------------------------------------------

XHTML = b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x"><html><body>Sorry</body></html>'
PASSING = {
    "429": too_many(),
    "429 with Retry-After": too_many(0),
    "429 as 200": Fault("status", body=too_many().body, content_type="application/json"),
    "500": down(500),
    "502": down(502),
    "503": down(503, headers={"Retry-After": "0"}),
    "transient 400": viewer_error(),
    "transient error as 200": viewer_error(200),
    "no summary": Fault("status", status=400, body=efetch_error("Error occurred: cannot get document summary")),
    "C++ exception": Fault("status", body=efetch_error("NCBI C++ Exception: Error: 1")),
    "HTML as 200": Fault("status", body=XHTML, content_type="text/html"),
    "HTML as XML": Fault("status", body=XHTML),
    "empty": Fault("status"),
    "other XML": Fault("status", body="<?xml version='1.0'?><surprise></surprise>"),
    "plain text": Fault("status", body="\nPMID- 101\nTI  - Title 101\n", content_type="text/plain"),
    "JSON cut short": Fault("status", body='{"error": "API rate li'),
    "stall": Fault("stall", seconds=5),
    "drop": Fault("drop"),
    "drip": Fault("drip", seconds=0.05),
    "cut in the head": Fault("cut", keep=30),
    "cut in a record": Fault("cut", keep=0.5),
    "cut before the end": Fault("cut", keep=-1),
    "cut before the last tag": Fault("cut", keep=-19),
    "short in the head": Fault("short", keep=30),
    "short in a record": Fault("short", keep=0.5),
    "short at a record's end": Fault("short", keep=-20),
    "short before the last tag": Fault("short", keep=-19),
    "short in the last tag": Fault("short", keep=-1),
    "short and empty": Fault("short", keep=0),
}  # fmt: skip


@pytest.mark.parametrize("name", PASSING)
def test_a_passing_fault_is_asked_again(server, name):
    server.faults = [PASSING[name]]
    server.faults[0].times = 2
    assert is_whole(client_of(server, deadline=0.3).efetch(PMIDS))
    assert len(server.requests) == 3


@pytest.mark.parametrize("fault", [Fault("type", content_type="text/plain"), Fault("type", content_type="text/html")])
def test_a_wrong_content_type_is_no_fault(server, fault):
    server.faults = [fault]
    assert is_whole(client_of(server).efetch(PMIDS))
    assert len(server.requests) == 1


def test_text_that_is_cut_is_asked_again(server):
    server.faults = [Fault("cut", keep=4)]
    text = client_of(server).call("efetch", db="pubmed", id=PMIDS, retmode="text", rettype="uilist")
    assert text == b"101\n102\n103\n"
    assert len(server.requests) == 2


def test_a_dtd_never_seen_is_no_fault():
    corpus = {pmid: article_xml(pmid, title=f"Title {pmid}") for pmid in PMIDS}
    with EntrezServer(corpus, dtd="https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_990101.dtd") as server:
        assert is_whole(client_of(server).efetch(PMIDS))


@pytest.mark.parametrize(
    ("fault", "outcome", "words"),
    [
        (down(503), Unreachable, r"overloaded or down \(HTTP 503\) \(asked 3 times\)"),
        (too_many(), Unreachable, "asks for fewer requests"),
        (Fault("drop"), Unreachable, "cannot be reached"),
        (Fault("stall", seconds=5), Unreachable, r"was silent for 0.5 s"),
        (Fault("drip", seconds=0.05), Unreachable, r"took more than 0.5 s"),
        (viewer_error(), BadReply, "External viewer error"),
        (Fault("cut"), BadReply, "cut short"),
        (Fault("short"), BadReply, "cut short"),
        (Fault("status", body=XHTML), BadReply, "an HTML page instead of data"),
    ],
)
def test_a_fault_that_stays_ends_in_one_line(server, fault, outcome, words):
    fault.times = None
    server.faults = [fault]
    with pytest.raises(outcome, match=words) as caught:
        client_of(server, tries=3, timeout=0.5, deadline=0.5).efetch(PMIDS)
    assert "\n" not in str(caught.value)
    assert len(server.requests) == 3
    fault.times = 0


def test_nobody_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(Unreachable, match=r"cannot be reached: .*\(asked 3 times\)"):
            Client("someone@example.org", url=url, tries=9, backoff=0.01).efetch(PMIDS)


# --- faults that stay ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("status", status=404, body=XHTML, content_type="text/html"), "HTTP 404"),
        (Fault("status", status=414, body=XHTML, content_type="text/html"), "HTTP 414"),
        (Fault("status", status=301, headers={"Location": "https://example.org/"}), "https://example.org/"),
        (
            Fault("status", body="<eSearchResult><ERROR>Invalid db name specified: x</ERROR></eSearchResult>"),
            "Invalid db",
        ),
        (Fault("status", body='{"error": "Invalid uid abc at position= 0"}'), "Invalid uid abc"),
    ],
)
def test_a_refusal_is_not_asked_again(server, fault, words):
    server.faults = [fault]
    with pytest.raises(Refused, match=words):
        client_of(server).efetch(PMIDS)
    assert len(server.requests) == 1


def test_no_valid_id(server):
    with pytest.raises(Refused, match="ID list is empty"):
        client_of(server).efetch(["0", "abc"])


# --- the key -----------------------------------------------------------------------------------------


def test_the_key_shows_nowhere(server, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    server.keys = {"another"}
    client = client_of(server)
    with pytest.raises(Refused, match="NCBI_API_KEY") as refused:
        client.efetch(PMIDS)
    server.keys = None
    echo = f"<eFetchResult><ERROR>Bad request api_key={KEY}</ERROR></eFetchResult>"
    server.faults = [viewer_error(), Fault("status", status=400, body=echo)]
    with pytest.raises(Refused, match=r"api_key=\[key\]") as echoed:
        client.efetch(PMIDS)
    shown = [repr(client), caplog.text, *capfd.readouterr()]
    for caught in (refused, echoed):
        shown += traceback.format_exception(caught.value)
    assert not [text for text in shown if KEY in text]


def test_the_key_is_in_no_address(server):
    paths = []
    handler = server.http.RequestHandlerClass
    handler.log_message = lambda self, *_: paths.append(self.path)
    client = client_of(server)
    client.efetch(["101"])
    client.call("esearch", db="pubmed", term="title")
    assert paths == ["/entrez/eutils/efetch.fcgi", "/entrez/eutils/esearch.fcgi"]
    assert all(parameters["api_key"] == KEY for _, parameters in server.requests)


# --- pace ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "limit", "threads", "requests"), [(None, 3, 4, 8), (KEY, 10, 4, 16)])
def test_never_too_many_requests_in_any_second(server, key, limit, threads, requests):
    server.limit = limit
    client = client_of(server, api_key=key, interval=None)
    workers = [
        threading.Thread(target=lambda: [client.efetch(["101"]) for _ in range(requests // threads)])
        for _ in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(server.starts) == requests
    assert server.busiest_second() <= limit


def test_retries_keep_the_pace(server):
    server.limit = 3
    server.faults = [down(500, times=4)]
    assert is_whole(client_of(server, api_key=None, backoff=0, interval=None).efetch(PMIDS))
    assert server.busiest_second() <= 3


def test_retry_after_holds_every_thread(server):
    server.faults = [too_many(1)]
    client = client_of(server)
    first = threading.Thread(target=client.efetch, args=[PMIDS])
    first.start()
    time.sleep(0.2)
    client.efetch(PMIDS)
    first.join()
    assert len(server.starts) == 3
    assert server.starts[1] - server.starts[0] >= 1


def test_a_long_retry_after_is_not_waited_for(server):
    server.faults = [too_many(3600)]
    with pytest.raises(Unreachable, match="left alone for 3600 s"):
        client_of(server).efetch(PMIDS)
    assert len(server.starts) == 1


def test_retry_after_in_seconds_or_as_a_date():
    assert retry_after("2") == 2
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert 3000 < retry_after(time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 3600))) <= 3600
    assert retry_after(None) == retry_after("soon") == 0


# --- history and other endpoints -----------------------------------------------------------------------


def test_history(server):
    client = client_of(server)
    history = client.epost([*PMIDS, "x"])
    assert history.invalid == ("x",)
    assert is_whole(client.efetch_history(history, 0, 3))
    body = client.efetch_history(history, 1, 1)
    assert b"Title 102" in body and b"Title 101" not in body


def test_history_that_has_expired(server):
    client = client_of(server)
    history = client.epost(PMIDS)
    server.histories.clear()
    with pytest.raises(HistoryLost, match="has lost the posted PMIDs"):
        client.efetch_history(history, 0, 3)
    with pytest.raises(HistoryLost):
        client.efetch_history(client.epost(PMIDS), 3, 1)


def test_history_does_not_cross_the_window(server):
    with pytest.raises(Refused, match="first 9999 records"):
        client_of(server).efetch_history(History("MCID_0", "1"), 9500, 500)


def test_nothing_to_post(server):
    with pytest.raises(Refused, match="Empty ID list"):
        client_of(server).epost(["x"])


def test_other_tools(server):
    client = client_of(server)
    assert b"<Count>3</Count>" in client.call("esearch", db="pubmed", term="title")
    assert b'"idlist": ["101"' in client.call("esearch", db="pubmed", term="title", retmode="json")
    assert b"cannot get document summary" in client.call("esummary", db="pubmed", id="999", retmode="json")
    assert b"<DbName>pubmed" in client.call("einfo")
    assert client.call("efetch", db="pubmed", id="102", retmode="text", rettype="uilist") == b"102\n"
    for retmode in ("xml", "json"):
        with pytest.raises(Refused, match="first 9,999 records"):
            client.call("esearch", db="pubmed", term="title", retstart=10000, retmode=retmode)
    with pytest.raises(Refused, match="Too many UIDs"):
        client.call("esummary", db="pubmed", id=range(1, 502), retmode="json")

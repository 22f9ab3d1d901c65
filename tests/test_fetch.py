"""`kb pubmed fetch` end to end, over HTTP, against a service that fails in every way it knows."""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest import snapshot
from ingest.cli import pubmed
from ingest.entrez import Client
from ingest.fetch import DELETED, UNKNOWN, fetch
from ingest.store import Store
from kb.load import load
from tests.entrez_server import EntrezServer, Fault, article_xml, corpus_of, down, too_many, viewer_error

ROOT = Path(__file__).parent.parent
CORPUS = {str(pmid): article_xml(pmid, title=f"Title {pmid}") for pmid in range(1001, 1501)}
PMIDS = list(CORPUS)


@pytest.fixture
def server():
    with EntrezServer(dict(CORPUS), limit=None) as server:
        yield server


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "pubmed.db") as store:
        yield store


def client_of(server, **options) -> Client:
    options = {"timeout": 0.3, "deadline": 0.4, "tries": 4, "backoff": 0.005, "interval": 0} | options
    return Client("someone@example.org", "", server.url, **options)


def content(store: Store) -> dict[str, str]:
    return {e.pmid: e.citation.title for e in store.entries(PMIDS) if e.outcome == "received"}


WHOLE = {pmid: f"Title {pmid}" for pmid in PMIDS}

# --- everything comes ---------------------------------------------------------------------------------

#: Faults that pass: all 500 records have to arrive, each once.
PASSING = {
    "429": lambda: [too_many(times=2)],
    "429 with Retry-After": lambda: [too_many(0.2)],
    "500, 502, 503": lambda: [down(500), down(502), down(503)],
    "transient 400": lambda: [viewer_error(times=3)],
    "200 with an error body": lambda: [viewer_error(200), Fault("status", body=too_many().body)],
    "stalled": lambda: [Fault("stall", seconds=3)],
    "dropped": lambda: [Fault("drop", times=2)],
    "drip": lambda: [Fault("drip", seconds=0.05)],
    "cut in a record": lambda: [Fault("cut", keep=0.3)],
    "short in a record": lambda: [Fault("short", keep=0.3)],
    "short at a record's end": lambda: [Fault("change", change=lambda body: body[: body.rindex(b"<PubmedArticle>")])],
    "short before the last tag": lambda: [Fault("short", keep=-19)],
    "wrong content type": lambda: [Fault("type", content_type="text/html", times=None)],
    "one fault after the other": lambda: [
        too_many(),
        down(502),
        Fault("drop"),
        Fault("short", first=6, keep=0.9),
        viewer_error(first=8),
    ],
    "a record left out once": lambda: [changed(CORPUS["1007"], b"")],
    "a record broken once": lambda: [changed(b"Title 1007<", b"Title & 1007<")],
    "a large request refused always": lambda: [viewer_error(when=lambda p: p["id"].count(",") > 60, times=None)],
    "an end tag lost once": lambda: [changed(b"Title 1007</ArticleTitle>", b"Title 1007")],
    "the end of a record lost once": lambda: [changed(CORPUS["1007"], CORPUS["1007"].partition(b"<Language")[0])],
    "a record without its PMID once": lambda: [changed(b">1007</PMID>", b"></PMID>")],
    "a duplicate": lambda: [changed(CORPUS["1007"], CORPUS["1007"] * 2)],
    "a record never asked for": lambda: [changed(CORPUS["1007"], article_xml(7) + CORPUS["1007"])],
}  # fmt: skip


def changed(before: bytes, after: bytes) -> Fault:
    """A reply that holds `before` comes with `after` instead, once."""

    def change(body: bytes) -> bytes:
        assert before in body
        return body.replace(before, after)

    return Fault("change", change=change)


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_loses_and_doubles_nothing(server, store, name):
    server.faults = PASSING[name]()
    report = fetch(client_of(server), store, PMIDS)
    assert (report.missing, report.error) == ({}, None)
    assert sorted(report.new) == PMIDS
    assert content(store) == WHOLE
    assert list(store.entries(["7"])) == []


def test_a_dtd_never_seen(store):
    with EntrezServer(CORPUS, limit=None, dtd="https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_990101.dtd") as server:
        assert fetch(client_of(server), store, PMIDS).missing == {}
    assert content(store) == WHOLE


def test_history_that_the_service_forgets_does_not_matter(server, store):
    server.faults = [Fault("change", change=lambda body: server.histories.clear() or body, times=None)]
    assert fetch(client_of(server), store, PMIDS).missing == {}


def test_a_second_fetch_asks_for_nothing(server, store):
    fetch(client_of(server), store, PMIDS)
    asked = len(server.requests)
    report = fetch(client_of(server), store, PMIDS)
    assert (report.wanted, report.there, report.asked) == (500, 500, 0)
    assert len(server.requests) == asked == 3


def test_refresh_asks_again_and_changes_what_has_changed(server, store):
    fetch(client_of(server), store, PMIDS)
    server.corpus["1007"] = article_xml("1007", title="Corrected")
    assert fetch(client_of(server), store, PMIDS, refresh=1).asked == 0
    report = fetch(client_of(server), store, PMIDS, refresh=0)
    assert (report.changed, len(report.unchanged), report.new) == (["1007"], 499, [])
    assert content(store) == WHOLE | {"1007": "Corrected"}


# --- something does not come ------------------------------------------------------------------------------


def test_unknown_and_deleted_pmids_are_named(server, store):
    assert fetch(client_of(server), store, [*PMIDS, "9999", "1007", "1007"]).missing == {"9999": UNKNOWN}
    del server.corpus["1007"]
    assert fetch(client_of(server), store, PMIDS, refresh=0).missing == {"1007": DELETED}
    assert content(store) == {k: v for k, v in WHOLE.items() if k != "1007"}
    assert fetch(client_of(server), store, ["1007"]).missing == {"1007": DELETED}
    server.corpus["1007"] = CORPUS["1007"]
    assert fetch(client_of(server), store, ["1007"]).unchanged == ["1007"]


def test_only_unknown_pmids(server, store):
    assert fetch(client_of(server), store, ["1", "2"]).missing == {"1": UNKNOWN, "2": UNKNOWN}


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (b"Title 1007<", b"Title & 1007<", "not well-formed XML"),
        (b"Title 1007</ArticleTitle>", b"Title 1007</Articletitle>", "mismatched tag"),
        (b"Title 1007<", b"Title &nbsp; 1007<", "undefined entity"),
        (b">1007</PMID>", b"></PMID>", "no PMID"),
    ],
)
def test_a_malformed_record_is_set_aside_and_named(server, store, before, after, reason):
    server.corpus["1007"] = CORPUS["1007"].replace(before, after)
    report = fetch(client_of(server), store, PMIDS)
    assert list(report.missing) == ["1007"]
    assert reason in report.missing["1007"]
    assert content(store) == {k: v for k, v in WHOLE.items() if k != "1007"}
    assert [entry.outcome for entry in store.entries(["1007"])] == ["malformed"]


def test_one_record_that_the_service_cannot_show(server, store):
    server.faults = [viewer_error(when=lambda p: "1007" in p["id"].split(","), times=None)]
    report = fetch(client_of(server, tries=2), store, PMIDS)
    assert list(report.missing) == ["1007"]
    assert "External viewer error" in report.missing["1007"]
    assert content(store) == {k: v for k, v in WHOLE.items() if k != "1007"}


def test_many_records_that_the_service_cannot_show(server, store):
    poisoned = set(PMIDS[3:60:8])
    server.faults = [viewer_error(when=lambda p: poisoned & set(p["id"].split(",")), times=None)]
    report = fetch(client_of(server, tries=1), store, PMIDS[:64], size=8)
    assert (report.missing.keys(), report.error) == (poisoned, None)
    assert len(report.new) == 64 - len(poisoned)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (down(503, first=2, times=None), "HTTP 503"),
        (Fault("drop", first=2, times=None), "cannot be reached"),
        (Fault("stall", first=2, seconds=3, times=None), "was silent"),
        (too_many(3600, first=2, times=None), "left alone for 3600 s"),
        (viewer_error(first=2, times=None), "External viewer error"),
        (Fault("status", first=2, times=None, body="<html></html>"), "an HTML page"),
    ],
)
def test_a_service_that_fails_half_way(server, store, fault, words):
    server.faults = [fault]
    report = fetch(client_of(server, tries=2), store, PMIDS)
    assert words in str(report.error)
    assert (len(report.new), len(report.missing)) == (200, 300)
    assert report.received + len(report.missing) == report.asked
    assert all(words in reason for reason in report.missing.values())
    fault.times = 0
    report = fetch(client_of(server), store, PMIDS)
    assert (report.there, len(report.new), report.missing) == (200, 300, {})
    assert content(store) == WHOLE


def test_nothing_is_declared_gone_on_one_reply(server, store):
    del server.corpus["1007"]
    server.faults = [viewer_error(when=lambda p: p["id"].count(",") > 100, times=None), down(503, first=3, times=None)]
    report = fetch(client_of(server, tries=1), store, PMIDS)
    assert len(report.new) == 99
    assert "HTTP 503" in report.missing["1007"]
    assert list(store.entries(["1007"])) == []


# --- the command --------------------------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path):
    """A knowledge base about nothing yet."""
    (tmp_path / "data").mkdir()
    shutil.copy(ROOT / "tests" / "tiny" / "kb.yaml", tmp_path / "data")
    return tmp_path / "data"


def command(data, server, *arguments, env=None):
    options = ["--data", str(data), "--url", server.url, "--tries", "2", "--backoff", "0", "--timeout", "0.5"]
    env = {"NCBI_EMAIL": "someone@example.org", "NCBI_API_KEY": None, "ENTREZ_URL": None} | (env or {})
    return CliRunner().invoke(pubmed, ["fetch", *options, *arguments], env=env, catch_exceptions=False)


def test_command_fetches_and_writes_the_snapshot(data, server):
    result = command(data, server, "1001", "01002", "1001")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "2 wanted, 0 up to date, 2 asked for",
        "2 received: 2 new, 0 changed, 0 unchanged",
        f"{data / 'citations.csv'}: 2 rows, 2 from PubMed, 0 from elsewhere",
    ]
    assert [row["title"] for row in snapshot.read(data / "citations.csv").values()] == ["Title 1001", "Title 1002"]
    assert (data.parent / "pubmed.db").is_file()
    assert len(load(data).citations) == 2
    again = command(data, server, "1001", "1002")
    assert (again.exit_code, again.stdout.splitlines()[0]) == (0, "2 wanted, 2 up to date, 0 asked for")
    assert len(server.requests) == 1


def test_command_lists_what_did_not_come(data, server):
    server.corpus["1002"] = b"<PubmedArticle><PMID>1002</PMID></PubmedArticle>"
    result = command(data, server, "1001", "1002", "9999")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[2:5] == ["2 not received:", "1002: no PMID", f"9999: {UNKNOWN}"]


@pytest.mark.parametrize(
    ("arguments", "env", "words"),
    [
        (["zorb"], {}, "'zorb' is not a PMID"),
        (["0"], {}, "'0' is not a PMID"),
        (["123456789"], {}, "'123456789' is not a PMID"),
        (["1001"], {"NCBI_EMAIL": ""}, "give --email or set NCBI_EMAIL"),
        (["1001", "--email", "me"], {}, "'me' is not an e-mail address"),
        (["1001", "--data", "nowhere"], {}, "nowhere"),
        (["1001", "--url", "gopher://x"], {}, "is not a web address"),
        (["1001", "--url", "http://127.0.0.1:9/"], {}, "cannot be reached"),
        (["1001", "--store", "/dev/null/x.db"], {}, "cannot be used as a store"),
    ],
)
def test_command_says_what_is_wrong_in_one_line(data, server, arguments, env, words):
    result = command(data, server, *arguments, env=env)
    assert result.exit_code == 2
    lines = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1 and words in lines[0]
    assert "Traceback" not in result.output


def test_command_with_a_key_that_is_refused(data, server):
    server.keys = {"good"}
    result = command(data, server, "1001", env={"NCBI_API_KEY": "very-secret"})
    assert result.exit_code == 2
    assert "NCBI_API_KEY" in result.stderr
    assert "very-secret" not in result.output
    assert command(data, server, "1001", env={"NCBI_API_KEY": "good"}).exit_code == 0
    assert b"good" not in (data.parent / "pubmed.db").read_bytes()


def test_command_names_faults_in_the_data(data, server):
    (data / "kb.yaml").write_text("name: 1\n")
    result = command(data, server)
    assert result.exit_code == 2
    assert "kb.yaml:1:" in result.stderr
    assert server.requests == []


def test_command_with_a_broken_snapshot(data, server):
    (data / "citations.csv").write_text("pmid\n1\n")
    assert command(data, server, "1001").exit_code == 2


def test_the_real_knowledge_base(tmp_path):
    """Every PMID of the knowledge base, over HTTP; then again, for nothing."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    wanted = {study.source.pmid for study in load(tmp_path / "data").studies.values() if study.source.pmid}
    before = snapshot.read(tmp_path / "data" / "citations.csv")
    with EntrezServer({pmid: article_xml(pmid) for pmid in wanted}) as server:
        assert command(tmp_path / "data", server).exit_code == 0
        asked = len(server.requests)
        assert command(tmp_path / "data", server).exit_code == 0
        assert len(server.requests) == asked
    after = snapshot.read(tmp_path / "data" / "citations.csv")
    assert after.keys() == before.keys() | wanted
    assert {pmid for pmid, row in after.items() if row["source"].startswith("PubMed via Entrez")} >= wanted
    load(tmp_path / "data")


def test_the_server_can_serve_a_snapshot(data, server, tmp_path):
    assert command(data, server, *PMIDS[:5]).exit_code == 0
    rows = snapshot.read(data / "citations.csv")
    with EntrezServer(corpus_of(data / "citations.csv")) as second:
        assert command(data, second, "--store", str(tmp_path / "second.db"), *PMIDS[:5]).exit_code == 0
    assert snapshot.read(data / "citations.csv") == rows


# --- killed ---------------------------------------------------------------------------------------------------


def kill_and_resume(data: Path, server: EntrezServer, pmids: list[str], rng: random.Random, kills: int):
    """Kill a fetch so many times, then let it finish."""
    program = [sys.executable, "-c", "from ingest.cli import pubmed; pubmed()", "fetch", "--data", str(data)]
    environment = {"NCBI_EMAIL": "someone@example.org", "NCBI_API_KEY": "k", "ENTREZ_URL": server.url, "PATH": ""}
    for left in range(kills, -1, -1):
        before = len(server.requests)
        process = subprocess.Popen(
            [*program, *pmids], env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        if left:
            # From the first request on, so that the moment falls into the work and not into the imports.
            while len(server.requests) == before and process.poll() is None:
                time.sleep(0.002)
            time.sleep(rng.uniform(0, 0.9))
            process.send_signal(signal.SIGKILL)
        out, error = process.communicate()
        # The last moments may come after the end.
        assert process.returncode in ((-signal.SIGKILL, 0) if left else (0,)), (out, error)


def killed_at_random(tmp_path: Path, seeds: range, kills: int):
    corpus = {
        str(pmid): article_xml(pmid, title=f"Title {pmid}", abstract="Words. " * 50) for pmid in range(2001, 4001)
    }
    for seed in seeds:
        data = tmp_path / str(seed) / "data"
        data.mkdir(parents=True)
        shutil.copy(ROOT / "tests" / "tiny" / "kb.yaml", data)
        with EntrezServer(corpus) as server:
            kill_and_resume(data, server, list(corpus), random.Random(seed), kills)
            assert server.busiest_second() <= 10
            # A killed run wastes the batch it was at, and no other.
            assert len(server.requests) <= 10 + kills
        rows = snapshot.read(data / "citations.csv")
        assert {pmid: row["title"] for pmid, row in rows.items()} == {pmid: f"Title {pmid}" for pmid in corpus}
        assert list(data.glob(".*")) == []
        with Store(data.parent / "pubmed.db") as store:
            assert store.db.execute("pragma integrity_check").fetchone()[0] == "ok"
            hashes = store.db.execute("select pmid, hash from citations order by pmid").fetchall()
        assert len(hashes) == 2000
        yield hashes


def test_killed_at_any_moment_it_goes_on(tmp_path):
    assert len({str(hashes) for hashes in killed_at_random(tmp_path, range(3), kills=1)}) == 1


@pytest.mark.slow
def test_killed_at_twenty_moments_it_goes_on(tmp_path):
    assert len({str(hashes) for hashes in killed_at_random(tmp_path, range(100, 120), kills=2)}) == 1

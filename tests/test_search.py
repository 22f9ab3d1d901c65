"""Searches over HTTP: past the window, with warnings, against a service that fails; and `kb pubmed search`."""

import datetime as dt
import itertools
import json

import pytest

from ingest.entrez import WINDOW
from ingest.esearch import Span, search
from ingest.hits import Hits
from ingest.reply import BadReply, Refused
from ingest.store import Store
from kb.load import load
from tests import moonwort
from tests.entrez_search import Indexed
from tests.entrez_server import BEYOND, EntrezServer, Fault, down
from tests.moonwort import LICHEN, MOSS, SEDGE, client_of, one_clear_line, run

TODAY = dt.date.today().isoformat()


@pytest.fixture
def server():
    with EntrezServer(moonwort.corpus(), limit=None) as server:
        yield server


@pytest.fixture
def data(tmp_path):
    return moonwort.copy(tmp_path)


@pytest.fixture
def hits(tmp_path):
    with Store(tmp_path / "pubmed.db") as store:
        yield Hits(store)


# --- what a query finds ---------------------------------------------------------------------------------


def test_a_query_finds_papers_newest_first(server):
    found = search(client_of(server), 'moonwort[tiab] AND "Hiccup"[Mesh]')
    assert (found.count, found.pmids, found.faults, found.notes) == (3, [SEDGE, LICHEN, MOSS], (), ())
    assert found.translation == '"moonwort"[Title/Abstract] AND "hiccup"[MeSH Terms]'


def test_nothing_found_is_no_fault(server):
    found = search(client_of(server), '"moonwort"[tiab] NOT "Hiccup"[Mesh]')
    assert found[:2] == (0, []) and found[3:] == ((), ())


@pytest.mark.parametrize(
    ("query", "faults", "notes"),
    [
        ('moonwort[tiab] OR "Hicup"[Mesh]', ['heading not found: "Hicup"[Mesh]'], []),
        ("moonwort[tiba]", ["field not known: tiba"], []),
        ("moonwort[tiab] OR zorb[tiab] OR blix[tiab]", [], ["found nowhere: zorb[tiab], blix[tiab]"]),
        ('moonwort[tiab] OR "zorb blix"[tiab]', [], ['not in PubMed\'s index of phrases: "zorb blix"[tiab]']),
    ],
)
def test_what_pubmed_does_not_know_is_told(server, query, faults, notes):
    found = search(client_of(server), query)
    assert (list(found.faults), list(found.notes)) == (faults, notes)
    assert found.count == 3


def test_a_heading_that_pubmed_reads_otherwise_is_told(server):
    server.faults = [Fault("change", change=lambda body: body.replace(b"[MeSH Terms]", b"[All Fields]"))]
    found = search(client_of(server), 'moonwort[tiab] AND "Hiccup"[Mesh] AND "Hiccup"[Mesh]')
    assert found.faults == ("heading not in PubMed's reading of the query: Hiccup",)


# --- more than one request can give -----------------------------------------------------------------------


def days(start: str, count: int):
    first = dt.date.fromisoformat(start)
    return [(first + dt.timedelta(days=n)).strftime("%Y/%m/%d") for n in range(count)]


def many(pdats, edats, count: int, first: int = 1) -> dict[str, Indexed]:
    """So many records without articles; dates are given out in turn."""
    dates = zip(itertools.cycle(pdats), itertools.cycle(edats), range(first, first + count), strict=False)
    return {str(pmid): Indexed("zorb", pdat, edat) for pdat, edat, pmid in dates}


@pytest.mark.parametrize(
    ("index", "most"),
    [
        (many(days("1950-01-01", 9000), ["2001/01/01"], WINDOW), 1),
        (many(days("1950-01-01", 9000), ["2001/01/01"], WINDOW + 1), 12),
        (many(days("2003-01-01", 365), ["2003/01/01"], 23_000), 35),
        (many(days("2003-07-01", 31), ["2003/01/01"], 15_000), 70),
        (many(["2003/01/01"], days("1990-01-01", 5000), 12_000), 80),
        (many(["2003/01/01"], days("1990-03-01", 31), 12_000) | many(["1871/05/06"], ["1990/01/01"], 20, 50_000), 125),
    ],
    ids=["none too many", "years", "months", "days", "entry", "days of entry"],
)
def test_all_hits_past_the_window(server, index, most):
    server.index = index
    found = search(client_of(server, timeout=5), "zorb[tiab]")
    assert found.count == len(index)
    assert found.pmids == sorted(index, key=int, reverse=True)
    assert len(server.requests) <= most
    assert {parameters["retmode"] for _, parameters in server.requests} == {"json"}


def test_more_than_the_window_on_one_day_is_not_passed_off_as_all(server):
    server.index = many(["2003/01/01"], ["2003/01/02"], WINDOW + 5)
    found = search(client_of(server, timeout=5), "zorb[tiab]")
    assert (found.count, len(found.pmids)) == (WINDOW + 5, WINDOW)


def test_a_service_that_ignores_dates_is_given_up_at_once(server):
    server.index = many(["2003/01/01"], ["2003/01/02"], WINDOW + 5)
    reply = {"esearchresult": {"count": "12000", "idlist": [str(n) for n in range(1, WINDOW + 1)]}}
    server.faults = [Fault("change", change=lambda _: json.dumps(reply).encode(), times=None)]
    with pytest.raises(BadReply, match="ignores the dates"):
        search(client_of(server, timeout=5), "zorb[tiab]")
    assert len(server.requests) == 3


def test_the_parts_of_a_span_are_the_span():
    for span in (Span.whole("pdat"), Span("pdat", dt.date(2004, 1, 1), dt.date(2004, 12, 31))):
        parts = [span]
        while parts[-1].start != parts[-1].end:
            parts = parts[:-1] + parts[-1].parts()
        assert (parts[0].start, parts[-1].end) == (span.start, span.end)
        for before, after in itertools.pairwise(parts):
            assert after.start - before.end == dt.timedelta(days=1)
    assert str(Span("pdat", dt.date(1999, 1, 1), dt.date(2004, 12, 31))) == "1999:2004[pdat]"
    assert str(Span("edat", dt.date(2004, 2, 1), dt.date(2004, 2, 29))) == "2004/02:2004/02[edat]"
    assert str(Span("edat", dt.date(2004, 2, 1), dt.date(2004, 2, 1))) == "2004/02/01:2004/02/01[edat]"


# --- a service that fails -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        down(502),
        Fault("drop"),
        Fault("cut"),
        Fault("short", keep=0.7),
        Fault("status", body="<html>Busy</html>"),
        Fault("status", body="Busy", content_type="text/plain"),
        Fault("change", change=lambda body: body.replace(f'"{MOSS}", '.encode(), b"")),
    ],
    ids=["502", "dropped", "cut", "short", "html", "text", "an id left out"],
)
def test_a_fault_that_passes_loses_nothing(server, fault):
    server.faults = [fault]
    assert search(client_of(server), "moonwort[tiab]").pmids == [SEDGE, LICHEN, MOSS]
    assert len(server.requests) == 2


def test_the_error_with_a_line_break_in_it_is_read(server):
    body = json.dumps({"esearchresult": {"ERROR": BEYOND}}).replace("\\n", "\n")
    server.faults = [Fault("status", body=body, content_type="application/json", times=None)]
    with pytest.raises(Refused, match="first 9,999 records") as caught:
        search(client_of(server), "moonwort[tiab]")
    assert "\n" not in str(caught.value)


def test_a_result_with_a_line_break_in_it_is_read(server):
    server.faults = [Fault("change", change=lambda body: body.replace(b"[Title/Abstract]", b"\n[Title/Abstract]"))]
    found = search(client_of(server), "moonwort[tiab]")
    assert (found.count, found.translation, len(server.requests)) == (3, '"moonwort"\n[Title/Abstract]', 1)


def test_a_reply_that_is_no_result(server):
    server.faults = [Fault("status", body='{"esearchresult": {"count": "many"}}', times=None)]
    with pytest.raises(BadReply, match="not the result of a search"):
        search(client_of(server), "moonwort[tiab]")


# --- the store ------------------------------------------------------------------------------------------------


def test_hits_are_kept_and_new_ones_told(server, hits):
    client = client_of(server)
    assert hits.save("a", "q", search(client, "moonwort[tiab]")) == [SEDGE, LICHEN, MOSS]
    assert hits.save("a", "q", search(client, "moonwort[tiab]")) == []
    assert hits.save("b", "q", search(client, "futile[tiab]")) == [LICHEN]
    del server.corpus[MOSS]
    server.corpus["99000004"] = moonwort.article_xml(99000004, title="More moonwort")
    assert hits.save("a", "q", search(client, "moonwort[tiab]")) == ["99000004"]
    assert hits.of("a") == {SEDGE, LICHEN, "99000004"}
    assert hits.of("a", ever=True) == {SEDGE, LICHEN, MOSS, "99000004"}
    assert (hits.of("b"), hits.last_run("b").count, hits.last_run("c")) == ({LICHEN}, 1, None)


def test_an_incomplete_run_takes_no_hit_away(server, hits):
    found = search(client_of(server), "moonwort[tiab]")
    hits.save("a", "q", found)
    hits.save("a", "q", found._replace(pmids=[SEDGE]))
    assert hits.of("a") == {SEDGE, LICHEN, MOSS}


# --- the command ------------------------------------------------------------------------------------------------


def test_command_writes_runs_and_reports(data, server):
    (data / "search_runs.csv").write_text("search,ran,hits\nstops-hiccups-null,2026-01-01,7\n")
    # What a killed run left behind.
    (data / ".search_runs.csv.part").write_text("search,ran")
    result = run(data, server, "search")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "stops-hiccups-all: 3 found, 3 new",
        "stops-hiccups-null: 1 found, 1 new",
        "green-tongue-all: 1 found, 1 new",
        "3 searches run: 3 different papers, 3 new to some search",
    ]
    rows = f"green-tongue-all,{TODAY},1\nstops-hiccups-all,{TODAY},3\nstops-hiccups-null,2026-01-01,7\n"
    assert (data / "search_runs.csv").read_text() == f"search,ran,hits\n{rows}stops-hiccups-null,{TODAY},1\n"
    written = (data / "search_runs.csv").read_text()
    assert "0 new to some" in run(data, server, "search").stdout
    assert (data / "search_runs.csv").read_text() == written
    assert len(load(data).search_runs) == 4
    assert list(data.glob(".*")) == []


def test_command_runs_those_named(data, server):
    assert run(data, server, "search", "stops-hiccups-null").stdout.startswith("stops-hiccups-null: 1 found")
    assert "2 searches run" in run(data, server, "search", "stops-hiccups").stdout
    shown = run(data, server, "search", "green-tongue-all", "--translations").stdout
    assert '  read as "moonwort"[Title/Abstract] AND "tongue"[Title/Abstract]' in shown


def test_command_shows_a_mistyped_heading(data, server):
    file = data / "searches.yaml"
    file.write_text(file.read_text().replace('"Hiccup"[Mesh]', '"Hicup"[Mesh]'))
    result = run(data, server, "search")
    assert result.exit_code == 1
    assert 'heading not found: "Hicup"[Mesh]; correct the query (stops-hiccups-all)' in result.stdout


def test_command_with_one_search_that_is_refused(data, server):
    error = '{"esearchresult": {"ERROR": "Unbalanced brackets"}}'
    server.faults = [Fault("status", body=error, times=None, when=lambda p: "futile" in p["term"])]
    result = run(data, server, "search")
    assert result.exit_code == 1
    assert "stops-hiccups-null: not run: " in result.stdout and "Unbalanced brackets" in result.stdout
    assert [run.search for run in load(data).search_runs] == ["green-tongue-all", "stops-hiccups-all"]


def test_command_with_a_service_that_goes_away(data, server):
    server.faults = [down(503, first=2, times=None)]
    result = run(data, server, "search")
    assert "stopped early" in one_clear_line(result)
    assert "green-tongue-all: not run: not asked for" in result.stdout
    assert [run.search for run in load(data).search_runs] == ["stops-hiccups-all"]


@pytest.mark.parametrize(
    ("arguments", "env", "words"),
    [
        (["zorb"], {}, "'zorb' is neither a search nor a claim"),
        ([], {"NCBI_EMAIL": ""}, "NCBI_EMAIL"),
        (["--store", "/dev/null/x.db"], {}, "cannot be used as a store"),
        (["--url", "http://127.0.0.1:9/"], {}, "cannot be reached"),
    ],
)
def test_command_says_what_is_wrong_in_one_line(data, server, arguments, env, words):
    assert words in one_clear_line(run(data, server, "search", *arguments, env=env))
    assert not (data / "search_runs.csv").exists()


def test_command_with_a_broken_table(data, server):
    (data / "search_runs.csv").write_text("search,ran\n")
    result = run(data, server, "search")
    assert "search_runs.csv:1: expected the columns search,ran,hits" in result.stderr
    assert one_clear_line(result) and server.requests == []

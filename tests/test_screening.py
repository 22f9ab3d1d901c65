"""Screening at the terminal and by spreadsheet, and the flow that it makes."""

import csv
import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from ingest import screening
from ingest.citation import Book, Citation, Journal
from ingest.flow import flow
from ingest.hits import Hits
from ingest.screening import Decision, queue, save
from ingest.store import Store
from kb.load import load
from kb.records import Search
from kb.vocabulary import ScreeningDecision
from tests import moonwort
from tests.conftest import ROOT
from tests.entrez_server import EntrezServer
from tests.moonwort import LICHEN, MOSS, SEDGE, one_clear_line, run

TODAY = dt.date.today().isoformat()
HEAD = "search,pmid,decision,reason,decided\n"
LEFT_LICHEN = f"stops-hiccups-all,{LICHEN},left,too small,{TODAY}\nstops-hiccups-null,{LICHEN},left,too small,{TODAY}\n"


@pytest.fixture
def server():
    with EntrezServer(moonwort.corpus(), limit=None) as server:
        yield server


@pytest.fixture
def data(tmp_path, server):
    """A knowledge base whose searches have run."""
    data = moonwort.copy(tmp_path)
    assert run(data, server, "search").exit_code == 0
    return data


def decisions(data) -> str:
    file = data / "screening.csv"
    return file.read_text() if file.exists() else ""


def waiting(data, kb=None) -> list[tuple[str, str]]:
    kb = kb or load(data)
    with Store(data.parent / "pubmed.db") as store:
        return [(w.claim, w.pmid) for w in queue(kb, Hits(store), data / "screening.csv", kb.searches.values())]


# --- what waits -----------------------------------------------------------------------------------------


def test_hits_wait_claim_by_claim_newest_first_without_the_studies(data):
    assert waiting(data) == [("stops-hiccups", SEDGE), ("stops-hiccups", LICHEN), ("green-tongue", SEDGE)]


def test_a_study_waits_for_the_claims_on_which_it_has_no_evidence(data):
    kb = load(data)
    moss = kb.studies["moss-2001"]
    kb.studies["moss-2001"] = moss.model_copy(update={"findings": moss.findings[1:]})
    assert waiting(data, kb)[2] == ("stops-hiccups", MOSS)


def test_a_decision_holds_for_searches_that_find_the_paper_later(data, server):
    run(data, server, "screen", "stops-hiccups", input="s\nl\ntoo small\n")
    assert decisions(data) == HEAD + LEFT_LICHEN
    extra = "- {id: third, claim: stops-hiccups, purpose: all, query: 'futile[tiab]'}\n"
    (data / "searches.yaml").write_text(moonwort.SEARCHES + extra)
    run(data, server, "search", "third")
    assert waiting(data) == [("stops-hiccups", SEDGE), ("green-tongue", SEDGE)]


# --- at the terminal ----------------------------------------------------------------------------------------


def test_take_leave_skip_quit(data, server):
    result = run(data, server, "screen", input="t\nl\ntoo small\ns\n")
    assert result.exit_code == 0, result.output
    assert "stops-hiccups: Moonwort stops hiccups." in result.stdout
    assert f"1 of 3  PMID {SEDGE}  stops-hiccups-all\n=Moonwort and the tongue\nJournal of Examples 2011; Journal" in (
        result.stdout
    )
    assert f"https://pubmed.ncbi.nlm.nih.gov/{SEDGE}/" in result.stdout
    assert result.stdout.endswith("screening.csv: 2 decided, 1 waiting\n")
    taken = f"stops-hiccups-all,{SEDGE},taken,bears on the claim,{TODAY}\n"
    first, second = LEFT_LICHEN.splitlines(keepends=True)
    assert decisions(data) == HEAD + first + taken + second
    assert len(load(data).screening) == 3
    assert waiting(data) == [("green-tongue", SEDGE)]
    assert run(data, server, "screen", input="q\n").stdout.endswith("0 decided, 1 waiting\n")
    assert len(server.asked("efetch")) == 1


def test_a_reason_can_be_picked_by_its_number(data, server):
    result = run(data, server, "screen", input="l\n7\n\n  not a trial \nl\n3\n1\nq\n")
    assert result.stdout.count("a few words, or the number of a reason above") == 2
    assert [row.reason for row in load(data).screening] == ["not a trial"] * 3
    assert "1 not a trial" in run(data, server, "screen", input="l\n1\n").stdout


def test_the_abstract_is_shown_on_demand(data, server):
    result = run(data, server, "screen", "stops-hiccups-null", input="a\nz\nA\nq\n")
    assert result.stdout.count("\nIt was futile.\n") == 2
    assert decisions(data) == ""


def test_a_retracted_paper_is_marked(data, server):
    links = [("RetractionIn", "5", None), ("ErratumIn", "6", None)]
    server.corpus[SEDGE] = moonwort.article_xml(SEDGE, title="Moonwort", links=links)
    shown = run(data, server, "screen", input="q\n").stdout
    assert "RETRACTED PMID 5\nCORRECTED PMID 6" in shown


def test_each_decision_is_saved_before_the_next_is_asked_for(data, server):
    program = [sys.executable, "-c", "from ingest.cli import pubmed; pubmed()", "screen", "--data", str(data)]
    environment = os.environ | {"NCBI_EMAIL": "a@example.org", "ENTREZ_URL": server.url, "NCBI_API_KEY": ""}
    process = subprocess.Popen(program, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    process.stdin.write(b"t\n")
    process.stdin.flush()
    end = time.monotonic() + 20
    while SEDGE not in decisions(data) and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert decisions(data) == f"{HEAD}stops-hiccups-all,{SEDGE},taken,bears on the claim,{TODAY}\n"


def test_two_people_at_once_lose_nothing(data, tmp_path):
    file = data / "screening.csv"
    both = ("stops-hiccups-all", "stops-hiccups-null")
    left = Decision("stops-hiccups", LICHEN, both, ScreeningDecision.LEFT, "too small")
    (data / "screening.csv").write_text(f"{HEAD}stops-hiccups-all,{SEDGE},taken,bears on the claim,2026-01-01\n")
    assert save(file, [left]) == 2
    assert save(file, [left], dt.date(2027, 1, 1)) == 0
    assert len(load(data).screening) == 3


def test_offline_papers_are_shown_as_far_as_they_are_known(data, server):
    result = run(data, None, "screen", input="q\n", env={"NCBI_EMAIL": ""})
    assert "NCBI_EMAIL" in one_clear_line(result)
    result = run(data, None, "screen", input="q\n")
    assert "with --offline papers are shown as far as they are known" in one_clear_line(result)
    result = run(data, None, "screen", "--offline", input="t\nq\n", env={"NCBI_EMAIL": ""})
    assert (result.exit_code, "1 decided, 2 waiting" in result.stdout) == (0, True)
    assert "Moonwort and the tongue" not in result.stdout
    run(data, server, "screen", input="q\n")
    assert "Moonwort is futile" in run(data, None, "screen", input="q\n").stdout


# --- by spreadsheet -------------------------------------------------------------------------------------------


def sheet(data, text: str, encoding="utf-8"):
    (data.parent / "decided.csv").write_bytes(text.encode(encoding))
    return data.parent / "decided.csv"


def test_out_to_a_spreadsheet_and_back(data, server):
    file = data.parent / "queue.csv"
    assert "queue.csv: 3 waiting" in run(data, server, "screen", "--to", file).stdout
    assert file.read_bytes().startswith(b"\xef\xbb\xbfsearch,pmid,decision,reason,title,")
    with open(file, encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["pmid"], row["claim"], row["year"]) for row in rows] == [
        (SEDGE, "stops-hiccups", "2011"),
        (LICHEN, "stops-hiccups", "2001"),
        (SEDGE, "green-tongue", "2011"),
    ]
    # No spreadsheet runs it as a formula.
    assert rows[0]["title"] == "'=Moonwort and the tongue"
    rows[1] |= {"decision": "Left", "reason": "too small"}
    rows[2]["decision"] = "t"
    lines = [";".join(rows[0]), *(";".join(row.values()) for row in rows)]
    result = run(data, server, "screen", "--from", sheet(data, "\r\n".join(lines) + "\r\n", "utf-8-sig"))
    assert result.exit_code == 0, result.output
    assert "2 decisions, 1 taken, 1 left" in result.stdout and "3 rows new or changed" in result.stdout
    taken = f"green-tongue-all,{SEDGE},taken,bears on the claim,{TODAY}\n"
    assert decisions(data) == HEAD + taken + LEFT_LICHEN
    assert "0 rows new" in run(data, server, "screen", "--from", data.parent / "decided.csv").stdout
    assert "is there already" in one_clear_line(run(data, server, "screen", "--to", file))


def test_a_decision_can_be_changed(data, server):
    head, line = "search,pmid,decision,reason\n", "stops-hiccups-null,{},{},{}\n"
    run(data, server, "screen", "--from", sheet(data, head + line.format(LICHEN, "taken", "")))
    text = head + line.format(f"{LICHEN}.0", "left", "too small")
    assert run(data, server, "screen", "--from", sheet(data, text)).exit_code == 0
    assert decisions(data) == HEAD + LEFT_LICHEN


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"zorb,{LICHEN},left,x", "search 'zorb' is not in searches.yaml"),
        ("stops-hiccups-all,9x,left,x", "'9x' is not a PMID"),
        (f"stops-hiccups-all,{LICHEN},maybe,x", "found the decision 'maybe', expected taken or left"),
        (f"stops-hiccups-all,{LICHEN},left,", "is left without a reason"),
        ("stops-hiccups-all,12345,left,x", "12345 is not a hit of stops-hiccups-all"),
        (f"stops-hiccups-null,{LICHEN},taken,", "in an earlier line, expected one decision"),
    ],
)
def test_a_faulty_row_stops_the_whole_file(data, server, line, words):
    text = f"search,pmid,decision,reason\nstops-hiccups-all,{LICHEN},left,too small\n{line}\n"
    result = run(data, server, "screen", "--from", sheet(data, text))
    told = one_clear_line(result)
    assert "decided.csv:3: " in told and words in told and "nothing" in told
    assert decisions(data) == ""


def test_all_faults_of_a_file_are_named(data, server):
    text = "search,pmid,decision,reason\nx,1,left,a\ny,2,left,b\n"
    result = run(data, server, "screen", "--from", sheet(data, text))
    assert "decided.csv:2: " in result.stderr and "decided.csv:3: " in one_clear_line(result)


@pytest.mark.parametrize(
    ("text", "encoding", "words"),
    [
        ("pmid,decision\n", "utf-8", "expected the columns search, pmid, decision, reason"),
        ("", "utf-8", "found none"),
        ("search,pmid,decision,reason\nx,1,left,zu wenig für uns\n", "latin-1", "not UTF-8 at byte"),
    ],
)
def test_a_file_that_is_no_sheet(data, server, text, encoding, words):
    assert words in one_clear_line(run(data, server, "screen", "--from", sheet(data, text, encoding)))


def test_wrong_arguments(data, server):
    assert "--to writes and --from reads" in one_clear_line(run(data, server, "screen", "--to", "a", "--from", "b"))
    assert "No such file" in one_clear_line(run(data, server, "screen", "--from", data.parent / "nowhere.csv"))
    assert "'zorb' is neither" in one_clear_line(run(data, server, "screen", "zorb"))
    run(data, server, "screen", input="t\nt\nt\n")
    assert "nothing waits" in run(data, server, "screen", "--to", data.parent / "q.csv").stdout


# --- the flow -----------------------------------------------------------------------------------------------------


def test_flow_of_a_claim(data, server):
    run(data, server, "screen", input="s\nl\ntoo small\nq\n")
    result = run(data, server, "flow", "stops-hiccups")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "stops-hiccups",
        "  identified       4  stops-hiccups-all 3, stops-hiccups-null 1",
        "  duplicates       1",
        "  screened         2",
        "    left           1  1 too small",
        "    taken          1  1 of them studies here",
        "  waiting          1",
        "  elsewhere        1  studies on the claim that the searches did not find",
        "1 claims, 2 searches: 4 identified, 1 waiting",
    ]
    counts = json.loads(run(data, server, "flow", "--json").stdout)
    assert [(c["claim"], c["waiting"], c["left"]) for c in counts] == [
        ("stops-hiccups", 1, {"too small": 1}),
        ("green-tongue", 1, {}),
    ]


def test_flow_of_searches_that_never_ran_here_or_were_rewritten(data, server):
    text = moonwort.SEARCHES.replace("futile", "vain") + "- {id: new, claim: green-tongue, purpose: all, query: a}\n"
    (data / "searches.yaml").write_text(text)
    shown = run(data, server, "flow").stdout
    assert "stops-hiccups-null: the query is another since it ran" in shown
    assert "green-tongue-all 1, new not run here" in shown


def test_flow_adds_up_whatever_was_decided(data, tmp_path):
    kb, chance = load(data), random.Random(7)
    searches = [Search(id=f"s{n}", claim="stops-hiccups", purpose="all", query="q") for n in range(3)]
    kb.searches = {search.id: search for search in searches}
    with Store(tmp_path / "other.db") as store:
        hits = Hits(store)
        for _ in range(20):
            rows = []
            for search in searches:
                store.db.execute("delete from hits where search = ?", [search.id])
                pmids = chance.sample(range(1, 60), 30)
                store.db.table("hits").insert_all(
                    {"search": search.id, "pmid": p, "first_found": TODAY, "found": chance.randint(0, 1)} for p in pmids
                )
                for pmid in chance.sample(range(1, 60), 20):
                    decision, reason = chance.choice([("taken", "x"), ("left", "a"), ("left", "b")])
                    rows.append({"search": search.id, "pmid": str(pmid), "decision": decision, "reason": reason})
            (counts,) = flow(kb, hits, rows, searches)
            assert counts.identified == counts.duplicates + counts.screened + counts.waiting
            assert counts.screened == counts.taken + sum(counts.left.values())
            decided = {row["pmid"] for row in rows}
            assert counts.screened == len(decided)
            assert counts.taken == len({row["pmid"] for row in rows if row["decision"] == "taken"})
            current = set().union(*(hits.of(search.id) for search in searches))
            assert counts.waiting == len(current - decided)


def test_journal_of_a_book():
    assert screening.journal(Citation("1", journal=Journal(medline="J Zorb"))) == "J Zorb"
    assert screening.journal(Citation("1", book=Book(title="On Zorb"))) == "On Zorb"
    assert screening.journal(Citation("1")) == ""

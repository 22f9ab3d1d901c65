"""`kb pubmed refresh`: one page on what is new, which claims it touches, and which verdicts would change."""

import datetime as dt

import pytest

from kb.load import load
from tests import moonwort
from tests.conftest import ROOT
from tests.entrez_server import EntrezServer, article_xml, down
from tests.moonwort import HICCUP, LICHEN, MOSS, SEDGE, one_clear_line, run


@pytest.fixture
def server():
    with EntrezServer(moonwort.corpus(), limit=None) as server:
        yield server


@pytest.fixture
def data(tmp_path):
    return moonwort.copy(tmp_path)


def part(page: str, title: str) -> list[str]:
    """The lines under a heading of the page."""
    (found,) = [block for block in page.split("\n\n") if block.startswith(title)]
    return [line.strip() for line in found.splitlines()[1:]]


def curated(data) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in data.rglob("*.yaml")}


def test_the_first_refresh(data, server):
    before = curated(data)
    result = run(data, server, "refresh")
    assert result.exit_code == 0, result.output
    page = result.stdout
    assert page.startswith(f"Refreshed on {dt.date.today()}\n")
    assert part(page, "Verdicts: 2 claims touched, 0 would change") == [
        "green-tongue: supported, before and after (new papers: 1)",
        "stops-hiccups: contested, before and after (new papers: 2)",
    ]
    assert part(page, "New papers") == [
        "stops-hiccups: 2",
        f"{SEDGE} =Moonwort and the tongue",
        f"{LICHEN} Moonwort is futile",
        "green-tongue: 1",
        f"{SEDGE} =Moonwort and the tongue",
    ]
    assert part(page, "Standing") == ["PubMed: 1 none, 1 unchecked"]
    assert part(page, "Records") == ["1 wanted, 0 up to date, 1 asked for, 1 received"]
    assert part(page, "Searches") == ["3 searches run: 3 different papers, 3 new to some search"]
    assert page.endswith("3 papers wait to be screened: kb pubmed screen\n")
    assert curated(data) == before
    kb = load(data)
    assert (len(kb.search_runs), len(kb.citations), len(kb.standing)) == (3, 1, 2)
    assert list(data.glob(".*")) == []


def test_a_second_refresh_has_nothing_to_tell(data, server):
    run(data, server, "refresh")
    page = run(data, server, "refresh").stdout
    assert part(page, "Verdicts: 0 claims touched, 0 would change") == ["no claim touched"]
    assert part(page, "New papers") == ["none"]
    assert part(page, "Records") == ["1 wanted, 1 up to date, 0 asked for, 0 received"]


def test_a_retraction_changes_verdicts(data, server):
    run(data, server, "refresh")
    server.corpus[MOSS] = article_xml(MOSS, title="Moonwort", mesh=[HICCUP], links=[("RetractionIn", "5", None)])
    assert "0 would change" in run(data, server, "refresh").stdout
    page = run(data, server, "refresh", "--days", "0").stdout
    touched = part(page, "Verdicts: 2 claims touched, 2 would change")
    assert touched == [
        "green-tongue: supported → insufficient-evidence (standing of moss-2001; stored: supported)",
        "stops-hiccups: contested → not-supported (standing of moss-2001; stored: contested)",
    ]
    assert part(page, "Standing")[1] == "moss-2001: none → retracted, says PubMed via Entrez (127.0.0.1): PMID 5"
    assert part(page, "Records")[1] == "changed: moss-2001"


def test_a_correction_touches_claims_and_changes_no_verdict(data, server):
    run(data, server, "refresh")
    server.corpus[MOSS] = article_xml(MOSS, title="Moonwort", mesh=[HICCUP], links=[("ErratumIn", "5", None)])
    page = run(data, server, "refresh", "--days", "0").stdout
    assert part(page, "Verdicts: 2 claims touched, 0 would change") == [
        "green-tongue: supported, before and after (standing of moss-2001)",
        "stops-hiccups: contested, before and after (standing of moss-2001)",
    ]


def test_many_new_papers_are_counted_only(data, server):
    for pmid in range(99001000, 99001060):
        server.corpus[str(pmid)] = article_xml(pmid, title="Moonwort", mesh=[HICCUP])
    page = run(data, server, "refresh").stdout
    assert part(page, "New papers") == ["stops-hiccups: 62", "green-tongue: 1"]
    assert len(server.asked("efetch")) == 1


def test_what_did_not_come_is_listed(data, server):
    file = data / "searches.yaml"
    file.write_text(file.read_text().replace('"Hiccup"[Mesh]', '"Hicup"[Mesh]'))
    del server.corpus[MOSS]
    result = run(data, server, "refresh")
    assert result.exit_code == 1
    gone = "no such record there: never was, or deleted"
    assert part(result.stdout, "Records")[1] == f"1 not received, {gone}: {MOSS}"
    assert part(result.stdout, "Standing")[1] == "1 unchecked, PubMed has no record of that PMID: moss-2001"
    fault = 'heading not found: "Hicup"[Mesh]; correct the query (stops-hiccups-all)'
    assert part(result.stdout, "Searches")[0] == fault


@pytest.mark.parametrize("first", [1, 2, 4])
def test_a_service_that_goes_away_loses_nothing(data, server, first):
    server.faults = [down(503, first=first, times=None)]
    result = run(data, server, "refresh")
    assert "stopped early" in one_clear_line(result)
    assert "HTTP 503" in part(result.stdout, "Records")[1]
    assert [row.kind for row in load(data).standing] == ["unchecked", "unchecked"]
    assert len(load(data).search_runs) == first - 1
    server.faults = []
    result = run(data, server, "refresh")
    assert result.exit_code == 0
    assert result.stdout.endswith("3 papers wait to be screened: kb pubmed screen\n")
    assert len(load(data).search_runs) == 3


@pytest.mark.parametrize(
    ("arguments", "env", "words"),
    [
        ([], {"NCBI_EMAIL": ""}, "NCBI_EMAIL"),
        (["--retraction-watch", "nowhere.csv"], {}, "nowhere.csv: cannot be read"),
        (["--store", "/dev/null/x.db"], {}, "cannot be used as a store"),
        (["--data", "nowhere"], {}, "faults in nowhere"),
    ],
)
def test_wrong_input_is_found_before_anything_is_asked(data, server, arguments, env, words):
    assert words in one_clear_line(run(data, server, "refresh", *arguments, env=env))
    assert server.requests == []


def test_make_refresh_runs_it():
    recipe = (ROOT / "Makefile").read_text().partition("\nrefresh:")[2].splitlines()[1]
    assert recipe == "\t$(KB) pubmed refresh"

"""`kb pubmed resolve`: PMIDs found over HTTP, compared with the study, and entered into its file."""

import pytest
import yaml

from ingest.resolve import Unresolved, confirmed, queries
from kb.load import load
from kb.records import Source
from tests import moonwort
from tests.entrez_server import EntrezServer, Fault, article_xml, down
from tests.moonwort import MOSS, one_clear_line, run

FERN, TWIN = "99000007", "99000008"
AGREED = "title, first author, year, journal"


def record(pmid=FERN, **changes) -> bytes:
    """The record of the paper that fern-2003 is."""
    given = {
        "title": "No effect of moonwort.",
        "authors": (("Fern", "C"),),
        "journal": "Journal of Invented Research",
        "year": "2003",
        "doi": "10.9999/JIR.2003.7",
    }
    return article_xml(pmid, **(given | changes))


@pytest.fixture
def server():
    with EntrezServer({FERN: record()}, limit=None) as server:
        yield server


@pytest.fixture
def data(tmp_path):
    return moonwort.copy(tmp_path)


def fern(data):
    return data / "studies" / "fern-2003.yaml"


def asked(server) -> list[str]:
    return [parameters["term"] for tool, parameters in server.requests if tool == "esearch"]


def unresolved(result) -> str:
    assert result.exit_code == 1, result.output
    line, total = result.output.splitlines()
    assert total == "0 of 1 resolved"
    return line.removeprefix("fern-2003: ")


# --- what is taken ------------------------------------------------------------------------------------


def test_by_doi_and_nothing_is_written_unless_told(data, server):
    before = fern(data).read_bytes()
    result = run(data, server, "resolve")
    assert result.output.splitlines() == [
        f"fern-2003: PMID {FERN}: {AGREED}, DOI agree",
        "1 of 1 resolved",
        "nothing written; --write enters them",
    ]
    assert result.exit_code == 0
    assert asked(server) == ['"10.9999/jir.2003.7"[AID]']
    assert fern(data).read_bytes() == before


def test_by_title_first_author_and_year_where_pubmed_has_no_doi(data, server):
    server.corpus[FERN] = record(doi=None)
    result = run(data, server, "resolve", "fern-2003")
    assert f"PMID {FERN}: {AGREED} agree\n" in result.output
    assert asked(server)[1] == '"No effect of moonwort"[Title] AND Fern[1au] AND 2003[dp]'


def test_write_changes_these_lines_only_and_the_next_fetch_asks_nothing(data, server):
    text = "# By hand.\n" + fern(data).read_text().replace("unconfirmed\n", "unconfirmed  # not seen yet\n")
    fern(data).write_text(text)
    result = run(data, server, "resolve", "--write")
    assert result.exit_code == 0 and f"fern-2003: PMID {FERN} entered: " in result.output
    new = f"  pmid: '{FERN}'\n  pmid_status: confirmed  # not seen yet\n"
    assert fern(data).read_text() == text.replace("  pmid_status: unconfirmed  # not seen yet\n", new)
    assert load(data).studies["fern-2003"].source.pmid == FERN
    assert not list(data.rglob("*.part"))

    server.corpus[MOSS] = moonwort.corpus()[MOSS]
    server.requests.clear()
    assert run(data, server, "fetch").exit_code == 0
    assert server.asked() == [[MOSS]]
    again = run(data, server, "resolve", "--write", "fern-2003")
    assert again.output == f"fern-2003: nothing to resolve, {FERN}\n0 of 0 resolved\n" and again.exit_code == 0


# --- what is not taken --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": "On ferns"}, "title: ours No effect of moonwort, PubMed's On ferns"),
        ({"authors": (("Moss", "A"),)}, "author: ours Fern C, PubMed's Moss"),
        ({"authors": ()}, "author: ours Fern C, PubMed's (none)"),
        ({"year": "2005"}, "year: ours 2003, PubMed's 2005"),
        ({"journal": "Lancet"}, "journal: ours J Invented Res, PubMed's Lancet"),
    ],
)
def test_the_doi_alone_is_not_enough(data, server, change, said):
    server.corpus[FERN] = record(**change)
    before = fern(data).read_bytes()
    assert unresolved(run(data, server, "resolve", "--write")) == f"found a different paper: PMID {FERN} ({said})"
    assert fern(data).read_bytes() == before


def test_the_title_with_another_doi_is_another_paper(data, server):
    server.corpus[FERN] = record(doi="10.9999/other")
    line = unresolved(run(data, server, "resolve"))
    assert line == f"found a different paper: PMID {FERN} (doi: ours 10.9999/jir.2003.7, PubMed's 10.9999/other)"


def test_several_candidates(data, server):
    server.corpus |= {pmid: record(pmid, doi=None) for pmid in (FERN, TWIN)}
    line = unresolved(run(data, server, "resolve", "--write"))
    assert line == f"several candidates, PMIDs {FERN}, {TWIN}; enter the right one by hand"


def test_one_of_several_candidates_agrees(data, server):
    server.corpus |= {FERN: record(doi=None), TWIN: record(TWIN, doi=None, journal="Lancet")}
    assert f"PMID {FERN}: {AGREED} agree\n" in run(data, server, "resolve").output


def test_too_many_candidates_are_not_fetched(data, server):
    server.corpus |= {str(99000100 + i): record(99000100 + i) for i in range(30)}
    assert unresolved(run(data, server, "resolve")).startswith("31 candidates, too many to compare")
    assert server.asked() == []


def test_not_in_pubmed(data, server):
    server.corpus.clear()
    assert unresolved(run(data, server, "resolve")) == "not in PubMed by DOI, nor by title, first author and year"


def test_a_candidate_whose_record_does_not_come(data, server):
    server.faults.append(Fault("change", "efetch", times=None, change=lambda xml: xml.replace(FERN.encode(), b"1")))
    assert unresolved(run(data, server, "resolve")).startswith(f"PMID {FERN} not received: ")


def test_a_pmid_that_another_study_has(data, server):
    moss = data / "studies" / "moss-2001.yaml"
    moss.write_text(moss.read_text().replace(MOSS, FERN))
    before = fern(data).read_bytes()
    line = unresolved(run(data, server, "resolve", "--write"))
    assert line == f"PMID {FERN} is that of moss-2001 too; keep one study per paper"
    assert fern(data).read_bytes() == before


def test_a_pmid_that_two_studies_would_get(data, server):
    twin = data / "studies" / "fern-2003-again.yaml"
    twin.write_text(fern(data).read_text().replace("fern-2003", "fern-2003-again").replace("2003.7", "2003.8"))
    twin.write_text(twin.read_text().replace("  doi: 10.9999/jir.2003.8", "  url: https://example.org/fern"))
    result = run(data, server, "resolve", "--write")
    assert result.exit_code == 1 and "0 of 2 resolved" in result.output
    assert f"fern-2003: PMID {FERN} is that of fern-2003-again too" in result.output
    assert f"fern-2003-again: PMID {FERN} is that of fern-2003 too" in result.output


# --- files --------------------------------------------------------------------------------------------


def test_a_file_that_would_bring_a_fault_is_put_back(data, server):
    # A curator spoils another file while PubMed is asked.
    server.faults.append(Fault("change", "efetch", change=lambda xml: (data / "strange.txt").write_text("?") and xml))
    before = fern(data).read_bytes()
    line = unresolved(run(data, server, "resolve", "--write"))
    assert line.startswith(f"PMID {FERN} not entered, the records would have a fault: strange.txt:1: unknown file")
    assert fern(data).read_bytes() == before
    assert not list(data.rglob("*.part"))


def test_a_layout_that_has_no_line_to_change_is_left_alone(data, server):
    study = yaml.safe_load(fern(data).read_text())
    fern(data).write_text(yaml.safe_dump(study, default_flow_style=True))
    before = fern(data).read_bytes()
    assert "no line of its own; enter it by hand" in unresolved(run(data, server, "resolve", "--write"))
    assert fern(data).read_bytes() == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"source:\n  pmid_status: unconfirmed\n", b"source:\n  pmid: '7'\n  pmid_status: confirmed\n"),
        (b"source:\r\n  pmid_status: unconfirmed\r\n", b"source:\r\n  pmid: '7'\r\n  pmid_status: confirmed\r\n"),
        (b"source:\n    pmid_status: 'unconfirmed'", b"source:\n    pmid: '7'\n    pmid_status: confirmed"),
        (
            b"source:\n  pmid_status: unconfirmed # soon\n  pmid:  # none\n",
            b"source:\n  pmid_status: confirmed # soon\n  pmid: '7'  # none\n",
        ),
        (
            b"a: |\n  pmid_status: unconfirmed\nsource:\n  pmid: null\n  pmid_status: unconfirmed\n",
            b"a: |\n  pmid_status: unconfirmed\nsource:\n  pmid: '7'\n  pmid_status: confirmed\n",
        ),
    ],
)
def test_lines_of_a_file(before, after):
    assert confirmed(before, "7") == after


def test_a_pmid_that_is_there_is_not_overwritten():
    with pytest.raises(Unresolved, match="by hand"):
        confirmed(b"source:\n  pmid: '8'\n  pmid_status: unconfirmed\n", "7")


def test_queries_keep_to_the_syntax():
    source = Source(
        title='The "green" [tongue] & <i>Lunaria</i>', authors=["Society of Moss"], journal="J", year=2001,
        pmid_status="unconfirmed", doi="10.9999/0304-3959(96)03080-1",
    )  # fmt: skip
    assert list(queries(source)) == [
        '"10.9999/0304-3959(96)03080-1"[AID]',
        '"The green tongue & Lunaria"[Title] AND 2001[dp]',
    ]


# --- bad input ----------------------------------------------------------------------------------------


def test_an_unknown_study(data, server):
    assert "ferm-2003: no such study in " in one_clear_line(run(data, server, "resolve", "ferm-2003"))
    assert not server.requests


def test_unreachable(data):
    result = run(data, None, "resolve", "--write")
    assert one_clear_line(result).startswith("Error: stopped early: 127.0.0.1:9 cannot be reached")
    assert "fern-2003: not answered: " in result.output


def test_what_came_before_the_service_went_away_is_entered(data, server):
    twin = data / "studies" / "later-2004.yaml"
    twin.write_text(fern(data).read_text().replace("fern-2003", "later-2004"))
    server.faults.append(down(503, first=3, times=None))
    result = run(data, server, "resolve", "--write")
    assert "stopped early" in one_clear_line(result)
    assert f"fern-2003: PMID {FERN} entered" in result.output and "later-2004: not answered" in result.output
    assert load(data).studies["fern-2003"].source.pmid == FERN

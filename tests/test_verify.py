"""`kb pubmed verify`, and `kb build --store`: from abstracts fetched over HTTP to sentences on the page."""

import shutil
import sqlite3

import pytest
import sqlite_utils
import yaml
from click.testing import CliRunner

from ingest.cli import pubmed
from ingest.same_paper import differences, is_another_paper, words
from ingest.store import VERSION, Store
from kb import abstracts, located
from kb.build import build
from kb.cli import main
from kb.load import load
from kb.records import Source
from tests.conftest import TINY, Site
from tests.entrez_server import EntrezServer, article_xml
from tests.test_store import citation

PMID = "99000001"
METHODS = "Sixty adults were randomised to moonwort or water & watched for 1 hour."
RESULTS = "Moonwort was well liked. Hiccups were rarer (mean difference −3 [95% CI, −5 to −1] a minute; P < 0.05)."


def sections(*parts: tuple[str, str]) -> bytes:
    """The inside of an abstract of several labelled parts."""
    texts = [f"<S Label={label!r} NlmCategory={label!r}>{text}</S>" for label, text in parts]
    whole = "".join(texts).replace("&", "&amp;").replace("< ", "&lt; ").replace("<S", "<AbstractText")
    return f"</AbstractText>{whole.replace('</S>', '</AbstractText>')}<AbstractText>".encode()


def record(**changes) -> bytes:
    """The record of the paper that moss-2001 is."""
    given = {
        "title": b"Moonwort <i>Lunaria</i> against hiccups &amp; sneezing.",
        "authors": (("Moss", "A"), ("van der Fern", "B")),
        "journal": "Journal of invented research",
        "abstract": sections(("METHODS", METHODS), ("RESULTS", RESULTS)),
    }
    return article_xml(PMID, **(given | changes))


class Base:
    """The invented topic in a folder of its own, with a store that was filled over HTTP."""

    def __init__(self, folder, xml: bytes | None):
        self.data, self.store, self.out = folder / "data", folder / "pubmed.db", folder / "kb.db"
        shutil.copytree(TINY, self.data)
        with EntrezServer({PMID: xml} if xml else {}, limit=None) as server:
            arguments = ["fetch", "--data", self.data, "--url", server.url, "--email", "a@example.org"]
            run = CliRunner().invoke(pubmed, list(map(str, arguments)))
        assert run.exit_code == (0 if xml else 1), run.output

    def figures(self, *numbers: str, depth: str = "abstract"):
        """Put other figures into the first finding of moss-2001."""
        path = self.data / "studies" / "moss-2001.yaml"
        study = yaml.safe_load(path.read_text(encoding="utf-8"))
        study["findings"][0]["numbers"], study["read"]["depth"] = list(numbers), depth
        path.write_text(yaml.safe_dump(study, allow_unicode=True), encoding="utf-8")

    def verify(self, *arguments: str):
        return CliRunner().invoke(pubmed, ["verify", "--data", str(self.data), *arguments])

    def build(self, store=None):
        arguments = ["build", "--data", self.data, "--out", self.out, "--store", store or self.store]
        return CliRunner().invoke(main, list(map(str, arguments)))


@pytest.fixture
def base(tmp_path):
    return Base(tmp_path, record())


# --- figures ------------------------------------------------------------------------------------------


def test_n_of_n_are_found_and_exit_0(base):
    base.figures("-3", "95% CI -5 to -1", "P < 0.05", "Sixty", "1 hour")
    run = base.verify()
    assert run.output.startswith("5 of 5 figures found, in the abstracts of 1 studies\n")
    assert "no confirmed PMID: 1\n  fern-2003: figures not looked for: 0\n" in run.output
    assert run.exit_code == 0


@pytest.mark.parametrize(
    "figure", ["3", "-30", "95% CI -5 to 1", "90% CI -5 to -1", "P > 0.05", "P < 0.5", "16", "1 week", "not liked"]
)
def test_a_figure_that_is_not_there_is_named_and_exits_1(base, figure):
    base.figures("-3", figure)
    run = base.verify()
    assert run.output.startswith("1 of 2 figures found")
    assert f"not in the abstract, where they were read: 1\n  moss-2001/fewer: {figure}\n" in run.output
    assert run.exit_code == 1


def test_a_figure_read_in_the_full_text_need_not_be_in_the_abstract(base):
    base.figures("-3", "17 of 29", depth="full-text")
    run = base.verify()
    assert "not in the abstract, but read elsewhere: 1\n  moss-2001/fewer: 17 of 29\n" in run.output
    assert run.exit_code == 0


def test_located_lists_section_and_characters(base):
    base.figures("-3", "P < 0.05", "Sixty")
    begin = RESULTS.index("Hiccups")
    run = base.verify("--located", "moss-2001")
    assert f"moss-2001/fewer\tMETHODS\t0-{len(METHODS)}\tSixty\n" in run.output
    assert f"moss-2001/fewer\tRESULTS\t{begin}-{len(RESULTS)}\t-3; P < 0.05\n" in run.output
    assert "fern-2003" not in run.output


# --- abstracts and papers that are not there ----------------------------------------------------------


def test_an_abstract_never_fetched_is_named_and_exits_1(tmp_path):
    run = Base(tmp_path, None).verify()
    assert "not in the store, run kb pubmed fetch: 1\n  moss-2001: figures not looked for: 1\n" in run.output
    assert run.exit_code == 1


def test_a_paper_without_abstract_is_named(tmp_path):
    run = Base(tmp_path, record(abstract=None)).verify()
    assert run.output.startswith("0 of 0 figures found, in the abstracts of 0 studies\nPubMed has no abstract: 1\n")
    assert run.exit_code == 0


def test_a_wrong_pmid_shows_at_once(tmp_path):
    base = Base(tmp_path, record(title="Soup and well-being", authors=(("Leek", "B"),), journal="Soup", year="1990"))
    run = base.verify()
    assert "another paper? correct the PMID: 1\n  moss-2001, PMID 99000001: title: ours Moonwort" in run.output
    assert (
        "PubMed's Soup and well-being; author: ours Moss A, PubMed's Leek; year: ours 2001, PubMed's 1990" in run.output
    )
    assert run.exit_code == 1


def test_a_slip_in_the_record_is_not_called_another_paper(tmp_path):
    run = Base(tmp_path, record(year="2002")).verify()
    assert (
        "cited otherwise than in PubMed: 1\n  moss-2001, PMID 99000001: year: ours 2001, PubMed's 2002\n" in run.output
    )
    assert "another paper" not in run.output
    assert run.exit_code == 1


SOURCE = {
    "title": "Moonwort and the α-wave: a long trial",
    "authors": ["van der Möss-Fern A"],
    "journal": "J Invent Res",
    "year": 2001,
    "pmid": "7",
    "pmid_status": "confirmed",
}
THEIRS = {
    "title": "Moonwort and the α-wave: a long trial",
    "authors": [("van der Möss-Fern", "A")],
    "journal": "The Journal of invented research (Bethesda, Md.)",
    "year": "2001",
}


@pytest.mark.parametrize(
    "ours, theirs",
    [
        ({}, {}),
        ({}, {"title": "Moonwort and the α-wave."}),
        ({"title": "Moonwort and the α-wave"}, {}),
        ({}, {"title": "[MOONWORT AND THE α WAVE: A LONG TRIAL]."}),
        ({}, {"authors": [("Van Der Moss-Fern", "AB")]}),
        ({"authors": ["Moonwort Study Group"]}, {"authors": ["Moonwort Study Group"]}),
        ({"authors": ["Anonymous"]}, {"authors": []}),
        ({"journal": "The Journal of Invented Research"}, {"journal": "J. Invent. Res."}),
        ({}, {"date": "2000 Dec-2001 Jan"}),
    ],
)
def test_the_same_paper_in_other_print_is_the_same(ours, theirs):
    assert differences(Source(**SOURCE | ours), citation("7", **THEIRS | theirs)) == {}


@pytest.mark.parametrize(
    "what, ours",
    [
        ("title", {"title": "Moonwort and the β-wave: a long trial"}),
        ("title", {"title": "Moonwort"}),
        ("author", {"authors": ["Moss A"]}),
        ("year", {"year": 2003}),
        ("journal", {"journal": "J Invent Rev"}),
        ("journal", {"journal": "J Res"}),
    ],
)
def test_every_difference_is_named(what, ours):
    found = differences(Source(**SOURCE | ours), citation("7", **THEIRS))
    assert list(found) == [what]
    assert not is_another_paper(found)


def test_words_have_no_markup_accents_or_case():
    assert words("<i>Möss</i> & P&lt;0.05") == ["moss", "and", "p", "and", "lt", "0", "05"]


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["nobody-1900"], "nobody-1900: no such study in"),
        (["--store", "nowhere.db"], "nowhere.db is missing; run kb pubmed fetch"),
        (["--store", "README.md"], "cannot be used as a store"),
        (["--data", "nowhere"], "faults in nowhere"),
    ],
)
def test_bad_input_is_one_clear_line(base, arguments, says):
    run = base.verify(*arguments)
    assert says in run.output.strip().splitlines()[-1]
    assert run.exit_code == 2


# --- for readers --------------------------------------------------------------------------------------


def test_the_claim_page_shows_the_sentence_under_the_finding(base):
    base.figures("-3", "P < 0.05", "Sixty")
    run = base.build()
    assert "abstracts: 1; sentences located: 2, for findings: 1\n" in run.output
    page = Site(base.out).get("/claims/stops-hiccups")
    hiccups = RESULTS[RESULTS.index("Hiccups") :].replace("<", "&lt;")
    assert f'<blockquote class="located"><p>{hiccups}</p>' in page.text
    assert "From the abstract, results: -3; P &lt; 0.05" in page.text
    assert "watched for 1 hour." in page.text
    assert "Moonwort was well liked" not in page.text
    located = Site(base.out).get("/claims/stops-hiccups.json").json()["located"]
    places = [place for some in located.values() for place in some]
    assert [place["label"] for place in places] == ["METHODS", "RESULTS"]


def test_places_are_those_of_the_characters(base):
    base.figures("P < 0.05")
    base.build()
    row = sqlite_utils.Database(base.out).query(
        "SELECT *, substr(text, start + 1, stop - start) AS sentence "
        "FROM located_sentence JOIN abstract_section ON abstract_section.id = section"
    )
    (place,) = row
    assert place["sentence"] == RESULTS[place["start"] : place["stop"]] == RESULTS[RESULTS.index("Hiccups") :]
    assert (place["finding"], place["section"], place["position"]) == ("moss-2001/fewer", f"PMID:{PMID}/2", 2)


def test_the_content_hash_covers_the_abstracts(base):
    kb = load(base.data)
    plain = build(kb, base.out)
    with_abstracts = base.build().output.split()[-1]
    assert with_abstracts != plain
    assert base.build().output.split()[-1] == with_abstracts
    assert build(load(base.data), base.out) == plain


def test_without_a_store_the_tables_are_there_and_empty(tiny_path):
    db = sqlite_utils.Database(tiny_path)
    assert (db["abstract_section"].count, db["located_sentence"].count) == (0, 0)


@pytest.mark.parametrize(
    "name, says", [("nowhere.db", "is missing; run kb pubmed fetch"), ("kb.yaml", "cannot be read")]
)
def test_a_build_from_no_store_is_one_clear_line_and_no_database(base, name, says):
    run = base.build(base.data / name)
    assert run.exit_code == 2
    assert says in run.output.strip().splitlines()[-1]
    assert not base.out.exists()


def test_a_store_of_the_first_format_gets_its_view(base):
    with sqlite3.connect(base.store) as connection:
        connection.executescript("DROP VIEW abstract_sections; PRAGMA user_version = 1")
    assert "cannot be read as a store: no such table: abstract_sections" in base.build().output
    with Store(base.store) as store:
        assert store.db.execute("pragma user_version").fetchone()[0] == VERSION
        assert PMID in store.received()
    assert base.build().exit_code == 0


def test_only_abstracts_of_cited_papers_are_taken(base):
    with Store(base.store) as store:
        store.save([citation("5", abstract="Of a paper that nobody cites.")], source="PubMed via Entrez")
    kb = load(base.data)
    assert set(abstracts.read(base.store, ["5", PMID])) == {"5", PMID}
    rows = located.tables(kb, abstracts.read(base.store, ["5", PMID]))
    assert {row["citation"] for row in rows["abstract_section"]} == {f"PMID:{PMID}"}

"""Standing: what a record or the Retraction Watch data mean for a paper, `standing.csv`, and the verdict."""

import datetime as dt

import pytest

from ingest.notices import GONE, NO_PMID, NOT_FETCHED, UNKNOWN, from_pubmed, marks
from ingest.pubmed_xml import read
from ingest.refresh import verdicts
from ingest.retraction_watch import ASKED
from ingest.standing import update
from ingest.store import Store
from kb.load import load
from kb.vocabulary import StandingKind as Kind
from tests import moonwort
from tests.entrez_server import EntrezServer, article_xml
from tests.moonwort import MOSS, one_clear_line, run

HEAD = "study,kind,asked,notice,checked\n"
SOURCE = "PubMed via Entrez"
MONDAY, TUESDAY = dt.date(2026, 1, 5), dt.date(2026, 1, 6)
RETRACTED = ("D016441", "Retracted Publication")


def citation(**fields):
    (record,) = read(article_xml(MOSS, **fields))
    return record


@pytest.fixture
def data(tmp_path):
    return moonwort.copy(tmp_path)


@pytest.fixture
def store(data):
    with Store(data.parent / "pubmed.db") as store:
        yield store


def table(data) -> str:
    return (data / "standing.csv").read_text()


# --- a record ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ({}, {}),
        ({"types": [RETRACTED]}, {Kind.RETRACTED: "marked as retracted, no notice linked"}),
        ({"types": [("", "Retracted Publication")]}, {Kind.RETRACTED: "marked as retracted, no notice linked"}),
        ({"types": [RETRACTED], "links": [("RetractionIn", "5", "J 2020")]}, {Kind.RETRACTED: "PMID 5"}),
        ({"links": [("RetractionIn", None, "J Invented Res. 2020;1:2")]}, {Kind.RETRACTED: "J Invented Res. 2020,1:2"}),
        (
            {"types": [RETRACTED], "links": [("RetractedandRepublishedIn", "5", None)]},
            {Kind.RETRACTED_AND_REPUBLISHED: "PMID 5"},
        ),
        ({"links": [("ExpressionOfConcernIn", "5", None)]}, {Kind.EXPRESSION_OF_CONCERN: "PMID 5"}),
        ({"links": [("ErratumIn", "5", None), ("ErratumIn", "6", None)]}, {Kind.CORRECTION: "PMID 5; PMID 6"}),
        ({"links": [("CorrectedandRepublishedIn", "5", None)]}, {Kind.CORRECTION: "PMID 5"}),
        ({"links": [("PartialRetractionIn", "5", None)]}, {Kind.CORRECTION: "PMID 5"}),
        ({"links": [("UpdateIn", "5", None)]}, {Kind.SUPERSEDED: "PMID 5"}),
        (
            {"types": [("D000076942", "Preprint")], "links": [("UpdateIn", "5", None)]},
            {Kind.SUPERSEDED: "PMID 5", Kind.PREPRINT: ""},
        ),
        (
            {"links": [("ErratumIn", "6", None), ("RetractionIn", "5", None)]},
            {Kind.CORRECTION: "PMID 6", Kind.RETRACTED: "PMID 5"},
        ),
        # A notice retracts, corrects or doubts another paper, and stands itself, under either of its names.
        ({"types": [("D016440", "Retraction of Publication")], "links": [("RetractionOf", "5", None)]}, {}),
        ({"types": [("D016440", "Retraction Notice")]}, {}),
        ({"types": [("D016425", "Published Erratum")], "links": [("ErratumFor", "5", None)]}, {}),
        ({"links": [("ExpressionOfConcernFor", "5", None), ("UpdateOf", "6", None)]}, {}),
        ({"links": [("RetractedandRepublishedFrom", "5", None), ("CorrectedandRepublishedFrom", "5", None)]}, {}),
        ({"links": [("CommentIn", "5", None), ("Cites", "6", None), ("RepublishedIn", "7", None)]}, {}),
    ],
)
def test_what_a_record_says(fields, kinds):
    assert marks(citation(**fields)) == kinds


def test_a_date_of_retraction_is_enough():
    xml = article_xml(MOSS).replace(
        b"<PubmedData>",
        b'<PubmedData><History><PubMedPubDate PubStatus="retracted"><Year>2020</Year></PubMedPubDate></History>',
    )
    (record,) = read(xml)
    assert list(marks(record)) == [Kind.RETRACTED]


# --- the store ----------------------------------------------------------------------------------------------


def of_moss(data, store) -> dict[str, str]:
    answers = from_pubmed(load(data), store)
    assert answers["fern-2003"] == [{"kind": "unchecked", "asked": SOURCE, "notice": NO_PMID, "checked": ""}]
    (row,) = answers["moss-2001"]
    return row


def test_a_record_is_none_with_the_day_on_which_it_came(data, store):
    store.save([citation()], source=SOURCE, day=MONDAY)
    assert of_moss(data, store) == {"kind": "none", "asked": SOURCE, "notice": "", "checked": "2026-01-05"}


def test_what_could_not_be_asked_is_unchecked_and_never_none(data, store):
    assert (of_moss(data, store)["kind"], of_moss(data, store)["notice"]) == ("unchecked", NOT_FETCHED)
    store.save([], source=SOURCE, absent=[MOSS], day=MONDAY)
    assert (of_moss(data, store)["kind"], of_moss(data, store)["notice"]) == ("unchecked", UNKNOWN)
    store.save([], source=SOURCE, malformed={MOSS: "mismatched tag"}, day=MONDAY)
    assert (of_moss(data, store)["kind"], of_moss(data, store)["notice"]) == ("unchecked", "unreadable: mismatched tag")
    store.save([citation()], source=SOURCE, day=MONDAY)
    store.save([], source=SOURCE, absent=[MOSS], day=TUESDAY)
    assert (of_moss(data, store)["kind"], of_moss(data, store)["notice"]) == ("unchecked", GONE)


def test_a_retraction_outlives_its_record(data, store):
    store.save([citation(types=[RETRACTED])], source=SOURCE, day=MONDAY)
    store.save([], source=SOURCE, absent=[MOSS], day=TUESDAY)
    assert of_moss(data, store)["kind"] == "retracted"


# --- standing.csv -------------------------------------------------------------------------------------------


def answer(kind: str, day="2026-01-05", notice="", asked=SOURCE):
    return [{"kind": kind, "asked": asked, "notice": notice, "checked": day}]


def test_rows_of_other_sources_stay(tmp_path):
    file = tmp_path / "standing.csv"
    other = 'a,correction,"PubMed linked citations, seen when compiled",Erratum,2025-01-01\n'
    file.write_text(f"{HEAD}{other}a,none,{SOURCE},,2025-01-01\nb,none,{SOURCE},,2025-01-01\n")
    changes = update(file, {"a": answer("retracted", notice="PMID 5")}, SOURCE)
    assert file.read_text() == f"{HEAD}{other}a,retracted,{SOURCE},PMID 5,2026-01-05\nb,none,{SOURCE},,2025-01-01\n"
    assert [str(change) for change in changes] == [f"a: none → retracted, says {SOURCE}: PMID 5"]


@pytest.mark.parametrize(
    ("before", "after", "stands", "told"),
    [
        ([], answer("none"), "none", 0),
        ([], answer("unchecked", ""), "unchecked", 0),
        ([], answer("retracted"), "retracted", 1),
        (answer("unchecked", ""), answer("none"), "none", 0),
        (answer("none"), answer("none", "2026-01-06"), "none", 0),
        (answer("retracted"), answer("none", "2026-01-06"), "none", 1),
        (answer("none", "2026-01-06"), answer("correction"), "correction", 1),
        # A look-up that failed wipes nothing out, nor does an older answer.
        (answer("retracted"), answer("unchecked", ""), "retracted", 0),
        (answer("none"), answer("unchecked", ""), "none", 0),
        (answer("retracted", "2026-01-06"), answer("none"), "retracted", 0),
        (answer("retracted", "2026-01-06"), answer("correction"), "retracted", 0),
    ],
)
def test_what_stands_after_a_look_up(tmp_path, before, after, stands, told):
    file = tmp_path / "standing.csv"
    update(file, {"a": before} if before else {}, SOURCE)
    changes = update(file, {"a": after}, SOURCE)
    assert [line.split(",")[1] for line in file.read_text().splitlines()[1:]] == [stands]
    assert len(changes) == told


def test_a_kept_answer_keeps_its_date(tmp_path):
    file = tmp_path / "standing.csv"
    update(file, {"a": answer("none")}, SOURCE)
    update(file, {"a": answer("unchecked", "")}, SOURCE)
    assert file.read_text() == f"{HEAD}a,none,{SOURCE},,2026-01-05\n"


# --- Retraction Watch -------------------------------------------------------------------------------------------

COLUMNS = """Record ID,Title,Subject,Institution,Journal,Publisher,Country,Author,URLS,ArticleType,RetractionDate
RetractionDOI,RetractionPubMedID,OriginalPaperDate,OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature,Reason
Paywalled,Notes""".replace("\n", ",").split(",")
OTHER = {"OriginalPaperPubMedID": "17", "OriginalPaperDOI": "10.9999/other", "RetractionDate": "8/22/2025 0:00"}


def entry(**columns) -> dict[str, str]:
    usual = {"RetractionDate": "3/14/2024 0:00", "RetractionNature": "Retraction", "OriginalPaperPubMedID": "0"}
    usual |= {"RetractionDOI": "10.9999/notice", "RetractionPubMedID": "0", "OriginalPaperDOI": "unavailable"}
    return usual | columns


def watch(data, *entries, columns=COLUMNS, encoding="utf-8", more=b""):
    lines = [",".join(columns), *(",".join(f'"{e.get(c, "")}"' for c in columns) for e in (entry(**OTHER), *entries))]
    file = data.parent / "rw.csv"
    file.write_bytes("\r\n".join([*lines, ""]).encode(encoding) + more)
    return file


def said(data, study="moss-2001") -> list[tuple[str, str]]:
    rows = [row for row in load(data).standing if row.study == study and row.asked == ASKED]
    assert {row.checked for row in rows} == {dt.date(2025, 8, 22)}
    return [(row.kind.value, row.notice or "") for row in rows]


BY_PMID = "notice of 2024-03-14 doi:10.9999/notice (found by PMID)"


@pytest.mark.parametrize(
    ("entries", "rows"),
    [
        ([], [("none", "")]),
        ([{"OriginalPaperPubMedID": MOSS}], [("retracted", BY_PMID)]),
        ([{"OriginalPaperPubMedID": f"{MOSS}.0"}], [("retracted", BY_PMID)]),
        ([{"OriginalPaperDOI": "10.9999/JIR.2001.1"}], [("retracted", BY_PMID.replace("PMID", "DOI"))]),
        (
            [{"OriginalPaperDOI": " https://doi.org/10.9999/jir.2001.1", "OriginalPaperPubMedID": MOSS}],
            [("retracted", BY_PMID.replace("PMID", "PMID and DOI"))],
        ),
        (
            [{"OriginalPaperPubMedID": MOSS, "RetractionPubMedID": "5.0", "RetractionDOI": "Unavailable"}],
            [("retracted", "notice of 2024-03-14 PMID 5 (found by PMID)")],
        ),
        (
            [{"OriginalPaperPubMedID": MOSS, "RetractionNature": "Expression of concern"}],
            [("expression-of-concern", BY_PMID)],
        ),
        ([{"OriginalPaperPubMedID": MOSS, "RetractionNature": "Correction"}], [("correction", BY_PMID)]),
        (
            [{"OriginalPaperPubMedID": MOSS, "Reason": "+Error in Data;+Retract and Replace;"}],
            [("retracted-and-republished", BY_PMID)],
        ),
        (
            [
                {"OriginalPaperPubMedID": MOSS, "RetractionNature": "Reinstatement", "RetractionDate": "4/1/2024 0:00"},
                {"OriginalPaperPubMedID": MOSS},
            ],
            [("none", "reinstated of 2024-04-01 doi:10.9999/notice (found by PMID)")],
        ),
        (
            [
                {"OriginalPaperPubMedID": MOSS, "RetractionNature": "Reinstatement", "RetractionDate": "3/1/2024 0:00"},
                {"OriginalPaperPubMedID": MOSS},
            ],
            [("retracted", BY_PMID)],
        ),
        # The paper itself as a notice, a PMID that is not known, a DOI that only begins alike.
        ([{"RetractionPubMedID": MOSS, "RetractionDOI": "10.9999/jir.2001.1"}], [("none", "")]),
        ([{"OriginalPaperPubMedID": "0", "OriginalPaperDOI": ""}], [("none", "")]),
        ([{"OriginalPaperDOI": "10.9999/jir.2001.10"}], [("none", "")]),
    ],
)
def test_what_retraction_watch_says(data, entries, rows):
    result = run(data, None, "standing", "--retraction-watch", watch(data, *(entry(**e) for e in entries)))
    assert "Retraction Watch, " in result.stdout, result.output
    assert said(data) == rows
    assert said(data, "fern-2003") == [("none", "")]


def test_the_doi_that_pubmed_gives_counts_too(data):
    with EntrezServer({MOSS: article_xml(MOSS, doi="10.9999/From.PubMed")}, limit=None) as server:
        assert run(data, server, "fetch").exit_code == 0
    file = watch(data, entry(OriginalPaperDOI="10.9999/from.pubmed"))
    assert run(data, None, "standing", "--retraction-watch", file).exit_code == 0
    assert said(data)[0][0] == "retracted"


def test_bytes_that_are_not_utf8_and_long_notes(data):
    found = entry(OriginalPaperPubMedID=MOSS, Author="Müller", Notes="x" * 300_000)
    run(data, None, "standing", "--retraction-watch", watch(data, found, encoding="latin-1"))
    assert said(data)[0][0] == "retracted"


def test_lines_that_cannot_be_read_are_named(data, store):
    store.save([citation()], source=SOURCE, day=MONDAY)
    file = watch(data, entry(OriginalPaperPubMedID=MOSS, RetractionNature="Removal"), more=b"9,cut sh")
    result = run(data, None, "standing", "--retraction-watch", file)
    assert result.exit_code == 1
    assert "rw.csv:3: 'Removal' is a nature of notice not known here" in result.stdout
    assert "rw.csv:4: expected 20 columns" in result.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not the Retraction Watch data: no column RetractionDate"),
        (b"study,kind\n", "no column RetractionDate"),
        (",".join(COLUMNS).encode() + b"\n", "holds no entry with a date"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_not_retraction_watch(data, content, words):
    file = data.parent / "rw.csv"
    if content is not None:
        file.write_bytes(content)
    assert words in one_clear_line(run(data, None, "standing", "--retraction-watch", file))
    assert not (data / "standing.csv").exists()


def test_earlier_rows_of_retraction_watch_are_replaced(data):
    text = 'moss-2001,none,"Retraction Watch data of 1 March 2025, by DOI",,2025-03-01\n'
    (data / "standing.csv").write_text(HEAD + text)
    run(data, None, "standing", "--retraction-watch", watch(data, entry(OriginalPaperPubMedID=MOSS)))
    assert said(data)[0][0] == "retracted"
    assert "1 March" not in table(data)


# --- the command, and what it does to a verdict --------------------------------------------------------------------


def test_command(data):
    assert run(data, None, "standing").exit_code == 1
    with EntrezServer({MOSS: article_xml(MOSS, links=[("ErratumIn", "5", None)])}, limit=None) as server:
        run(data, server, "fetch")
        source = f"{SOURCE} (127.0.0.1)"
    result = run(data, None, "standing")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "PubMed: 1 correction, 1 unchecked",
        f"moss-2001: unchecked → correction, says {source}: PMID 5",
    ]
    today = dt.date.today().isoformat()
    rows = f"fern-2003,unchecked,{SOURCE},{NO_PMID},\nmoss-2001,correction,{source},PMID 5,{today}\n"
    assert table(data) == HEAD + rows
    assert run(data, None, "standing").stdout.splitlines() == ["PubMed: 1 correction, 1 unchecked"]
    assert table(data) == HEAD + rows


def test_command_lists_what_is_unchecked(data):
    result = run(data, None, "standing")
    assert result.exit_code == 1
    assert f"1 unchecked, {NOT_FETCHED}: moss-2001" in result.stdout


@pytest.mark.parametrize(
    ("link", "counts"),
    [
        ("RetractionIn", False),
        ("RetractedandRepublishedIn", False),
        ("ErratumIn", True),
        ("ExpressionOfConcernIn", True),
        ("UpdateIn", True),
    ],
)
def test_only_what_is_withdrawn_leaves_the_verdict(data, store, link, counts):
    before = verdicts(load(data))
    store.save([citation(links=[(link, "5", None)])], source=SOURCE, day=MONDAY)
    run(data, None, "standing")
    after = verdicts(load(data))
    assert (before == after) == counts
    assert before["green-tongue"].computed == "supported"
    assert after["green-tongue"].computed == ("supported" if counts else "insufficient-evidence")

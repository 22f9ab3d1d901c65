"""The local store, and the snapshot that it writes."""

import csv
import datetime as dt
import sqlite3
import threading

import pytest

from ingest import columns, snapshot
from ingest.citation import Citation, Concept, Heading, Journal, Link, Person, Qualifier, plain, rebuild
from ingest.pubmed_xml import read
from ingest.snapshot import COLUMNS
from ingest.store import Store, StoreError
from ingest.table import TableError
from kb.fetched import CitationRow
from tests.entrez_server import article_xml

MONDAY, TUESDAY = dt.date(2024, 1, 1), dt.date(2024, 1, 2)
SOURCE = "PubMed via Entrez"


def citation(pmid: str, **fields) -> Citation:
    (record,) = read(article_xml(pmid, **fields))
    return record


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "pubmed.db") as store:
        yield store


def save(store, *citations, day=MONDAY, **more):
    return store.save(citations, source=SOURCE, day=day, **more)


# --- records ------------------------------------------------------------------------------------------


def test_a_record_comes_back_as_it_was(store):
    record = citation(
        "7",
        title="Zorb & blix",
        abstract="Zorb < 0.05",
        mesh=[("D000001", "Zorb", True)],
        links=[("ErratumIn", "8", "x")],
    )
    save(store, record)
    (entry,) = store.entries(["7"])
    assert entry == ("7", "received", MONDAY, SOURCE, None, record)


def test_what_plain_leaves_out_rebuild_puts_back():
    empty = Citation("1")
    assert plain(empty) == {"pmid": "1"}
    assert rebuild(Citation, plain(empty)) == empty
    assert rebuild(Citation, {"pmid": "1", "of a later version": 1}) == empty
    nested = Citation("1", mesh=(Heading("D1", "a", qualifiers=(Qualifier(None, "b", True),)),), authors_complete=False)
    assert rebuild(Citation, plain(nested)) == nested


def test_saved_records_are_new_changed_or_unchanged(store):
    assert save(store, citation("1"), citation("2")) == (["1", "2"], [], [])
    assert save(store, citation("1"), citation("2", title="Better"), citation("3"), day=TUESDAY) == (
        ["3"],
        ["2"],
        ["1"],
    )
    dates = store.db.execute("select pmid, first_received, changed from citations order by pmid").fetchall()
    assert dates == [(1, "2024-01-01", "2024-01-01"), (2, "2024-01-01", "2024-01-02"), (3, "2024-01-02", "2024-01-02")]
    assert store.received() == {"1": TUESDAY, "2": TUESDAY, "3": TUESDAY}


def test_an_unchanged_record_is_not_written(store):
    save(store, citation("1"))
    store.db.execute("create trigger written before insert on citations begin select raise(abort, 'written'); end")
    store.db.execute("create trigger rewritten before update on citations begin select raise(abort, 'written'); end")
    assert save(store, citation("1"), day=TUESDAY).unchanged == ["1"]


def test_a_deleted_record_stays_as_a_tombstone(store):
    record = citation("1")
    save(store, record)
    save(store, absent=["1", "2"], day=TUESDAY)
    assert [(e.pmid, e.outcome, e.citation) for e in store.entries(["1", "2"])] == [
        ("1", "deleted", record),
        ("2", "unknown", None),
    ]
    assert store.received() == {}
    save(store, record)
    assert store.received() == {"1": MONDAY}


def test_a_mirror_cannot_delete_what_pubmed_gave(store):
    save(store, citation("1"))
    store.save([], source="PubMed via Entrez (mirror.example.org)", absent=["1"], day=TUESDAY)
    assert store.received() == {"1": MONDAY}


def test_a_malformed_record_is_remembered_with_its_reason(store):
    save(store, malformed={"5": "mismatched tag"})
    (entry,) = store.entries(["5"])
    assert (entry.outcome, entry.reason, entry.citation) == ("malformed", "mismatched tag", None)


def test_a_batch_is_saved_whole_or_not_at_all(store):
    sql = "create trigger full before insert on asked when new.pmid = 3 begin select raise(abort, 'disk full'); end"
    store.db.execute(sql)
    with pytest.raises(StoreError, match="cannot be written: disk full"):
        save(store, citation("1"), citation("2"), absent=["3"])
    assert list(store.entries(["1", "2", "3"])) == []
    assert store.db.table("citations").count == 0


def test_many_pmids_at_once(store):
    save(store, *(citation(str(n)) for n in range(1, 1201)))
    assert len(list(store.entries(map(str, range(1, 3000))))) == 1200


def test_two_processes_share_a_store(store):
    def other():
        with Store(store.path) as second:
            for n in range(1, 40):
                save(second, citation(str(n)))

    worker = threading.Thread(target=other)
    worker.start()
    for n in range(100, 140):
        save(store, citation(str(n)))
    worker.join()
    assert len(store.received()) == 79


def test_a_file_that_is_no_store(tmp_path):
    (tmp_path / "text.db").write_text("Not a database, but long enough to be one." * 100)
    with pytest.raises(StoreError, match="cannot be used as a store"):
        Store(tmp_path / "text.db")
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("create table birds (name)")
    with pytest.raises(StoreError, match="a database of something else"):
        Store(tmp_path / "other.db")
    with pytest.raises(StoreError, match="cannot be used as a store"):
        Store(tmp_path / "no" / "folder.db")
    with Store(tmp_path / "newer.db") as newer:
        newer.db.execute("pragma user_version = 99")
    with pytest.raises(StoreError, match="newer version"):
        Store(tmp_path / "newer.db")


# --- columns ----------------------------------------------------------------------------------------------


def test_authors():
    people = [
        Person("Doe", "Jane", "J"),
        Person("Roe", None, "R", "Jr"),
        Person(collective="Zorb Group; Blix Arm"),
        Person("Solo"),
    ]
    column = "Doe J; Roe R Jr; Zorb Group, Blix Arm; Solo"
    assert columns.encode_authors(people) == column
    assert columns.decode_authors(column) == ["Doe J", "Roe R Jr", "Zorb Group, Blix Arm", "Solo"]


def test_publication_types():
    types = [Concept("D016449", "Randomized Controlled Trial"), Concept("", "Zorb")]
    column = "D016449 Randomized Controlled Trial; Zorb"
    assert columns.encode_publication_types(types) == column
    assert columns.decode_publication_types(column) == [types[0], Concept(None, "Zorb")]


def test_mesh_is_starred_for_the_heading_or_a_qualifier():
    headings = [
        Heading("D000001", "Zorb", True),
        Heading("D000002", "Blix, Acute", False, None, (Qualifier("Q000001", "use", True),)),
        Heading("D000003", "Adult"),
    ]
    column = "D000001 Zorb*; D000002 Blix, Acute*; D000003 Adult"
    assert columns.encode_mesh(headings) == column
    assert columns.decode_mesh(column) == [
        Heading("D000001", "Zorb", True),
        Heading("D000002", "Blix, Acute", True),
        Heading("D000003", "Adult"),
    ]


def test_a_link_without_pmid_keeps_its_source():
    links = [Link("RetractionIn", None, "J Zorb. 2020;12(3):45"), Link("ErratumIn", "8", "J Zorb"), Link("Cites", "9")]
    column = "RetractionIn J Zorb. 2020,12(3):45; ErratumIn 8"
    assert columns.encode_links(links) == column
    assert columns.decode_links(column) == [Link("RetractionIn", None, "J Zorb. 2020,12(3):45"), Link("ErratumIn", "8")]


def test_empty_columns():
    for decode in (columns.decode_authors, columns.decode_publication_types, columns.decode_mesh, columns.decode_links):
        assert decode("") == decode(None) == []


# --- rows ---------------------------------------------------------------------------------------------------


def test_a_row_is_a_citation_row():
    record = citation(
        "12", title=b"A <i>zorb</i>", authors=[("Doe", "J"), "Zorb Group"], journal="J Zorb", date="2001 Dec-2002 Jan",
        doi="10.1000/zorb", pmcid="PMC12", volume="3", issue="4", pages="5-6", mesh=[("D000001", "Zorb", True)],
        links=[("ErratumIn", "13", "x")],
    )  # fmt: skip
    row = snapshot.row(record, source=SOURCE, retrieved=MONDAY)
    assert row == {
        "pmid": "12",
        "doi": "10.1000/zorb",
        "pmcid": "PMC12",
        "title": "A zorb",
        "authors": "Doe J; Zorb Group",
        "journal": "J Zorb",
        "year": "2001",
        "date": "2001 Dec-2002 Jan",
        "volume": "3",
        "issue": "4",
        "pages": "5-6",
        "language": "eng",
        "publication_types": "D016428 Journal Article",
        "mesh": "D000001 Zorb*",
        "links": "ErratumIn 13",
        "status": "current",
        "source": SOURCE,
        "retrieved": "2024-01-01",
    }
    CitationRow.model_validate({name: value for name, value in row.items() if value})


@pytest.mark.parametrize(
    "record",
    [
        Citation("1"),
        Citation("1", title="", vernacular_title="Zorb", journal=Journal(title="Blix")),
        Citation("1", year=dt.date.today().year + 1, date="next spring", doi="not a doi"),
        Citation("1", title="Two\u2028lines\x85and\rmore\x00"),
    ],
)
def test_a_poor_record_still_makes_a_valid_row(record):
    row = snapshot.row(record, source=SOURCE, retrieved=MONDAY)
    CitationRow.model_validate({name: value for name, value in row.items() if value})
    assert not any(len(value.splitlines()) > 1 for value in row.values())


# --- the file -------------------------------------------------------------------------------------------------


def write_csv(path, *rows):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def titles(path) -> list[tuple[str, str, str]]:
    return [(row["pmid"], row["title"], row["status"]) for row in snapshot.read(path).values()]


def test_rows_are_replaced_kept_and_never_dropped(store, tmp_path):
    path = tmp_path / "citations.csv"
    page = {"source": "https://example.org/", "retrieved": "2023-01-01", "journal": "J", "status": "current"}
    write_csv(
        path,
        {"pmid": "9", "title": "Old"} | page,
        {"pmid": "10", "title": "Kept"} | page,
        {"pmid": "3", "title": "Lost"} | page,
    )
    save(
        store,
        citation("9", title="New"),
        citation("100", title="Added"),
        citation("5", title="Not asked for"),
        absent=["3"],
    )
    written = snapshot.update(path, store.entries(["3", "9", "10", "100"]))
    assert written == (4, 2, 2, True)
    assert titles(path) == [
        ("3", "Lost", "current"),
        ("9", "New", "current"),
        ("10", "Kept", "current"),
        ("100", "Added", "current"),
    ]
    assert path.read_bytes().startswith(",".join(COLUMNS).encode() + b"\n")
    assert b"\r" not in path.read_bytes()


def test_a_deleted_pmid_keeps_its_row(store, tmp_path):
    path = tmp_path / "citations.csv"
    save(store, citation("1", title="One"), citation("2", title="Two"))
    snapshot.update(path, store.entries(["1", "2"]))
    save(store, absent=["2"], day=TUESDAY)
    snapshot.update(path, store.entries(["1", "2"]))
    assert titles(path) == [("1", "One", "current"), ("2", "Two", "deleted")]
    # A fresh clone has the row but an empty store.
    with Store(tmp_path / "fresh.db") as fresh:
        save(fresh, absent=["1"])
        snapshot.update(path, fresh.entries(["1", "2"]))
    assert titles(path) == [("1", "One", "deleted"), ("2", "Two", "deleted")]


def test_a_record_that_became_unreadable_keeps_its_row(store, tmp_path):
    path = tmp_path / "citations.csv"
    save(store, citation("1"))
    snapshot.update(path, store.entries(["1"]))
    save(store, malformed={"1": "mismatched tag"}, day=TUESDAY)
    assert not snapshot.update(path, store.entries(["1"])).changed


def test_an_unchanged_snapshot_is_not_written(store, tmp_path):
    path = tmp_path / "citations.csv"
    save(store, citation("1"))
    assert snapshot.update(path, store.entries(["1"])).changed
    before = path.stat()
    assert not snapshot.update(path, store.entries(["1"])).changed
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert [file.name for file in tmp_path.glob(".*")] == []


def test_no_abstract_in_the_snapshot(store, tmp_path):
    save(store, citation("1", abstract="These words belong to a publisher."))
    snapshot.update(tmp_path / "citations.csv", store.entries(["1"]))
    assert "publisher" not in (tmp_path / "citations.csv").read_text()
    assert "publisher" in next(store.entries(["1"])).citation.abstract[0].text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("pmid,title\n1,x\n", "citations.csv:1: expected the columns pmid,doi"),
        (",".join(COLUMNS) + "\n1,2\n", "citations.csv:2: expected 18 columns"),
        (",".join(COLUMNS) + "\nx" + "," * 17 + "\n", "citations.csv:2: .* and a PMID"),
    ],
)
def test_a_file_that_is_no_snapshot(tmp_path, content, message):
    (tmp_path / "citations.csv").write_text(content)
    with pytest.raises(TableError, match=message):
        snapshot.read(tmp_path / "citations.csv")

"""Any bytes whatsoever, given to every reader of files: a record, or a fault that is named; never an exception."""

import csv
import gzip
import io
import subprocess
import sys
import time
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import pubmed_xml
from ingest.citation import Citation, Deleted, Malformed
from ingest.table import TableError
from kb import load
from kb.check import read as drafts
from kb.documents import Fault
from tests.conftest import ROOT
from tests.pubmed_articles import article_xml

HEAD = b'<?xml version="1.0"?><PubmedArticleSet>'
ARTICLE = HEAD + article_xml("12345678") + b"</PubmedArticleSet>"


def mutations(valid: bytes):
    """A valid file with some places overwritten, cut out or doubled."""

    def change(edits):
        content = bytearray(valid)
        for kind, place, piece in edits:
            at = place % (len(content) + 1)
            if kind == "put":
                content[at : at + len(piece)] = piece
            elif kind == "insert":
                content[at:at] = piece
            elif kind == "cut":
                del content[at : at + 1 + len(piece) * 7]
            else:
                content[at:at] = content[at : at + 200]
        return bytes(content)

    edit = st.tuples(
        st.sampled_from(["put", "insert", "cut", "double"]), st.integers(0, len(valid)), st.binary(max_size=12)
    )
    return st.lists(edit, min_size=1, max_size=6).map(change)


def read_pubmed(content: bytes):
    for record in pubmed_xml.read(content):
        assert isinstance(record, (Citation, Deleted, Malformed))


@given(st.one_of(st.binary(max_size=400), st.binary(max_size=200).map(lambda b: HEAD + b), mutations(ARTICLE)))
@settings(max_examples=300, deadline=None)
def test_the_pubmed_reader(content):
    read_pubmed(content)


@given(st.one_of(mutations(gzip.compress(ARTICLE)), st.binary(max_size=100).map(lambda b: b"\x1f\x8b" + b)))
@settings(max_examples=150, deadline=None)
def test_the_pubmed_reader_on_gzip(content):
    read_pubmed(content)


YAML = (ROOT / "tests" / "tiny" / "studies" / "moss-2001.yaml").read_bytes()


@given(st.one_of(st.text(max_size=300), mutations(YAML).map(lambda b: b.decode("utf-8", "replace"))))
@settings(max_examples=300, deadline=None)
def test_the_yaml_reader(text):
    faults: list[Fault] = []
    document = load.parse_yaml(text, "file.yaml", faults)
    assert (document is None) == bool(faults)
    assert all(fault.line >= 1 and "\n" not in fault.message for fault in faults)


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_a_folder_with_any_file_in_it(tmp_path_factory, content):
    data = tmp_path_factory.mktemp("any")
    for name in ("kb.yaml", "searches.yaml", "citations.csv", "standing.csv"):
        (data / name).write_bytes(content)
    with pytest.raises(load.BadData) as caught:
        load.load(data)
    assert caught.value.faults


@given(st.lists(st.lists(st.text(max_size=8), max_size=9), max_size=5), st.binary(max_size=60))
@settings(max_examples=100, deadline=None)
def test_the_reader_of_retraction_watch(tiny, tmp_path_factory, rows, noise):
    from ingest import retraction_watch

    text = io.StringIO()
    csv.writer(text).writerows([retraction_watch.NEEDED, *rows])
    path = tmp_path_factory.mktemp("watch") / "watch.csv"
    path.write_bytes(text.getvalue().encode("utf-8", "replace") + noise)
    try:
        data = retraction_watch.read(path, tiny)
    except TableError as error:
        assert "\n" not in str(error)
    else:
        assert data.rows or data.faults


def docx(document: bytes) -> bytes:
    """A Word file with nothing in it but this document."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", document)
    return packed.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
PARAGRAPHS = f"<w:document {W}><w:body><w:p><w:r><w:t>Moonwort cures hiccups.</w:t></w:r></w:p></w:body></w:document>"
MARKDOWN = b"# Moonwort\n\nIt *cures* [hiccups](x) in 9 of 10.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<!-- ok -->\n"
HTML = b"<html><body><h1>Moonwort</h1><p>It <b>cures</b> hiccups &amp; more.<script>x</script></p></body></html>"


def read_draft(content: bytes, kind: str):
    try:
        read = drafts.read(content, kind)
    except drafts.Unreadable as error:
        assert "\n" not in str(error)
        return
    for block in read.blocks:
        assert len(block.offsets) == len(block.text)
        assert all(0 <= offset <= len(read.source) for offset in block.offsets)


@pytest.mark.parametrize("kind, valid", [("markdown", MARKDOWN), ("html", HTML), ("text", MARKDOWN)])
def test_the_draft_reader(kind, valid):
    @given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode), mutations(valid)))
    @settings(max_examples=150, deadline=None)
    def any_bytes(content):
        read_draft(content, kind)

    any_bytes()


@given(st.one_of(mutations(docx(PARAGRAPHS.encode())), mutations(PARAGRAPHS.encode()).map(docx)))
@settings(max_examples=200, deadline=None)
def test_the_draft_reader_on_word_files(content):
    read_draft(content, "docx")


def test_a_word_file_reads_nothing_from_elsewhere_and_expands_nothing():
    outside = f'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>{PARAGRAPHS.replace("cures", "&x;")}'
    laughs = LAUGHS.replace(b"<PubmedArticleSet><PubmedArticle>", b"<d>").replace(
        b"</PubmedArticle></PubmedArticleSet>", b"</d>"
    )
    hidden = (
        laughs.decode().replace('<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-16"?>').encode("utf-16")
    )
    for document in (outside.encode(), laughs, hidden, b"\0" * (100 << 20)):
        with pytest.raises(drafts.Unreadable):
            drafts.read(docx(document), "docx")


# --- bombs: small files that become large ----------------------------------------------


def peak(work):
    tracemalloc.start()
    start = time.perf_counter()
    work()
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return memory, time.perf_counter() - start


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "'
    + b"ha" * 50
    + b'">'
    + b"".join(b'<!ENTITY %s "%s">' % (b"bcdefghi"[i : i + 1], b"&%s;" % b"abcdefgh"[i : i + 1] * 10) for i in range(8))
    + b"]><PubmedArticleSet><PubmedArticle>&i;</PubmedArticle></PubmedArticleSet>"
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><PubmedArticleSet><PubmedArticle>'
    b"<MedlineCitation><PMID>1</PMID><Article><ArticleTitle>&x;</ArticleTitle></Article></MedlineCitation>"
    b"</PubmedArticle></PubmedArticleSet>"
)


@pytest.mark.parametrize("content", [LAUGHS, OUTSIDE], ids=["laughs", "outside"])
def test_entities_are_refused_before_they_grow(content):
    found = []
    memory, took = peak(lambda: found.extend(pubmed_xml.read(content)))
    assert [type(record) for record in found] == [Malformed]
    assert "root:" not in repr(found)
    assert memory < 5 << 20 and took < 5


def test_a_gzip_bomb_takes_no_more_memory_than_one_record():
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode="wb", compresslevel=1) as file:
        file.write(HEAD + b"<PubmedArticle>")
        for _ in range(40):
            file.write(b"\0" * (1 << 20))
    found = []
    memory, _ = peak(lambda: found.extend(pubmed_xml.read(bomb.getvalue())))
    assert any("more than" in record.reason for record in found)
    assert memory < 120 << 20


def test_yaml_makes_no_object_and_follows_no_bomb():
    faults: list[Fault] = []
    assert load.parse_yaml("a: !!python/object/apply:os.system ['true']", "x.yaml", faults) is None and faults
    laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(8)
    )
    faults = []
    memory, took = peak(lambda: load.parse_yaml(laughs, "x.yaml", faults))
    assert took < 20 and memory < 200 << 20
    assert any("alias" in fault.message for fault in faults)


def test_no_code_reads_pickles():
    """Nothing that is read may say what is run."""
    import re

    for folder in ("kb", "ingest", "bench"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"\b(pickle|marshal|shelve|joblib|yaml\.(unsafe_)?load\(|eval\(|exec\()", text), path


# --- guided by coverage, when asked ------------------------------------------------------


@pytest.mark.slow
def test_a_short_run_guided_by_coverage(tmp_path):
    """Atheris on the readers for some seconds; docs/security.md tells how to let it run for long."""
    pytest.importorskip("atheris", reason="no atheris for this Python")
    for reader in ("pubmed", "yaml", "draft"):
        command = [sys.executable, "-m", "tests.atheris_readers", reader, "-max_total_time=15", "-max_len=8192"]
        corpus = tmp_path / reader
        corpus.mkdir()
        result = subprocess.run(
            [*command, str(corpus)], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
        )
        assert result.returncode == 0, result.stderr[-2000:]
        assert "Done" in result.stderr

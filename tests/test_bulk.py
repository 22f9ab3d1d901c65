"""`kb pubmed bulk`: files → shards, whole, once, in PubMed's order; and the queries of docs/bulk.md."""

import gzip
import hashlib
import os
import re
import signal
import subprocess
import sys
import time

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from distributed import LocalCluster

from ingest.citation import Citation
from ingest.cli import pubmed
from ingest.names import order
from ingest.pubmed_xml import read
from tests.conftest import ROOT
from tests.entrez_server import article_xml

RETRACTED = ("D016441", "Retracted Publication")
TRIAL = ("D016449", "Randomized Controlled Trial")


def write(path, *records: bytes, deleted=()):
    """A file as PubMed issues it, with its deletions at the end."""
    gone = "".join(f'<PMID Version="1">{pmid}</PMID>' for pmid in deleted)
    gone = f"<DeleteCitation>{gone}</DeleteCitation>".encode() if deleted else b""
    xml = (
        b"<?xml version='1.0' encoding='utf-8'?>\n<PubmedArticleSet>"
        + b"".join(records)
        + gone
        + b"</PubmedArticleSet>"
    )
    path.write_bytes(gzip.compress(xml) if path.suffix == ".gz" else xml)
    return path


def version(pmid, number, **fields) -> bytes:
    return article_xml(pmid, **fields).replace(b'<PMID Version="1">', b'<PMID Version="%d">' % number)


def bulk(*arguments):
    return CliRunner().invoke(pubmed, ["bulk", *map(str, arguments)])


@pytest.fixture
def files(tmp_path):
    """A baseline of two files, and two update files; the last is not zipped."""
    results = (
        b"</AbstractText><AbstractText Label='FOUND' NlmCategory='RESULTS'>P &lt; 0.05</AbstractText><AbstractText>"
    )
    links = [("RetractionIn", "9", "J Ex 2004;1:2"), ("ErratumIn", None, "J Ex 2005")]
    return [
        write(
            tmp_path / "pubmed26n0001.xml.gz",
            article_xml("1", title="First", types=[TRIAL], abstract=results),
            article_xml("2", title="Second"),
            article_xml("3", title="Third"),
            version("4", 1, title="Fourth, version 1"),
            version("4", 2, title="Fourth, version 2"),
        ),
        write(tmp_path / "pubmed26n0002.xml.gz", article_xml("5", title="Fifth", types=[TRIAL], year="2002")),
        write(
            tmp_path / "pubmed26n0009.xml.gz",
            article_xml("2", title="Second, revised"),
            article_xml("2", title="Second, revised again", types=[RETRACTED], links=links),
            version("4", 1, title="Fourth, version 1, indexed"),
            deleted=["3", "5"],
        ),
        write(tmp_path / "pubmed26n0010.xml", article_xml("5", title="Fifth, back"), article_xml("6", title="Sixth")),
    ]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "shards"


def content(out) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


# --- shards ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_every_file_becomes_a_shard(files, out, workers):
    run = bulk(*files, "--out", out, "--workers", workers)
    assert (
        run.output == f"{out}: 4 files, 4 written, 0 there already, 0 failed\n11 records, 2 deletions, 0 not readable\n"
    )
    assert run.exit_code == 0
    assert list(content(out)) == [f"pubmed26n{n}.parquet" for n in ("0001", "0002", "0009", "0010")]
    assert pq.read_table(out / "pubmed26n0009.parquet", columns=["pmid", "deleted", "title"]).to_pylist() == [
        {"pmid": 2, "deleted": False, "title": "Second, revised"},
        {"pmid": 2, "deleted": False, "title": "Second, revised again"},
        {"pmid": 4, "deleted": False, "title": "Fourth, version 1, indexed"},
        {"pmid": 3, "deleted": True, "title": None},
        {"pmid": 5, "deleted": True, "title": None},
    ]


def test_a_row_says_what_the_reader_says(tmp_path, out):
    everything = (ROOT / "tests/fixtures/pubmed/everything.xml").read_bytes()
    file = tmp_path / "pubmed26n0001.xml"
    file.write_bytes(everything)
    assert bulk(file, "--out", out).exit_code == 0
    rows = [row for row in pq.read_table(out / "pubmed26n0001.parquet").to_pylist() if not row["deleted"]]
    citations = [record for record in read(everything) if isinstance(record, Citation)]
    assert len(rows) == len(citations) > 0
    for row, citation in zip(rows, citations, strict=True):
        assert (row["pmid"], row["version"], row["title"]) == (int(citation.pmid), citation.version, citation.title)
        assert (row["doi"], row["pmcid"], row["year"]) == (citation.doi, citation.pmcid, citation.year)
        assert [s["text"] for s in row["abstract"]] == [s.text for s in citation.abstract]
        assert [h["ui"] for h in row["mesh"]] == [h.ui for h in citation.mesh]
        assert [x["type"] for x in row["links"]] == [x.type for x in citation.links]
        assert len(row["authors"]) == len(citation.authors)


def test_a_second_run_does_nothing_and_a_changed_file_is_read_again(files, out):
    bulk(*files, "--out", out)
    before = content(out)
    times = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    run = bulk(*files, "--out", out)
    assert "4 files, 0 written, 4 there already" in run.output
    assert "11 records, 2 deletions" in run.output
    assert times == {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    write(files[1], article_xml("5", title="Fifth, corrected"))
    assert "4 files, 1 written, 3 there already" in bulk(*files, "--out", out).output
    changed = {name for name, was in before.items() if content(out)[name] != was}
    assert changed == {"pubmed26n0002.parquet"}


def test_a_damaged_shard_is_written_again(files, out):
    bulk(*files, "--out", out)
    before = content(out)
    (out / "pubmed26n0001.parquet").write_bytes(b"PAR1 and no more")
    assert "1 written, 3 there already" in bulk(*files, "--out", out).output
    assert content(out) == before


def test_a_bad_record_is_set_aside_and_listed_each_time(tmp_path, out):
    broken = article_xml("8").replace(b"</Article>", b"</Artcle>")
    file = write(tmp_path / "pubmed26n0001.xml.gz", article_xml("7"), broken, article_xml("9"))
    for _ in range(2):
        run = bulk(file, "--out", out)
        assert "2 records, 0 deletions, 1 not readable\n" in run.output
        assert "pubmed26n0001.xml.gz: PMID 8: not well-formed XML" in run.output
        assert run.exit_code == 1


def test_a_file_cut_short_gives_what_it_has_and_says_so(files, out):
    files[1].write_bytes(files[1].read_bytes()[:-40])
    run = bulk(*files, "--out", out)
    assert "pubmed26n0002.xml.gz: no PMID: damaged gzip data" in run.output
    assert run.exit_code == 1
    assert len(content(out)) == 4


def test_a_checksum_beside_the_file_is_checked(files, out):
    beside = files[0].with_name(f"{files[0].name}.md5")
    beside.write_text(f"MD5({files[0].name})= {hashlib.md5(files[0].read_bytes()).hexdigest()}\n")
    assert bulk(files[0], "--out", out).exit_code == 0
    write(files[0], article_xml("1", title="Not what was issued"))
    before = content(out)
    run = bulk(*files, "--out", out)
    assert "4 files, 3 written, 0 there already, 1 failed" in run.output
    assert (
        "pubmed26n0001.xml.gz: failed: not the file that pubmed26n0001.xml.gz.md5 tells of; get it again" in run.output
    )
    assert run.exit_code == 1
    assert content(out)["pubmed26n0001.parquet"] == before["pubmed26n0001.parquet"]


def test_what_cannot_be_written_is_listed_and_leaves_nothing(files, out):
    # A folder in the place of a shard: the rename fails, the rest goes on.
    (out / "pubmed26n0002.parquet").mkdir(parents=True)
    run = bulk(*files, "--out", out)
    assert "pubmed26n0002.xml.gz: failed: Is a directory" in run.output
    assert run.exit_code == 1
    assert not list(out.glob(".*"))


@pytest.mark.parametrize(
    "names, says",
    [
        (["pubmed26n0001.xml.gz", "notes.xml"], "notes.xml: expected a name such as pubmed26n0001.xml.gz"),
        (["pubmed26n0099.xml.gz"], "pubmed26n0099.xml.gz: no such file"),
        (["pubmed26n0001.xml.gz", "pubmed26n0001.xml"], "has the same place as"),
        (["pubmed26n0001.xml.gz", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"], "give one of them"),
        (["pubmed26n0001.xml.gz", "--scheduler", "nonsense://"], "no Dask scheduler at nonsense://"),
        (["pubmed26n0001.xml.gz", "--workers", "0"], "0 is not in the range"),
        ([], "Missing argument"),
    ],
)
def test_bad_input_is_one_clear_line_and_no_shard(files, out, names, says):
    write(files[0].with_suffix(""), article_xml("1"))
    arguments = [files[0].parent / name if name.endswith((".gz", ".xml")) else name for name in names]
    run = bulk(*arguments, "--out", out)
    assert run.exit_code == 2
    assert says in run.output.strip().splitlines()[-1]
    assert not out.exists() or not content(out)


def test_a_folder_that_is_a_file_is_one_clear_line(files, tmp_path):
    (tmp_path / "shards").write_text("no folder")
    run = bulk(files[0], "--out", tmp_path / "shards")
    assert run.exit_code == 2
    assert run.output.strip().endswith("shards: File exists")


def test_without_the_extra_it_says_what_to_install(files, tmp_path, out):
    (tmp_path / "pyarrow.py").write_text("raise ImportError('not installed')")
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "kb.cli", "pubmed", "bulk", str(files[0]), "--out", str(out)]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.returncode == 2
    assert run.stderr.strip() == (
        "Error: kb pubmed bulk needs pyarrow and distributed; install evidence-kb[bulk] (not installed)"
    )
    assert not out.exists()


def test_names_tell_the_order():
    names = ["pubmed25n1274.xml.gz", "pubmed26n0001.xml", "pubmed26n1334.xml.gz", "pubmed26n10000.xml.gz"]
    assert sorted(names, key=order) == names
    assert [order(name) for name in ("pubmed26n1.xml", "x-pubmed26n0001.xml", "pubmed26n0001.xml.gz.md5")] == [None] * 3


# --- killed, and spread --------------------------------------------------------------------------------


def test_a_killed_run_goes_on_to_the_same_shards(tmp_path, out):
    records = [article_xml(str(pmid), title=f"Title {pmid}", abstract="Words " * 200) for pmid in range(1, 1501)]
    files = [write(tmp_path / f"pubmed26n{n:04}.xml.gz", *records) for n in range(1, 13)]
    assert bulk(*files, "--out", tmp_path / "whole").exit_code == 0
    command = [sys.executable, "-m", "kb.cli", "pubmed", "bulk", *map(str, files), "--out", str(out), "--workers", "2"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while len(list(out.glob("*.parquet"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    done = len(list(out.glob("*.parquet")))
    assert 3 <= done < 12
    assert f"{12 - done} written, {done} there already" in bulk(*files, "--out", out).output
    assert content(out) == content(tmp_path / "whole")


def test_a_cluster_makes_the_same_shards(files, tmp_path, out):
    bulk(*files, "--out", tmp_path / "here")
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0", protocol="tcp"
    ) as dask:
        run = bulk(*files, "--out", out, "--scheduler", dask.scheduler_address)
    assert "4 files, 4 written" in run.output
    assert run.exit_code == 0
    assert content(out) == content(tmp_path / "here")


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path):
    """A file of 40,000 records needs hardly more than one of 10,000."""
    peaks = []
    for n, count in enumerate((10_000, 40_000), 1):
        records = (article_xml(str(pmid), abstract=f"Words {pmid} " * 150) for pmid in range(1, count + 1))
        file = write(tmp_path / f"pubmed26n{n:04}.xml.gz", *records)
        code = (
            "import re, sys, pathlib; from ingest.shards import convert; "
            "print(convert(*map(pathlib.Path, sys.argv[1:])).records, "
            # ru_maxrss would count what this process had when it forked.
            "re.search(r'VmHWM:\\s+(\\d+)', pathlib.Path('/proc/self/status').read_text())[1])"
        )
        command = [sys.executable, "-c", code, str(file), str(tmp_path)]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
        assert int(told[0]) == count
        peaks.append(int(told[1]))
    assert peaks[1] < 1.25 * peaks[0], peaks


# --- the documented queries ----------------------------------------------------------------------------


def test_the_documented_queries_give_the_latest_of_each_record(files, out):
    write(files[0], *_records(files[0]), article_xml("8").replace(b"</Article>", b"</Artcle>"))
    # The order of the arguments does not count.
    bulk(*reversed(files), "--out", out)
    queries = re.findall(r"```sql\n(.*?)```", (ROOT / "docs/bulk.md").read_text(encoding="utf-8"), re.DOTALL)
    connection = duckdb.connect()
    results = [connection.execute(query.replace("shards/*", f"{out}/*")).fetchall() for query in queries]
    _, tombstones, retracted, trials, sections, told = results
    assert connection.execute("SELECT pmid, title FROM citation ORDER BY pmid").fetchall() == [
        (1, "First"),
        (2, "Second, revised again"),
        (4, "Fourth, version 2"),
        (5, "Fifth, back"),
        (6, "Sixth"),
    ]
    assert tombstones == [(3,)]
    assert retracted == [(2, "Second, revised again", ["J Ex 2004;1:2"])]
    assert trials == [(2001, 1)]
    assert sections == [(1, "P < 0.05", None)]
    assert [(name.rpartition("/")[2], count) for name, count, _ in told][:2] == [
        ("pubmed26n0001.parquet", "5"),
        ("pubmed26n0002.parquet", "1"),
    ]
    assert '["8","not well-formed' in told[0][2]


def _records(file) -> list[bytes]:
    xml = gzip.decompress(file.read_bytes())
    return [
        record + b"</PubmedArticle>" for record in re.findall(rb"(<PubmedArticle>.*?)</PubmedArticle>", xml, re.DOTALL)
    ]

"""PubMed XML → records, beside the field's readers; expat without handlers is the floor."""

import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import perf_counter
from xml.parsers import expat

from bench import corpus
from bench.measure import ROUNDS, SMOKE, Row, cpu_seconds
from ingest.pubmed_xml import read

COUNT = 50 if SMOKE else 30_000
#: Bio.Entrez.read needs 2 GB for a whole file; it is given as many citations as a fetch has, at a time.
FETCH = 50 if SMOKE else 200


def ours(path: Path) -> int:
    return sum(1 for _ in read(path))


def floor(path: Path):
    parser = expat.ParserCreate()
    with path.open("rb") as file:
        parser.ParseFile(file)


def by_lxml(path: Path) -> list[tuple]:
    """The fields that one writes down first, with lxml."""
    from lxml import etree

    found = []
    for _, article in etree.iterparse(path, tag="PubmedArticle"):
        found.append(
            (
                article.findtext(".//PMID"),
                "".join(article.find(".//ArticleTitle").itertext()),
                ["".join(part.itertext()) for part in article.iterfind(".//AbstractText")],
                [(a.findtext("LastName"), a.findtext("Initials")) for a in article.iterfind(".//Author")],
                article.findtext(".//Journal/Title"),
                article.findtext(".//PubDate/Year"),
                [(i.get("IdType"), i.text) for i in article.iterfind(".//ArticleIdList/ArticleId")],
                [(d.get("UI"), d.text) for d in article.iterfind(".//MeshHeading/DescriptorName")],
                [(p.get("UI"), p.text) for p in article.iterfind(".//PublicationType")],
            )
        )
        article.clear()
    return found


def peak_memory(path: Path) -> float:
    """MB of a process that reads the file and keeps nothing."""
    # The child tells: what its parent is told of it contains the memory of the parent, from which it was forked.
    code = "import sys; from bench.reading import ours; ours(sys.argv[1]); print(open('/proc/self/status').read())"
    told = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True).stdout
    return int(re.search(r"VmHWM:\s+([0-9]+)", told)[1]) / 1024


def measured(folder: Path) -> Iterator[Row]:
    plain, zipped = corpus.pubmed_files(folder, COUNT)
    memory = peak_memory(plain)
    few = folder / "few.xml"
    few.write_bytes(b"".join(corpus.pubmed_xml(FETCH)))

    def bio():
        from Bio import Entrez

        with few.open("rb") as file:
            return Entrez.read(file)

    def pubmed_parser():
        from pubmed_parser import parse_medline_xml

        return list(parse_medline_xml(str(zipped), year_info_only=False, nlm_category=True, author_list=True))

    rounds = min(ROUNDS, 3)
    times = cpu_seconds(
        rounds,
        plain=lambda: ours(plain),
        zipped=lambda: ours(zipped),
        floor=lambda: floor(plain),
        lxml=lambda: by_lxml(plain),
        parser=pubmed_parser,
    )
    short = cpu_seconds(ours=lambda: ours(few), bio=bio)
    per_second = {name: COUNT / seconds for name, seconds in times.items()}
    what, unit = "reading PubMed XML", "citations per CPU second"
    yield Row(f"{what}.gz", "pubmed_parser", per_second["zipped"], per_second["parser"], unit, "≥ 2.5")
    yield Row(f"{what}, {FETCH} a time", "Bio.Entrez.read", FETCH / short["ours"], FETCH / short["bio"], unit, "≥ 4")
    yield Row(what, "lxml iterparse, nine fields", per_second["plain"], per_second["lxml"], unit)
    seconds = "CPU seconds"
    yield Row(f"{what}, {COUNT}", "expat without handlers", times["plain"], times["floor"], seconds, "≤ 3.5")
    yield Row(f"{what}, peak memory", "60 MB", memory, 60, "MB", "≤ 1")
    yield _two_processes(plain)


def _two_processes(path: Path) -> Row:
    """Two files one after the other, and by two processes that run already."""
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(ours, [path, path]))
        start = perf_counter()
        list(pool.map(ours, [path, path]))
        together = perf_counter() - start
    start = perf_counter()
    ours(path), ours(path)
    alone = perf_counter() - start
    what = "reading two files with two processes"
    return Row(what, "one process", 2 * COUNT / together, 2 * COUNT / alone, "citations per second", "≥ 1.7")

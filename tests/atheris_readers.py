"""Readers under Atheris, which looks for inputs that reach new code. Run for as long as there is time:

    python -m tests.atheris_readers pubmed CORPUS_FOLDER -max_total_time=3600

It ends with the input that raised an exception, if one did. Names of readers: see `READERS`.
"""

import contextlib
import gzip
import sys

import atheris

with atheris.instrument_imports(include=["ingest", "kb"]):
    from ingest import pubmed_xml
    from kb import load
    from kb.check import read as drafts

from tests.pubmed_articles import article_xml

HEAD = b'<?xml version="1.0"?><PubmedArticleSet>'


def pubmed(content: bytes):
    for _ in pubmed_xml.read(content):
        pass
    for _ in pubmed_xml.read(HEAD + content + b"</PubmedArticleSet>"):
        pass


def yaml(content: bytes):
    load.parse_yaml(content.decode("utf-8", "replace"), "file.yaml", [])


def draft(content: bytes):
    for kind in sorted(set(drafts.KINDS.values())):
        with contextlib.suppress(drafts.Unreadable):
            drafts.read(content, kind)


#: What is read, and inputs to begin with.
READERS = {
    "pubmed": (pubmed, [article_xml("12345678"), gzip.compress(article_xml("1"))]),
    "draft": (draft, [b"# A\n\n* b [c](d) <!-- e -->\n\n|a|\n|-|\n|1|\n", b"<p>a <b>b</b></p>"]),
    "yaml": (yaml, [b"a: [1, {b: c}]\n- d\n", b"&a [*a]"]),
}

if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    reader, seeds = READERS[name]
    folder = next((a for a in arguments if not a.startswith("-")), None)
    if folder:
        for i, seed in enumerate(seeds):
            with open(f"{folder}/seed{i}", "wb") as file:
                file.write(seed)
    atheris.Setup([sys.argv[0], *arguments], reader)
    atheris.Fuzz()

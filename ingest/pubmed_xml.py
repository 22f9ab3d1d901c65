"""PubMed XML → records, for efetch replies and for baseline and update files.

The input is cut into one slice of bytes per record, and each slice is parsed on its own: memory
stays flat, a broken record loses only itself, and a DTD is never needed or looked for. A slice has
no DOCTYPE, so there are no entities to expand; a file that declares some is refused.
"""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree

from ingest.citation import Citation, Deleted, Malformed
from ingest.pubmed_fields import read_article, read_book

CHUNK = 1 << 20
#: The largest record met has 0.4 MB. Anything longer than this is no record, and would fill the memory.
LONGEST = 16 << 20
#: No start or end tag of a record or set is longer than this, in bytes.
TAG = 256

START = re.compile(rb"<(PubmedArticle|PubmedBookArticle|DeleteCitation|DeleteDocument)(?:\s[^>]*)?>")
ROOT = re.compile(rb"<(PubmedArticleSet|PubmedBookArticleSet)[\s>]")
ENCODING = re.compile(rb"""<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
PMID = re.compile(rb"<PMID[^>]*>\s*([0-9]+)")
MATHML = b'xmlns:mml="http://www.w3.org/1998/Math/MathML"'

READERS = {"PubmedArticle": read_article, "PubmedBookArticle": read_book}


def read(source: Path | str | bytes | BinaryIO) -> Iterator[Citation | Deleted | Malformed]:
    """Read the records of a file name, open binary file or reply body, gzipped or plain, in their order.

    What cannot be read comes as `Malformed` and never as an exception, also where the input ends too
    early. Raises OSError only if the file cannot be opened or read.
    """
    if isinstance(source, (str, Path)):
        with open(source, "rb") as file:
            yield from _read(file)
    else:
        yield from _read(io.BytesIO(source) if isinstance(source, bytes) else source)


def _read(file: BinaryIO) -> Iterator[Citation | Deleted | Malformed]:
    head = b""
    for kind, data in _slices(file):
        if kind == "head":
            # A slice is taken for UTF-8; any other encoding has to be said again.
            encoding = ENCODING.search(data)
            if encoding and encoding[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
                head = b"<?xml version='1.0' encoding='%s'?>" % encoding[1]
        elif kind == "fault":
            yield Malformed(_pmid(data), data.partition(b"\n")[0].decode())
        elif kind.startswith("Delete"):
            yield from (Deleted(pmid.decode()) for pmid in PMID.findall(data))
        else:
            yield _record(kind, data, head)


def _pmid(data: bytes) -> str | None:
    match = PMID.search(data)
    return match[1].decode() if match else None


def _record(kind: str, data: bytes, head: bytes) -> Citation | Malformed:
    try:
        return READERS[kind](_element(data, head))
    except ElementTree.ParseError as error:
        return Malformed(_pmid(data), f"not well-formed XML: {error}")
    except (ValueError, LookupError) as error:
        return Malformed(_pmid(data), str(error))


def _element(data: bytes, head: bytes) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(head + data if head else data)
    except ElementTree.ParseError as error:
        # Some files declare the prefix of MathML once, at their root.
        if "unbound prefix" not in str(error) or b"<mml:" not in data:
            raise
        return ElementTree.fromstring(b"%s<root %s>%s</root>" % (head, MATHML, data))[0]


def _slices(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Cut the input: `head`, then the name and bytes of each record. A `fault` is a line that says
    what is wrong, then the bytes it is about."""
    buffer, head, root, closed, found = b"", None, None, False, False
    for chunk in _chunks(file):
        if isinstance(chunk, str):
            yield "fault", chunk.encode()
            break
        buffer += chunk
        if head is None:
            start = START.search(buffer)
            if not start and len(buffer) < CHUNK and b"</" not in buffer:
                continue
            head = buffer[: start.start()] if start else buffer
            if b"<!ENTITY" in head:
                yield "fault", b"the file declares entities, which PubMed never does"
                return
            root = ROOT.search(head)
            yield "head", head
        inside, position = yield from _records(buffer)
        buffer, found = buffer[position:], found or inside or position > 0
        if inside:
            if len(buffer) > LONGEST:
                yield "fault", b"a record of more than %d MB\n" % (LONGEST >> 20) + buffer[:CHUNK]
                return
        else:
            closed = closed or (root is not None and b"</%s>" % root[1] in buffer)
            buffer = buffer[-TAG:]
    start = START.search(buffer)
    if start:
        yield "fault", b"the input ends inside this record\n" + buffer[start.start() :]
    elif not root and not found:
        yield "fault", b"no PubMed record, expected <PubmedArticleSet>"
    elif root and not closed:
        yield "fault", b"the input ends before </%s>" % root[1]


def _records(buffer: bytes) -> Iterator[tuple[str, bytes]]:
    """The whole records in `buffer`; returns whether the rest begins inside a record, and where it begins."""
    position = 0
    while start := START.search(buffer, position):
        name, begin = start[1], start.start()
        if start[0].endswith(b"/>"):
            position = start.end()
            continue
        close = b"</%s>" % name
        end = buffer.find(close, start.end())
        again = buffer.find(b"<%s>" % name, start.end(), end if end >= 0 else len(buffer))
        if again >= 0:
            yield "fault", b"the next record begins before the end of this one\n" + buffer[begin:again]
            position = again
            continue
        if end < 0:
            return True, begin
        position = end + len(close)
        yield name.decode(), buffer[begin:position]
    return False, position


def _chunks(file: BinaryIO) -> Iterator[bytes | str]:
    """Chunks of bytes, unzipped if need be; at last one text, if the compressed data is damaged."""
    start = file.read(2)
    file = _Rejoined(start, file)
    # read1 gives what could be unzipped before the damage; read would lose it.
    next_chunk = gzip.GzipFile(fileobj=file, mode="rb").read1 if start == b"\x1f\x8b" else file.read
    try:
        while chunk := next_chunk(CHUNK):
            yield chunk
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        yield f"damaged gzip data: {error}"


class _Rejoined(io.RawIOBase):
    """A file of which the first bytes were read already; pipes cannot seek back."""

    def __init__(self, start: bytes, file: BinaryIO):
        self.start, self.file = start, file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self.start:
            return self.file.read(size)
        start, self.start = self.start, b""
        return start + self.file.read(max(size - len(start), 0) if size >= 0 else -1)

"""One baseline or update file of PubMed → one Parquet shard, written whole or not at all.

A shard knows the MD5 of its file, so that a run can be repeated: what is done already is not done
again. Rows are in the file's order, deletions among them; `sequence` orders the rows of all shards.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.citation import Citation, Deleted, Malformed, plain
from ingest.columns import decode_authors, encode_authors
from ingest.names import order, shard_of
from ingest.pubmed_xml import read

#: The format of the shards; a shard of another format is written anew.
FORMAT = "1"
#: Records in memory at a time, about 6 kB each.
BATCH = 2000
#: A file has about 30,000 records.
MOST_RECORDS = 10_000_000
CHECKSUM = re.compile(r"\b[0-9a-fA-F]{32}\b")

TERM = pa.struct({"ui": pa.string(), "name": pa.string()})
SCHEMA = pa.schema(
    {
        "pmid": pa.int32(),
        "version": pa.int16(),
        "sequence": pa.int64(),
        "deleted": pa.bool_(),
        "status": pa.string(),
        "title": pa.string(),
        "abstract": pa.list_(pa.struct({"label": pa.string(), "category": pa.string(), "text": pa.string()})),
        "authors": pa.list_(pa.string()),
        "journal": pa.string(),
        "nlm_id": pa.string(),
        "year": pa.int16(),
        "date": pa.string(),
        "languages": pa.list_(pa.string()),
        "doi": pa.string(),
        "pmcid": pa.string(),
        "publication_types": pa.list_(TERM),
        "mesh": pa.list_(pa.struct({"ui": pa.string(), "name": pa.string(), "major": pa.bool_()})),
        "links": pa.list_(pa.struct({"type": pa.string(), "pmid": pa.int32(), "source": pa.string()})),
        "registrations": pa.list_(pa.struct({"bank": pa.string(), "accession": pa.string()})),
        "record": pa.string(),
    }
)


class Shard(NamedTuple):
    """What came of a file. `malformed` are what could not be read, `error` why there is no shard."""

    file: str
    written: bool = False
    records: int = 0
    deleted: int = 0
    malformed: tuple[Malformed, ...] = ()
    error: str | None = None


class Unusable(Exception):
    """The file cannot become a shard; one line."""


def convert(file: Path, folder: Path) -> Shard:
    """Make the shard of a file in `folder`, unless it is there. Never raises; runs in any process."""
    file, folder = Path(file), Path(folder)
    try:
        digest = _checksum(file)
        if done := finished(shard_of(file, folder), digest):
            return done._replace(file=file.name)
        return _write(file, shard_of(file, folder), digest)
    except Unusable as error:
        return Shard(file.name, error=str(error))
    except (OSError, pa.ArrowException) as error:
        return Shard(file.name, error=f"{getattr(error, 'strerror', None) or error}")


def _checksum(file: Path) -> str:
    """The MD5 of a file. Raises `Unusable` if it is not the one in the `.md5` file that PubMed puts beside it."""
    with open(file, "rb") as content:
        digest = hashlib.file_digest(content, "md5").hexdigest()
    beside = file.with_name(f"{file.name}.md5")
    if beside.is_file():
        told = CHECKSUM.search(beside.read_text(encoding="ascii", errors="replace"))
        if not told or told[0].lower() != digest:
            raise Unusable(f"not the file that {beside.name} tells of; get it again")
    return digest


def finished(shard: Path, digest: str) -> Shard | None:
    """What was told of a shard when it was written, if it is that of a file with this MD5."""
    try:
        told = pq.read_metadata(shard).metadata or {}
        if (told.get(b"md5"), told.get(b"format")) != (digest.encode(), FORMAT.encode()):
            return None
        counts = json.loads(told[b"counts"])
    except (OSError, pa.ArrowException, KeyError, ValueError):
        return None
    malformed = tuple(Malformed(*item) for item in counts["malformed"])
    return Shard(shard.name, False, counts["records"], counts["deleted"], malformed)


def _write(file: Path, shard: Path, digest: str) -> Shard:
    handle, name = tempfile.mkstemp(prefix=f".{shard.name}.", suffix=".part", dir=shard.parent)
    os.close(handle)
    part = Path(name)
    try:
        result = _fill(file, part, digest)
        part.chmod(0o644)
        with part.open("rb") as content:
            os.fsync(content.fileno())
        part.replace(shard)
        return result
    finally:
        part.unlink(missing_ok=True)


def _fill(file: Path, part: Path, digest: str) -> Shard:
    first = (order(file.name) or 0) * MOST_RECORDS
    records = deleted = 0
    malformed: list[Malformed] = []
    with pq.ParquetWriter(part, SCHEMA, compression="zstd") as writer:
        for batch in _batches(read(file)):
            rows = []
            for item in batch:
                if isinstance(item, Malformed):
                    malformed.append(item)
                    continue
                rows.append(_row(item, first + records + deleted))
                records += isinstance(item, Citation)
                deleted += isinstance(item, Deleted)
            writer.write_table(pa.Table.from_pylist(rows, SCHEMA))
        counts = {"records": records, "deleted": deleted, "malformed": malformed}
        told = {"file": file.name, "md5": digest, "format": FORMAT}
        writer.add_key_value_metadata(told | {"counts": json.dumps(counts)})
    return Shard(file.name, True, records, deleted, tuple(malformed))


def _batches(items: Iterator) -> Iterator[list]:
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _row(item: Citation | Deleted, sequence: int) -> dict:
    row = {"pmid": int(item.pmid), "sequence": sequence, "deleted": isinstance(item, Deleted)}
    if isinstance(item, Deleted):
        return row
    return row | {
        "version": item.version,
        "status": item.status,
        "title": item.title,
        "abstract": [section._asdict() for section in item.abstract],
        "authors": decode_authors(encode_authors(item.authors)),
        "journal": item.journal.abbreviation or item.journal.medline or item.journal.title,
        "nlm_id": item.journal.nlm_id,
        "year": item.year,
        "date": item.date,
        "languages": item.languages,
        "doi": item.doi,
        "pmcid": item.pmcid,
        "publication_types": [{"ui": concept.ui, "name": concept.name} for concept in item.publication_types],
        "mesh": [{"ui": h.ui, "name": h.name, "major": h.is_major} for h in item.mesh],
        "links": [{"type": x.type, "pmid": _number(x.pmid), "source": x.source} for x in item.links],
        "registrations": [r._asdict() for r in item.registrations],
        # Everything that PubMed says, for what the columns leave out.
        "record": json.dumps(plain(item), ensure_ascii=False, separators=(",", ":")),
    }


def _number(pmid: str | None) -> int | None:
    return int(pmid) if pmid and pmid.isdecimal() else None

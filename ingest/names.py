"""The names of PubMed's baseline and update files, which tell the order in which they count."""

import re
from pathlib import Path

NAME = re.compile(r"pubmed(\d\d)n(\d{4,6})\.xml(\.gz)?")


def order(name: str) -> int | None:
    """The place of a file in the order in which PubMed issued them; None if the name does not tell."""
    match = NAME.fullmatch(name)
    return int(match[1]) * 1_000_000 + int(match[2]) if match else None


def shard_of(file: Path, folder: Path) -> Path:
    """Where the shard of a file is."""
    return folder / f"{file.name.removesuffix('.gz').removesuffix('.xml')}.parquet"

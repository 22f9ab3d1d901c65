"""The references of all studies as CSL-JSON."""

from pathlib import Path

from kb.cite import csl, find
from kb.files import put


def write(connection, folder: Path) -> str:
    references = find.of_all_studies(connection)
    put(folder / "references.csl.json", csl.write(references).encode())
    return f"{len(references)} references as CSL-JSON"

"""Rows of `kb.db` → citations as other programs read them.

`find` finds the papers, `reference` says what a paper is, and each format is one module with
`write(references) -> str`.
"""

from collections.abc import Callable
from typing import NamedTuple

from kb.cite import bibtex, csl, nbib, ris, vancouver
from kb.cite.reference import Reference


class Format(NamedTuple):
    """How a format is called, sent and written. `suffix` ends the address of a file."""

    label: str
    suffix: str
    media_type: str
    write: Callable[[list[Reference]], str]


#: Every format by its name on the command line.
FORMATS = {
    "bibtex": Format("BibTeX", "bib", "application/x-bibtex", bibtex.write),
    "ris": Format("RIS", "ris", "application/x-research-info-systems", ris.write),
    "csl": Format("CSL-JSON", "csl.json", "application/vnd.citationstyles.csl+json", csl.write),
    "nbib": Format("NBIB (MEDLINE)", "nbib", "application/nbib", nbib.write),
    "vancouver": Format("Vancouver text", "txt", "text/plain", vancouver.write),
}
SUFFIXES = {format.suffix: format for format in FORMATS.values()}

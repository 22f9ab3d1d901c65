"""The invented topic with papers that are awkward to write down, for the exports."""

import shutil
from pathlib import Path

from kb.build import build
from kb.load import load
from tests.conftest import TINY

STUDY = """
key: {key}
source: {{title: {title}, authors: {authors}, journal: {journal}, year: 2010, pmid_status: unconfirmed, {found}}}
design: rct
population: {population}
intervention: {{description: Moonwort drops}}
comparator: {{type: placebo}}
blinding: double
read: {{depth: abstract, date: 2026-01-01}}
findings:
  - id: same
    outcome: hiccups-per-minute
    text: {text}
    direction: no-difference
    evidence:
      - {{claim: stops-hiccups, stance: context, directness: direct}}
"""
#: Titles with markup, umlauts, commas and quotation marks; a body as author; no DOI; text like a formula; line breaks.
PAPERS = [
    {
        "key": "mueller-2010",
        "title": "'H<sub>2</sub>O &amp; <i>Lunaria</i>, \"größer\" als β²'",
        "authors": "[Müller-Lüdenscheidt Ä, Ñandú Ø]",
        "journal": "Z Mondkräuter",
        "found": "doi: '10.9999/umlaut;(1)<2>'",
        "population": "'=1+1 adults'",
        "text": "'-2+3 is not a number'",
    },
    {
        "key": "group-2010",
        "title": "'''Quoted'', then a comma, then\ttabs'",
        "authors": "['Moonwort Study Group (MOON), for the investigators']",
        "journal": "J Invented Res",
        "found": "url: 'https://example.org/group?a=1&b=2'",
        "population": '"Line one\\nline two"',
        "text": '"\'@guarded already"',
    },
]


def make(folder: Path) -> Path:
    """A `kb.db` in which one of the awkward papers is retracted."""
    data = shutil.copytree(TINY, folder / "data")
    for paper in PAPERS:
        (data / "studies" / f"{paper['key']}.yaml").write_text(STUDY.format(**paper), encoding="utf-8")
    fields = "study,kind,asked,notice,checked"
    (data / "standing.csv").write_text(f"{fields}\nmueller-2010,retracted,PubMed,99000009,2026-01-02\n")
    build(load(data), folder / "kb.db")
    return folder / "kb.db"

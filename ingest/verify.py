"""Every figure of every finding against the fetched abstract, and every study against its citation."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from ingest.citation import Citation
from ingest.same_paper import differences, is_another_paper
from ingest.store import Entry, Store
from ingest.terminal import STORE, one_line
from kb import located
from kb.abstracts import Section
from kb.located import Location
from kb.records import Study
from kb.terminal import DATA, BadInput, read_data
from kb.vocabulary import ReadDepth

NO_PMID = "no confirmed PMID"
NOT_FETCHED = "not in the store, run kb pubmed fetch"
NO_ABSTRACT = "PubMed has no abstract"


@dataclass
class Checked:
    """What came of one study. `missing` is why it could not be checked, `places` are by finding id."""

    study: Study
    missing: str | None = None
    differs: dict[str, str] = field(default_factory=dict)
    places: dict[str, Location] = field(default_factory=dict)

    @property
    def figures(self) -> int:
        return sum(len(finding.numbers) for finding in self.study.findings)

    @property
    def not_found(self) -> list[tuple[str, str]]:
        """Finding id and figure, as often as the record gives it."""
        return [
            (finding.id, figure)
            for finding in self.study.findings
            if finding.id in self.places
            for figure in finding.numbers
            if figure in self.places[finding.id].missing
        ]

    @property
    def is_fault(self) -> bool:
        """Figures from a full text need not stand in the abstract; everything else that fails is a fault."""
        from_abstract = self.study.read.depth == ReadDepth.ABSTRACT
        return bool(self.differs) or self.missing == NOT_FETCHED or (from_abstract and bool(self.not_found))


def verify(studies: Iterable[Study], store: Store) -> list[Checked]:
    """Check studies against what the store has of them."""
    studies = list(studies)
    entries = {entry.pmid: entry for entry in store.entries(s.source.pmid for s in studies if s.source.pmid)}
    return [_check(study, entries.get(study.source.pmid)) for study in studies]


def _check(study: Study, entry: Entry | None) -> Checked:
    if not study.source.pmid:
        return Checked(study, NO_PMID)
    if entry is None or entry.citation is None:
        return Checked(study, NOT_FETCHED)
    differs = differences(study.source, entry.citation)
    if not entry.citation.abstract:
        return Checked(study, NO_ABSTRACT, differs)
    abstract = located.Abstract(_sections(entry.citation))
    return Checked(study, None, differs, {f.id: abstract.locate(f.numbers) for f in study.findings})


def _sections(citation: Citation) -> Iterator[Section]:
    for position, section in enumerate(citation.abstract, 1):
        yield Section(position, section.label, section.category, section.text)


# --- the command -------------------------------------------------------------------------------


@click.command("verify")
@click.argument("studies", nargs=-1, metavar="[STUDY]...")
@DATA
@STORE
@click.option("--located", "show", is_flag=True, help="List where each figure stands: section, characters.")
def verify_command(studies, data, store, show):
    """Look for every figure of every finding in the abstracts that were fetched.

    A figure counts as found only whole, with its sign, comparator, decimals and unit, and not denied.
    Title, first author, year and journal are compared too. Exit code 1: figures read in an abstract
    are not in it, a record is another paper's, or an abstract was never fetched. STUDY is a key.
    """
    kb = read_data(data)
    if unknown := [key for key in studies if key not in kb.studies]:
        raise BadInput(f"{', '.join(unknown)}: no such study in {data}/studies; expected keys, the names of its files")
    path = store or data.resolve().parent / "pubmed.db"
    if not Path(path).is_file():
        raise BadInput(f"{path} is missing; run kb pubmed fetch, or name another file with --store")
    with one_line(), Store(path) as local:
        checked = verify([kb.studies[key] for key in dict.fromkeys(studies)] or kb.studies.values(), local)
    if show:
        click.echo("\n".join(_located(checked)))
    click.echo("\n".join(_report(checked)))
    raise SystemExit(any(one.is_fault for one in checked))


def _located(checked: list[Checked]) -> Iterator[str]:
    for one in checked:
        for finding, location in one.places.items():
            for place in location.sentences:
                where = place.section.label or f"section {place.section.position}"
                figures = "; ".join(place.figures)
                yield f"{one.study.key}/{finding}\t{where}\t{place.start}-{place.end}\t{figures}"


def _report(checked: list[Checked]) -> Iterator[str]:
    looked_for = sum(one.figures for one in checked if not one.missing)
    not_found = [(one, finding, figure) for one in checked for finding, figure in one.not_found]
    abstracts = sum(not one.missing for one in checked)
    yield f"{looked_for - len(not_found)} of {looked_for} figures found, in the abstracts of {abstracts} studies"
    for title, depths in (
        ("not in the abstract, where they were read", {ReadDepth.ABSTRACT}),
        ("not in the abstract, but read elsewhere", set(ReadDepth) - {ReadDepth.ABSTRACT}),
    ):
        rows = [
            f"{one.study.key}/{finding}: {figure}"
            for one, finding, figure in not_found
            if one.study.read.depth in depths
        ]
        yield from _listed(title, rows)
    yield from _listed("another paper? correct the PMID", _differing(checked, another=True))
    yield from _listed("cited otherwise than in PubMed", _differing(checked, another=False))
    for reason in (NOT_FETCHED, NO_ABSTRACT, NO_PMID):
        rows = [f"{one.study.key}: figures not looked for: {one.figures}" for one in checked if one.missing == reason]
        yield from _listed(reason, rows)


def _differing(checked: list[Checked], another: bool) -> list[str]:
    return [
        f"{one.study.key}, PMID {one.study.source.pmid}: {'; '.join(one.differs.values())}"
        for one in checked
        if one.differs and is_another_paper(one.differs) == another
    ]


def _listed(title: str, rows: list[str]) -> Iterator[str]:
    if rows:
        yield f"{title}: {len(rows)}"
        yield from (f"  {row}" for row in rows)

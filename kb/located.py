"""Which sentence of the abstract carries a finding's figures: pure, from figures and sections to places."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kb import records as r
from kb.abstracts import Section
from kb.documents import KnowledgeBase
from kb.figures import Found, Passage
from kb.rows import Tables, citation_id

#: Where the same figures stand twice, the results are shown rather than the conclusions.
PREFERRED = {"RESULTS": 0, "CONCLUSIONS": 2}


class Sentence(NamedTuple):
    """Characters `start` to `end` of a section's text, and the figures found there."""

    section: Section
    start: int
    end: int
    figures: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.section.text[self.start : self.end]


class Location(NamedTuple):
    """The fewest sentences that hold all figures that were found, in reading order, and those not found."""

    sentences: tuple[Sentence, ...]
    missing: tuple[str, ...]


class Abstract:
    """An abstract, read once for the figures of all findings of its study."""

    def __init__(self, sections: Iterable[Section]):
        self.sections = [(section, Passage(section.text)) for section in sections]

    def locate(self, figures: Iterable[str]) -> Location:
        """Look for each figure in every section."""
        figures = list(dict.fromkeys(figures))
        places: dict[tuple[Section, int, int], list[str]] = {}
        for figure in figures:
            for section, passage in self.sections:
                for start, end in dict.fromkeys(map(_sentence, passage.find(figure))):
                    places.setdefault((section, start, end), []).append(figure)
        chosen, open_ = [], {figure for found in places.values() for figure in found}
        missing = tuple(figure for figure in figures if figure not in open_)
        while open_:
            best = min(places, key=lambda place: (-len(open_.intersection(places[place])), *_order(place)))
            chosen.append(Sentence(*best, tuple(figure for figure in places[best] if figure in open_)))
            open_.difference_update(places[best])
        return Location(tuple(sorted(chosen, key=lambda s: (s.section.position, s.start))), missing)


def _sentence(found: Found) -> tuple[int, int]:
    if not found.sentences:
        return found.start, found.end
    return min(found.start, found.sentences[0].start), max(found.end, found.sentences[-1].end)


def _order(place: tuple[Section, int, int]) -> tuple[int, int, int]:
    section, start, _ = place
    return PREFERRED.get(section.category or "", 1), section.position, start


def cited(kb: KnowledgeBase) -> set[str]:
    """The PMIDs of all citations of a knowledge base."""
    return {study.source.pmid for study in kb.studies.values() if study.source.pmid} | {c.pmid for c in kb.citations}


def tables(kb: KnowledgeBase, abstracts: Mapping[str, list[Section]]) -> Tables:
    """The rows of `abstract_section` and `located_sentence`; `abstracts` are by PMID."""
    sections = [
        {"id": _section_id(pmid, section), "citation": f"PMID:{pmid}"} | section._asdict()
        for pmid in sorted(cited(kb) & abstracts.keys(), key=int)
        for section in abstracts[pmid]
    ]
    sentences = [
        row
        for study in kb.studies.values()
        if study.source.pmid in abstracts
        for row in _sentences(study, Abstract(abstracts[study.source.pmid]))
    ]
    return {"abstract_section": sections, "located_sentence": sentences}


def _section_id(pmid: str, section: Section) -> str:
    return f"PMID:{pmid}/{section.position}"


def _sentences(study: r.Study, abstract: Abstract) -> Iterable[dict]:
    for finding in study.findings:
        for sentence in abstract.locate(finding.numbers).sentences:
            yield {
                "finding": f"{study.key}/{finding.id}",
                "section": f"{citation_id(study)}/{sentence.section.position}",
                "start": sentence.start,
                "stop": sentence.end,
                "figures": "; ".join(sentence.figures),
            }


def count(rows: Tables) -> str:
    """What was added, in one line."""
    abstracts = len({row["citation"] for row in rows["abstract_section"]})
    findings = len({row["finding"] for row in rows["located_sentence"]})
    return f"abstracts: {abstracts}; sentences located: {len(rows['located_sentence'])}, for findings: {findings}"

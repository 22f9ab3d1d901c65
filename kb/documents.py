"""What the readers of `data/` hand to each other: faults, documents, and all records together."""

from dataclasses import dataclass, field
from typing import NamedTuple

from kb import records as r
from kb import wording

Place = tuple[str | int, ...]  # the way to a value: ("findings", 0, "effect", "p")


class Fault(NamedTuple):
    file: str
    line: int
    message: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.message}"


class BadData(Exception):
    """`data/` has faults; `faults` lists all of them, by file and line."""

    def __init__(self, faults: list[Fault]):
        self.faults = sorted(set(faults))
        super().__init__("\n".join(map(str, self.faults)))


class Document:
    """One file: its value, and the line of every value and key in it."""

    def __init__(self, file: str, value, lines: dict[Place, int]):
        self.file, self.value, self.lines = file, value, lines

    def fault(self, place: Place, message: str) -> Fault:
        """A fault at `place`, or at the nearest enclosing value that is in the file."""
        found = tuple(place)
        while found and found not in self.lines:
            found = found[:-1]
        where = ".".join(str(part) for part in place)
        return Fault(self.file, self.lines.get(found, 1), f"{where}: {message}" if where else message)


@dataclass
class KnowledgeBase:
    """All records of a `data/` folder, and the documents that they come from."""

    about: r.Knowledgebase | None = None
    claims: dict[str, r.Claim] = field(default_factory=dict)
    studies: dict[str, r.Study] = field(default_factory=dict)
    articles: dict[str, r.Article] = field(default_factory=dict)
    conditions: dict[str, r.Condition] = field(default_factory=dict)
    outcomes: dict[str, r.Outcome] = field(default_factory=dict)
    routes: dict[str, r.Route] = field(default_factory=dict)
    forms: dict[str, r.Form] = field(default_factory=dict)
    searches: dict[str, r.Search] = field(default_factory=dict)
    classes: dict[str, wording.WordClass] = field(default_factory=dict)
    recognition: dict[str, wording.Recognition] = field(default_factory=dict)
    overclaims: dict[str, wording.Overclaim] = field(default_factory=dict)
    nonclaims: dict[str, wording.Nonclaim] = field(default_factory=dict)
    weights: dict[str, wording.CheckWeight] = field(default_factory=dict)
    citations: list[r.CitationRow] = field(default_factory=list)
    standing: list[r.StandingRow] = field(default_factory=list)
    search_runs: list[r.SearchRunRow] = field(default_factory=list)
    screening: list[r.ScreeningRow] = field(default_factory=list)
    verdict_log: list[r.VerdictLogRow] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)

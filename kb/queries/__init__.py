"""Ready queries: questions that people ask of the tables, as SQL with parameters.

Each `.sql` file is one query. Its first line is the title; the comment lines after it say what it answers; lines of the
form `-- :name  words` say what each parameter means. An empty parameter always means something sensible.
"""

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

HEAD = re.compile(r"^--[ ]?(.*)$")
PARAMETER = re.compile(r":(\w+)\s+(.*)")


class Query(NamedTuple):
    """A ready query: its title, what it answers, its parameters by name with their meaning, and its SQL."""

    title: str
    answers: str
    parameters: dict[str, str]
    sql: str

    @property
    def description(self) -> str:
        """What it answers and what its parameters mean, as one text."""
        return " ".join([self.answers, *(f":{name} - {meaning}." for name, meaning in self.parameters.items())])


@cache
def load() -> dict[str, Query]:
    """Every ready query by its name, which is also the last part of its address."""
    found = (path for path in files(__name__).iterdir() if path.name.endswith(".sql"))
    return {path.name.removesuffix(".sql"): read(path.read_text(encoding="utf-8")) for path in sorted(found, key=str)}


def read(text: str) -> Query:
    """The query of a `.sql` file."""
    lines = text.splitlines()
    head = []
    while lines and (line := HEAD.match(lines[0])):
        head.append(line[1].strip())
        lines.pop(0)
    parameters = dict(match.groups() for line in head[1:] if (match := PARAMETER.fullmatch(line)))
    answers = " ".join(line for line in head[1:] if not PARAMETER.fullmatch(line))
    return Query(head[0], answers, parameters, "\n".join(lines).strip())

"""A result for a terminal."""

import click

from kb.check.report import words

COLOURS = {"overstates": "yellow", "contradicts": "red", "not-covered": "yellow"}
#: Signs that would move the cursor or change the colour of a terminal.
CONTROL = {c: "�" for c in (*range(32), *range(127, 160)) if chr(c) not in "\n\t"}


def render(result: dict) -> str:
    return "\n".join(line for draft in result["drafts"] for line in _draft(draft)) + "\n"


def _draft(draft: dict):
    path = draft["path"].translate(CONTROL)
    yield click.style(path, bold=True) + ": " + words.summary(draft)
    for entry in words.problems(draft):
        label = click.style(entry["relation"], fg=COLOURS[entry["relation"]])
        yield f"{path}:{entry['line']}:{entry['column']}: {label}: {entry['text'][:200].translate(CONTROL)}"
        yield from (f"    {line.translate(CONTROL)}" for line in words.advice(entry))
    for absent in draft["missing"]:
        yield f"{path}: missing: {absent['claim']}: {absent['why']}"
    for paper in draft["cited"]:
        yield f"{path}: cites {paper['pmid']}: {paper['standing'].replace('-', ' ')}"

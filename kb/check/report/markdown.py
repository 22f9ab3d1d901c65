"""A result as Markdown, for a pull request or a note to the writer."""

import re

from kb.check.report import words


def render(result: dict) -> str:
    lines = [f"# Check against {_plain(result['kb']['name'])}", "", f"Content {result['kb']['content_hash'][:12]}."]
    for draft in result["drafts"]:
        lines += ["", f"## {_plain(draft['path'])}", "", words.summary(draft), ""]
        for entry in words.problems(draft):
            lines.append(f"- **{entry['relation']}**, line {entry['line']}: {_plain(entry['text'])}")
            lines += [f"  - {_plain(line)}" for line in words.advice(entry)]
        if draft["missing"]:
            lines += ["", "### Missing", ""]
            lines += [f"- [{m['claim']}](/claims/{m['claim']}): {_plain(m['why'])}" for m in draft["missing"]]
        if draft["cited"]:
            lines += ["", "### Papers cited", ""]
            lines += [f"- {_plain(c['pmid'])}: {c['standing']}" for c in draft["cited"]]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Text in which nothing is markup."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&-])", r"\\\1", " ".join(text.split()))

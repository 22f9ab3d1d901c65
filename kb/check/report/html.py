"""A result as one HTML page that loads nothing; every word of the draft is escaped."""

from html import escape

from kb.check.report import words

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 1rem auto; padding: 0 1rem; }
mark { background: #fdf0d5; } .contradicts { border-left: 4px solid #8f1d1d; }
.overstates { border-left: 4px solid #7a4b00; }
li { margin: .5rem 0; padding-left: .6rem; } small { color: #55616d; }
"""


def render(result: dict) -> str:
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        "<meta http-equiv=\"content-security-policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>Check of a draft</title><style>{STYLE}</style></head><body>",
        f"<h1>Check against {escape(result['kb']['name'])}</h1>",
    ]
    for draft in result["drafts"]:
        parts += [f"<h2>{escape(draft['path'])}</h2>", f"<p>{escape(words.summary(draft))}</p>"]
        parts += ["<ul>", *(_entry(entry) for entry in words.problems(draft)), "</ul>"]
        if draft["missing"]:
            items = (f"<li>{escape(m['claim'])}: {escape(m['why'])}</li>" for m in draft["missing"])
            parts += ["<h3>Missing</h3><ul>", *items, "</ul>"]
        if draft["cited"]:
            items = (f"<li>{escape(c['pmid'])}: {escape(c['standing'])}</li>" for c in draft["cited"])
            parts += ["<h3>Papers cited</h3><ul>", *items, "</ul>"]
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _entry(entry: dict) -> str:
    advice = "".join(f"<br><small>{escape(line)}</small>" for line in words.advice(entry))
    relation, line = entry["relation"], entry["line"]
    return f'<li class="{relation}"><b>{relation}</b>, line {line}: {marked(entry)}{advice}</li>'


def marked(entry: dict) -> str:
    """The sentence with its flagged words as `<mark>`."""
    text, parts, end = entry["text"], [], 0
    for flag in sorted(entry["flags"], key=lambda flag: flag["start"]):
        at = text.find(flag["text"], end)
        if at >= 0:
            parts += [escape(text[end:at]), f"<mark>{escape(flag['text'])}</mark>"]
            end = at + len(flag["text"])
    return "".join([*parts, escape(text[end:])])

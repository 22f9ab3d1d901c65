"""A result → what people and programs read: text, JSON, Markdown, HTML, SARIF."""

import json

from kb.check.report import html, markdown, sarif, text

FORMATS = {
    "text": text.render,
    "json": lambda result: json.dumps(result, ensure_ascii=False, indent=1) + "\n",
    "markdown": markdown.render,
    "html": html.render,
    "sarif": sarif.render,
}

"""The examples of docs/api.md, asked as they stand there."""

import json
import re

import pytest

from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
HEADERS = r"((?:[A-Z][\w-]*: .*\n)*)"
EXAMPLE = re.compile(rf"```http\nGET (\S+)\n{HEADERS}(\d{{3}})\n{HEADERS}(?:\n((?s:.*?)))?```")
EXAMPLES = EXAMPLE.findall(TEXT)


def headers(lines: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in lines.splitlines())


def differences(shown, given, where="answer"):
    """Where an answer is not what an example shows of it: keys may be left out, lists shown from their start."""
    if isinstance(shown, dict) and isinstance(given, dict):
        missing = [f"{where}.{key} is missing" for key in shown if key not in given]
        return missing + [
            d for key in shown if key in given for d in differences(shown[key], given[key], f"{where}.{key}")
        ]
    if isinstance(shown, list) and isinstance(given, list):
        if len(shown) > len(given) or (not shown and given):
            return [f"{where} has {len(given)} items"]
        return [d for i, part in enumerate(shown) for d in differences(part, given[i], f"{where}[{i}]")]
    return [] if shown == given else [f"{where} is {given!r}, shown as {shown!r}"]


def test_every_example_is_read():
    assert len(EXAMPLES) == TEXT.count("```http") >= 10


@pytest.mark.parametrize(("path", "sent", "status", "said", "body"), EXAMPLES, ids=[example[0] for example in EXAMPLES])
def test_an_example_is_answered_as_it_stands_there(tiny_site, path, sent, status, said, body):
    response = tiny_site.get(path, headers=headers(sent))
    assert response.status_code == int(status)
    for name, value in headers(said).items():
        assert response.headers[name] == value
    if body:
        assert differences(json.loads(body), response.json()) == []

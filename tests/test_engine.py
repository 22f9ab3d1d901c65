"""The engine names no topic, imports only downwards, and opens no socket outside ingest."""

import ast
import re

import pytest

from kb.phrases import family_name, study_labels
from tests.conftest import ROOT

SOURCES = [
    path
    for folder in ("kb", "ingest")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".sql", ".html", ".css")
]
PYTHON = [path for path in SOURCES if path.suffix == ".py"]


def test_no_topic_is_named(real):
    words = {w for c in real.conditions.values() for w in (c.label, *c.synonyms) if len(w) > 4 and " " not in w}
    words |= {"ketamine", "crps", "opioid", "fibromyalgia"}
    pattern = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    named = [(path.name, match[0]) for path in SOURCES for match in pattern.finditer(path.read_text(encoding="utf-8"))]
    assert named == []


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_only_the_command_line_of_kb_imports_ingest():
    assert {
        path.name
        for path in PYTHON
        if path.is_relative_to(ROOT / "kb") and any(n.startswith("ingest") for n in imports(path))
    } == {"cli.py"}


def test_the_site_reads_only_the_database():
    forbidden = {"kb.load", "kb.rules", "kb.rows", "kb.build", "kb.documents"}
    for path in (ROOT / "kb" / "site").rglob("*.py"):
        assert forbidden.isdisjoint(imports(path)), path


def test_only_entrez_opens_a_socket():
    network = {"urllib.request", "http.client", "socket", "requests", "httpx"}
    users = {path.name for path in PYTHON if network & set(imports(path))}
    assert users <= {"entrez.py", "reply.py", "serve.py"}, users


@pytest.mark.parametrize(
    "author, family",
    [("van Hilten JJ", "van Hilten"), ("Moss A", "Moss"), ("US Food and Drug Administration",) * 2],
)
def test_family_names(author, family):
    assert family_name(author) == family


def test_study_labels_are_unique(real):
    labels = study_labels(real.studies)
    assert len(set(labels.values())) == len(real.studies)

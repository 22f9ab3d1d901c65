"""The invented topic as a knowledge base that tests may change, and the commands of `kb pubmed` run on it."""

import shutil
from pathlib import Path

from click.testing import CliRunner

from ingest.cli import pubmed
from ingest.entrez import Client
from tests.conftest import TINY
from tests.entrez_server import article_xml

HICCUP = ("D006606", "Hiccup", True)
#: The PMIDs of the paper that is a study of the knowledge base, and of two that are not.
MOSS, LICHEN, SEDGE = "99000001", "99000002", "99000003"
SEARCHES = """\
- {id: stops-hiccups-all, claim: stops-hiccups, purpose: all, query: 'moonwort[tiab] AND "Hiccup"[Mesh]'}
- {id: stops-hiccups-null, claim: stops-hiccups, purpose: null-or-contrary, query: 'moonwort[tiab] AND futile[tiab]'}
- {id: green-tongue-all, claim: green-tongue, purpose: all, query: 'moonwort[tiab] AND tongue[tiab]'}
"""


def corpus() -> dict[str, bytes]:
    """Three papers: all are about hiccups, LICHEN found nothing, SEDGE is about tongues, too."""
    return {
        MOSS: article_xml(MOSS, title="Moonwort against hiccups", mesh=[HICCUP], doi="10.9999/jir.2001.1"),
        LICHEN: article_xml(LICHEN, title="Moonwort is futile", mesh=[HICCUP], abstract="It was futile."),
        SEDGE: article_xml(SEDGE, title="=Moonwort and the tongue", mesh=[HICCUP], year="2011"),
    }


def copy(folder: Path) -> Path:
    """A copy of the knowledge base with three searches."""
    data = folder / "data"
    shutil.copytree(TINY, data)
    (data / "searches.yaml").write_text(SEARCHES)
    return data


def client_of(server, **options) -> Client:
    options = {"timeout": 0.3, "deadline": 2, "tries": 3, "backoff": 0.005, "interval": 0} | options
    return Client("someone@example.org", "", server.url, **options)


def run(data: Path, server, command: str, *arguments, env=None, **options):
    """A command at the terminal, against `server`, or against none."""
    url = server.url if server else "http://127.0.0.1:9/"
    settings = {"NCBI_EMAIL": "someone@example.org", "NCBI_API_KEY": "0123456789abcdef", "ENTREZ_URL": url} | (
        env or {}
    )
    if command in ("search", "screen", "refresh", "resolve"):
        arguments = ("--tries", "2", "--backoff", "0", "--timeout", "0.5", *arguments)
    arguments = [command, "--data", str(data), *map(str, arguments)]
    return CliRunner().invoke(pubmed, arguments, env=settings, catch_exceptions=False, **options)


def one_clear_line(result) -> str:
    """The line in which a command says why it did nothing; exit code 2."""
    assert result.exit_code == 2, result.output
    lines = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1 and len(lines[0]) < 400, result.stderr
    assert "Traceback" not in result.output
    return lines[0]

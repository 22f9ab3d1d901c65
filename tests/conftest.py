"""The knowledge bases that the tests look at: the real one and a tiny, invented one."""

import asyncio
from pathlib import Path

import pytest
import sqlite_utils

from kb import serve
from kb.build import build
from kb.load import load

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data"
TINY = ROOT / "tests" / "tiny"


class Site:
    """A site over a database, asked in the same process."""

    def __init__(self, database: Path):
        self.path = database
        self.datasette = serve.datasette(database, ROOT / "metadata.json")
        self.loop = asyncio.new_event_loop()

    def get(self, path: str, **options):
        return self.loop.run_until_complete(self.datasette.client.get(path, **options))

    def post(self, path: str, **options):
        return self.loop.run_until_complete(self.datasette.client.post(path, **options))


@pytest.fixture(scope="session")
def real():
    """All records of data/."""
    return load(DATA)


@pytest.fixture(scope="session")
def tiny():
    """All records of the invented topic."""
    return load(TINY)


@pytest.fixture(scope="session")
def real_path(real, tmp_path_factory):
    path = tmp_path_factory.mktemp("real") / "kb.db"
    build(real, path)
    return path


@pytest.fixture(scope="session")
def tiny_path(tiny, tmp_path_factory):
    path = tmp_path_factory.mktemp("tiny") / "kb.db"
    build(tiny, path)
    return path


@pytest.fixture(scope="session")
def db(real_path):
    return sqlite_utils.Database(real_path)


@pytest.fixture(scope="session")
def site(real_path):
    return Site(real_path)


@pytest.fixture(scope="session")
def tiny_site(tiny_path):
    return Site(tiny_path)

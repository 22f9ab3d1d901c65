"""The running site against its own description, asked by schemathesis as the description allows and forbids."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

#: An argument that nobody reads is passed over, as everywhere on the web; an unknown id in a filter leaves nothing.
UNASKED = "negative_data_rejection,positive_data_acceptance"


@pytest.fixture(params=["real_path", "tiny_path"])
def address(request):
    """A site in a process of its own."""
    database = request.getfixturevalue(request.param)
    command = [sys.executable, "-m", "kb.cli", "serve", "--db", str(database), "--port", "0"]
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    yield server.stdout.readline().strip().rstrip("/")
    server.terminate()
    server.wait(10)


def test_no_answer_is_outside_the_description(address, tmp_path):
    program = Path(sys.executable).with_name("schemathesis")
    options = ["--checks", "all", "--exclude-checks", UNASKED, "--max-examples", "40", "--generation-deterministic"]
    done = subprocess.run(
        [program, "run", f"{address}/openapi.json", *options, "--no-color"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=580,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    # The invented topic has no rules to check a draft by and says 404, of which it warns without finding fault.
    generated, passed = re.search(r"(\d+) generated, (\d+) passed", done.stdout).groups()
    assert generated == passed and int(passed) > 1000, done.stdout[-3000:]

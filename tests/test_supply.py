"""What is installed: each library with its reason, each version locked with its hashes, no host named."""

import re
import tomllib

from packaging.requirements import Requirement

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINNED = re.compile(r"^([a-z0-9._-]+)==(\S+) \\$", re.MULTILINE)


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(lines):
    return [found for found in map(Requirement, lines) if found.name != PROJECT["name"]]


def test_every_library_has_its_reason_in_the_decisions():
    decisions = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8").lower()
    every = [*PROJECT["dependencies"], *(x for extra in PROJECT["optional-dependencies"].values() for x in extra)]
    missing = [r.name for r in requirements(every) if not re.search(rf"\b{re.escape(r.name.lower())}\b", decisions)]
    assert missing == []


def test_every_library_is_bounded_on_both_sides():
    every = [*PROJECT["dependencies"], *(x for extra in PROJECT["optional-dependencies"].values() for x in extra)]
    for requirement in requirements(every):
        operators = {specifier.operator for specifier in requirement.specifier}
        assert operators & {">=", "=="} and operators & {"<", "=="}, requirement


def test_the_lock_holds_what_the_project_asks_for():
    """After a change of dependencies: make lock."""
    pinned = {plain(name): version for name, version in PINNED.findall(LOCK)}
    for requirement in requirements(PROJECT["dependencies"]):
        assert requirement.specifier.contains(pinned[plain(requirement.name)]), requirement


def test_every_locked_version_has_hashes_and_no_host_is_named():
    locked = [part for part in re.split(r"\n(?=[a-z0-9])", LOCK) if PINNED.match(part)]
    assert len(locked) == len(PINNED.findall(LOCK)) > 15
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", part) for part in locked)
    assert not re.search(r"https?://|file://|--index-url|--find-links|--trusted-host| @ ", LOCK)

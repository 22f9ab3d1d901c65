"""Versions of Datasette with known holes, which `kb serve` refuses."""

from packaging.specifiers import SpecifierSet

#: Versions → what is wrong with them. https://github.com/simonw/datasette/security/advisories and its changelog.
KNOWN_BAD = {
    SpecifierSet("<0.65.3"): "SQL injection through ?column__arraycontains=",
    SpecifierSet("==0.65.3"): "permissions that letter case, ?_through= or shared caches get around",
    SpecifierSet(">=1.0a0,<1.0a38", prereleases=True): "SQL injection through ?column__arraycontains=",
    SpecifierSet("==1.0a38", prereleases=True): "script in a primary key runs on the row's page",
}


def hole(version: str) -> str | None:
    """What is known to be wrong with a version of Datasette, or None."""
    return next((what for bad, what in KNOWN_BAD.items() if bad.contains(version)), None)

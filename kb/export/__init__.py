"""`kb.db` → files for other programs. Each format is one module of this package.

A format's module has `write(connection, folder) -> str`: it writes its files into `folder`, each whole or not at all
(`kb.files.put`), and returns what it wrote in a few words. `connection` reads `kb.db` and gives rows by name.
"""

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple


class Format(NamedTuple):
    """What a format writes, the module that does it, and the extra whose libraries it needs."""

    what: str
    module: str
    extra: str | None = None

    def writer(self) -> Callable:
        """The module's `write`. Raises `ImportError` where the extra is not installed."""
        return import_module(self.module).write


#: Every format of `kb export`, by its name on the command line.
FORMATS = {
    "tables": Format("every table and view as CSV, one file each, with datapackage.json", "kb.export.tables"),
    "parquet": Format("every table and view as Parquet, one file each", "kb.export.parquet", "parquet"),
    "claimreview": Format("the verdicts on claims that articles make as schema.org ClaimReview", "kb.export.reviews"),
    "csl": Format("the references of all studies as CSL-JSON", "kb.export.csl"),
}

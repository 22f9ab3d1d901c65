"""What all commands share at the terminal: bad input, and reading `data/` or `kb.db`."""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb import database

if TYPE_CHECKING:
    from kb.documents import KnowledgeBase

DATA = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default="data",
    show_default=True,
    help="Folder of the records.",
)
DB = click.option(
    "--db",
    type=click.Path(path_type=Path),
    default="kb.db",
    show_default=True,
    help="Database built by kb build.",
)


class BadInput(click.ClickException):
    """One clear line on standard error and exit code 2."""

    exit_code = 2


def read_data(data: Path, logged: bool = True) -> "KnowledgeBase":
    """The records of a folder; on faults, all of them on standard error and exit code 2."""
    # Reading records costs more time than a command on the database takes.
    from kb import load as loading
    from kb.documents import BadData

    try:
        return loading.load(data, logged)
    except BadData as bad:
        for fault in bad.faults:
            click.echo(f"{data}/{fault}", err=True)
        raise BadInput(f"faults in {data}: {len(bad.faults)}; nothing was done") from None


def read_database(path: Path) -> sqlite3.Connection:
    """A database built by `kb build`, to read; exit code 2 where there is none."""
    try:
        return database.connect(path)
    except database.NotBuilt as error:
        raise BadInput(str(error)) from None


def read_text(path: Path) -> str:
    """The text of a file; exit code 2 where there is none or it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None

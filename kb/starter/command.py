"""The command `kb new`."""

from datetime import date
from pathlib import Path

import click

from kb.terminal import BadInput


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def new(folder):
    """Begin a knowledge base on another topic in FOLDER, which must be new or empty.

    It holds one invented claim, study and article, valid as they are, to be replaced file by file.
    """
    from kb import starter

    try:
        written = starter.write(folder, date.today())
    except starter.Occupied as error:
        raise BadInput(str(error)) from None
    except OSError as error:
        raise BadInput(f"{error.filename or folder}: {error.strerror}") from None
    click.echo(f"{folder}: {len(written)} files; see {folder / 'README.md'}")

"""The command `kb export`."""

from contextlib import closing
from pathlib import Path

import click

from kb.export import FORMATS
from kb.terminal import DB, BadInput, read_database

WHAT = "\n\n".join(f"\b\n{name}: {format.what}" for name, format in FORMATS.items())


@click.command(help=f"Write kb.db as files for other programs into FOLDER, by default in every format.\n\n{WHAT}")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@DB
@click.option("--format", "names", type=click.Choice(list(FORMATS)), multiple=True, help="Only this; may be repeated.")
def export(folder, db, names):
    with closing(read_database(db)) as connection:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name in names or FORMATS:
                _write(connection, folder, name, asked=bool(names))
        except KeyError as error:
            raise BadInput(f"{db}: not described here: {error}; run kb build with this version of kb") from None
        except OSError as error:
            raise BadInput(f"{error.filename or folder}: {error.strerror}") from None


def _write(connection, folder: Path, name: str, asked: bool):
    """One format; what its extra would be needed for is an error only where the format was asked for by name."""
    format = FORMATS[name]
    try:
        write = format.writer()
    except ImportError as error:
        if format.extra is None:
            raise
        missing = f"{name}: needs {error.name}; pip install 'evidence-kb[{format.extra}]'"
        if asked:
            raise BadInput(missing) from None
        return click.echo(f"{missing}; left out", err=True)
    click.echo(f"{folder}: {write(connection, folder)}")

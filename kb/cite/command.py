"""The command `kb cite`."""

from contextlib import closing

import click

from kb.cite import FORMATS, find
from kb.terminal import DB, BadInput, read_database


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@DB
@click.option("--format", "name", type=click.Choice(list(FORMATS)), default="bibtex", show_default=True)
def cite(ids, db, name):
    """Write the references of studies, PMIDs, DOIs, or of all studies behind a claim.

    An ID is a study's key, a PMID, a DOI, or the id or code of a claim. Each paper is written once.
    """
    with closing(read_database(db)) as connection:
        try:
            found = find.distinct(reference for id in ids for reference in find.named(connection, id.strip()))
        except find.Unknown as error:
            raise BadInput(str(error)) from None
    click.echo(FORMATS[name].write(found), nl=False)

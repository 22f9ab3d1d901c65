"""The command `kb`: parse, call, print. Exit 0 is fine, 1 found something, 2 is bad input."""

from pathlib import Path

import click

from kb import load as loading
from kb.build import BuildFailed, build
from kb.documents import BadData, KnowledgeBase

DATA = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default="data",
    show_default=True,
    help="Folder of the records.",
)


class BadInput(click.ClickException):
    """One clear line on standard error and exit code 2."""

    exit_code = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="evidence-kb", prog_name="kb")
def main():
    """Build, serve and check an open knowledge base of literature evidence."""


def read_data(data: Path) -> KnowledgeBase:
    """The records of a folder; on faults, all of them on standard error and exit code 2."""
    try:
        return loading.load(data)
    except BadData as bad:
        for fault in bad.faults:
            click.echo(f"{data}/{fault}", err=True)
        raise BadInput(f"{len(bad.faults)} faults in {data}; nothing was done") from None


@main.command()
@DATA
def validate(data):
    """Check every record against every rule; name each fault by file and line."""
    click.echo(loading.count(read_data(data)))


@main.command("build")
@DATA
@click.option("--out", type=click.Path(path_type=Path), default="kb.db", show_default=True, help="Database to write.")
def build_command(data, out):
    """Build the database from the records, whole or not at all; print its content hash."""
    kb = read_data(data)
    try:
        digest = build(kb, out)
    except BuildFailed as error:
        raise BadInput(str(error)) from None
    click.echo(f"{out}: {loading.count(kb)}")
    click.echo(f"content hash {digest}")


@main.command("serve")
@click.option("--db", type=click.Path(path_type=Path), default="kb.db", show_default=True, help="Database to serve.")
@click.option("--metadata", type=click.Path(path_type=Path), default="metadata.json", show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
def serve_command(db, metadata, host, port):
    """Serve the site; a database built anew is picked up without a restart."""
    # Imported here because a web server is slow to import and only this command needs one.
    import uvicorn

    from kb import serve

    for path, remedy in ((db, "run kb build"), (metadata, "name it with --metadata")):
        if not path.is_file():
            raise BadInput(f"{path} is missing; {remedy}")
    try:
        app = serve.datasette(db, metadata).app()
    except (ValueError, serve.NotOurs) as error:
        raise BadInput(str(error)) from None
    click.echo(f"http://{host}:{port}/")
    uvicorn.run(app, host=host, port=port, log_level="warning", lifespan="on")


if __name__ == "__main__":
    main()

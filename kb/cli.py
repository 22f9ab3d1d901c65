"""The command `kb`: parse, call, print. Exit 0 is fine, 1 found something, 2 is bad input."""

import json
from contextlib import closing
from pathlib import Path

import click

from kb.cite.command import cite
from kb.export.command import export
from kb.show import claims_command, show
from kb.starter.command import new
from kb.terminal import DATA, DB, BadInput, read_data, read_database, read_text


def _pubmed():
    from ingest.cli import pubmed

    return pubmed


def _check():
    from kb.check.commands import check

    return check


def _eval():
    from kb.check.commands import evaluate

    return evaluate


#: Commands of other rooms, imported when they are called for.
ELSEWHERE = {"pubmed": _pubmed, "check": _check, "eval": _eval}


class Commands(click.Group):
    """The commands of this module, and those of other rooms."""

    def list_commands(self, context):
        return sorted([*super().list_commands(context), *ELSEWHERE])

    def get_command(self, context, name):
        return ELSEWHERE[name]() if name in ELSEWHERE else super().get_command(context, name)


# Commands import what only they need: a web server or a database library costs more time than most of them take.
@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="evidence-kb", prog_name="kb")
def main():
    """Build, serve and check an open knowledge base of literature evidence."""


@main.command()
@DATA
def validate(data):
    """Check every record against every rule; name each fault by file and line."""
    from kb import load as loading

    click.echo(loading.count(read_data(data)))


@main.command("build")
@DATA
@click.option("--out", type=click.Path(path_type=Path), default="kb.db", show_default=True, help="Database to write.")
@click.option("--store", type=click.Path(path_type=Path), help="Local store whose abstracts to add, for your own use.")
def build_command(data, out, store):
    """Build the database from the records, whole or not at all; print its content hash.

    With --store it also holds the abstracts fetched with kb pubmed fetch, which belong to their
    publishers, and shows beside each finding the sentence that carries its figures.
    """
    from kb import abstracts, located
    from kb import load as loading
    from kb.build import BuildFailed, build

    kb = read_data(data)
    try:
        more = located.tables(kb, abstracts.read(store, located.cited(kb))) if store else None
        digest = build(kb, out, more)
    except (BuildFailed, abstracts.StoreUnreadable) as error:
        raise BadInput(str(error)) from None
    click.echo(f"{out}: {loading.count(kb)}")
    if more:
        click.echo(located.count(more))
    click.echo(f"content hash {digest}")


@main.command("serve")
@click.option("--db", type=click.Path(path_type=Path), default="kb.db", show_default=True, help="Database to serve.")
@click.option(
    "--metadata",
    type=click.Path(path_type=Path),
    help="What tables and columns mean.  [default: metadata.json here, else the one that comes with kb]",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@click.option(
    "--part",
    type=click.Choice(["all", "pages", "data"]),
    default="all",
    show_default=True,
    help="What this process answers: our pages, Datasette's tables and SQL, or all; see deploy/.",
)
def serve_command(db, metadata, host, port, part):
    """Serve the site; a database built anew is picked up without a restart."""
    from kb import dictionary, serve

    if metadata is None:
        here = Path("metadata.json")
        metadata = here if here.is_file() else dictionary.METADATA
    for path, remedy in ((db, "run kb build"), (metadata, "name it with --metadata")):
        if not path.is_file():
            raise BadInput(f"{path} is missing; {remedy}")
    try:
        serve.run(db, metadata, host, port, part)
    except serve.CannotServe as error:
        raise BadInput(str(error)) from None


@main.command()
@DATA
@click.argument("text", type=click.Path(path_type=Path))
def locate(data, text):
    """Number and hash the sentences of an article's TEXT, and check the article's record against it.

    The text itself is never stored: a record points at a sentence by number and hash.
    """
    from kb import sentences

    kb = read_data(data)
    content = read_text(text)
    found = sentences.split(content)
    whole = sentences.digest_exact(content)
    article = next((a for a in kb.articles.values() if a.sha256 == whole), None)
    if article is None:
        click.echo(f"{text}: {len(found)} sentences, sha256 {whole}; no article record has this text")
        for sentence in found:
            click.echo(f"{sentence.number}\t{sentence.sha256}\t{sentence.text[:60]}")
        raise SystemExit(1)
    wrong = [a for a in article.appearances if a.sha256 != found[a.sentence - 1].sha256]
    for appearance in wrong:
        click.echo(f"{article.slug}: sentence {appearance.sentence} is not the one of {appearance.claim}", err=True)
    located = len(article.appearances) - len(wrong)
    click.echo(f"{article.slug}: {located} of {len(article.appearances)} appearances located in {len(found)} sentences")
    raise SystemExit(bool(wrong))


@main.command("log")
@DATA
@click.option("--reason", required=True, help="Why the verdicts changed, for readers.")
def log_command(data, reason):
    """Enter each verdict that changed into verdict_log.csv, with today's date and the reason."""
    from kb import log

    kb = read_data(data, logged=False)
    try:
        entered = log.enter(data, kb, reason)
    except OSError as error:
        raise BadInput(f"{data}/verdict_log.csv: {error.strerror}") from None
    for claim in entered:
        click.echo(f"{claim.id}: {claim.verdict.value}, {claim.verdict.certainty} certainty")
    click.echo(f"{len(entered)} entered")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def schema(folder):
    """Write JSON Schemas of the files in data/, for editors, into FOLDER."""
    from kb import records

    try:
        folder.mkdir(parents=True, exist_ok=True)
        schemas = records.json_schemas()
        for name, content in schemas.items():
            (folder / f"{name}.schema.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{folder}: {error.strerror}") from None
    click.echo(f"{folder}: {len(schemas)} schemas")


@main.command("dictionary")
@DB
def dictionary_command(db):
    """Print the data dictionary of kb.db, with a diagram, as Markdown (kept in docs/schema.md)."""
    from kb import dictionary

    with closing(read_database(db)) as connection:
        click.echo(dictionary.markdown(dictionary.read(connection)), nl=False)


main.add_command(cite)
main.add_command(claims_command)
main.add_command(export)
main.add_command(new)
main.add_command(show)

if __name__ == "__main__":
    main()

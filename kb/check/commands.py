"""`kb check` and `kb eval`: parse, call, print."""

import json
from pathlib import Path

import click

from kb.terminal import DB, BadInput, read_database

#: What makes `kb check` exit with 1, mildest last.
LEVELS = ("never", "contradicts", "overstates", "missing")


def _open(db: Path):
    """The knowledge of a database, and a connection to it for reading."""
    from kb.check import knowledge

    connection = read_database(db)
    try:
        return knowledge.read(connection), connection
    except knowledge.NotAKnowledgeBase as error:
        raise BadInput(f"{db}: {error}") from None


@click.command()
@click.argument("paths", nargs=-1, required=True)
@DB
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "markdown", "html", "sarif"]),
    default="text",
    show_default=True,
)
@click.option(
    "--fail-on",
    type=click.Choice(LEVELS),
    default="overstates",
    show_default=True,
    help="Exit with 1 on this or worse.",
)
def check(paths, db, output, fail_on):
    """Check drafts (.md .txt .html .docx, - for standard input) sentence by sentence against the knowledge base.

    A finding is dismissed by <!-- kb-ok: CLAIM reason --> above its sentence, or for a whole draft
    by a line "CLAIM reason" in a file DRAFT.kb-ok beside it.
    """
    from kb.check import document, read, report

    drafts = [(path, *_draft(path, read)) for path in paths]
    knowledge, connection = _open(db)
    result = document.result(drafts, knowledge, connection)
    click.echo(report.FORMATS[output](result), nl=False)
    raise SystemExit(_fails(result, fail_on))


def _draft(path: str, read):
    """A draft as read, and the dismissals kept beside it."""
    try:
        with click.open_file(path, "rb") as file:
            content = file.read(read.LONGEST + 1)
        beside = Path(f"{path}.kb-ok")
        lines = beside.read_text(encoding="utf-8").splitlines() if path != "-" and beside.is_file() else []
        return read.read(content, read.kind_of(path)), lines
    except read.Unreadable as error:
        raise BadInput(f"{path}: {error}") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}.kb-ok: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{path!r}: {getattr(error, 'strerror', None) or error}") from None


def _fails(result: dict, level: str) -> int:
    worst = LEVELS[1 : LEVELS.index(level) + 1]
    return int(any(draft["summary"][name] for draft in result["drafts"] for name in worst))


@click.command("eval")
@DB
@click.option("--sets", type=click.Path(path_type=Path), default="data/eval", show_default=True, help="Labelled sets.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
@click.option("--baseline", type=click.Path(path_type=Path), help="Table to compare with; exit with 1 where it fell.")
def evaluate(db, sets, as_json, baseline):
    """Measure the check on the labelled sets: one table, with 95% bootstrap intervals."""
    from kb.check import evaluate

    knowledge, connection = _open(db)
    try:
        table = evaluate.run(sets, knowledge, connection)
        old = json.loads(baseline.read_text(encoding="utf-8")) if baseline else {}
    except (evaluate.BadLabels, OSError, ValueError) as error:
        raise BadInput(str(error)) from None
    if not table:
        raise BadInput(f"{sets}: no labelled sets in it")
    click.echo(json.dumps(table, indent=1) if as_json else evaluate.printed(table))
    fallen = evaluate.fallen(table, old)
    for line in fallen:
        click.echo(f"fell: {line}", err=True)
    raise SystemExit(bool(fallen))

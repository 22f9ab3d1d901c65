"""References of studies, claims and conditions as files, and of any Datasette table or query that names papers."""

from datasette.utils.asgi import NotFound, Response

from kb.cite import SUFFIXES, Format, find

ENDING = "|".join(suffix.replace(".", r"\.") for suffix in SUFFIXES)
#: Address without its ending → what to call what is not there, and the function that finds the references.
ADDRESSES = {
    "/studies": ("list", find.of_all_studies),
    "/studies/(?P<id>[a-z0-9-]+)": ("study", find.of_study),
    "/claims/(?P<id>[a-z0-9-]+)": ("claim", find.of_claim),
    "/conditions/(?P<id>[a-z0-9-]+)": ("condition", find.of_condition),
}
#: Columns of which one is enough to know the papers of a row.
COLUMNS = {"pmid", "citation", "study"}


def routes(database: str) -> list[tuple]:
    return [(rf"^{address}\.(?P<ending>{ENDING})$", _view(database, *how)) for address, how in ADDRESSES.items()]


def _view(database: str, what: str, search):
    async def respond(request, datasette):
        variables = dict(request.url_vars)
        format = SUFFIXES[variables.pop("ending")]
        asked = datasette.get_database(database)
        found = await asked.execute_fn(lambda connection: search(connection, *variables.values()))
        if not found:
            raise NotFound(f"{what} {'/'.join(variables.values())} has no references in this knowledge base")
        return _answer(format, found)

    return respond


def _answer(format: Format, references) -> Response:
    return Response(format.write(references), content_type=f"{format.media_type}; charset=utf-8")


def renderers(database: str) -> list[dict]:
    """Datasette's output formats: the rows of a table or query as references. Their endings hold no dot."""
    return [
        {
            "extension": suffix.partition(".")[0],
            "render": _renderer(database, format),
            "can_render": lambda columns: bool(COLUMNS.intersection(columns)),
        }
        for suffix, format in SUFFIXES.items()
    ]


def _renderer(database: str, format: Format):
    async def render(datasette, columns, rows):
        named = [dict(row) for row in rows]
        asked = datasette.get_database(database)
        return _answer(format, await asked.execute_fn(lambda connection: find.of_rows(connection, named)))

    return render

"""The Datasette plugin: pages for readers in front, Datasette's own tables, SQL and JSON behind."""

from datasette import hookimpl
from datasette.utils.asgi import NotFound, Response

from kb.site import render
from kb.site.headers import SecurityHeaders
from kb.site.live import LiveDatabase
from kb.site.pages import PAGES, about
from kb.site.pages import articles, claims, conditions, home, method, search, studies  # noqa: F401  (they register themselves)

DATABASE = "kb"


def view(page):
    """The HTML and JSON view of a page: all its queries in one call, then its template."""

    async def respond(request, datasette):
        variables = dict(request.url_vars)
        as_json = variables.pop("format", None) == "json"
        arguments = {name: request.args.get(name) for name in request.args}
        data = await datasette.get_database(DATABASE).execute_fn(lambda connection: page.load(connection, arguments, **variables))
        if data is None:
            raise NotFound(f"{page.what} {'/'.join(variables.values())} is not in this knowledge base")
        if "redirect" in data:
            return Response.redirect(data["redirect"])
        if as_json:
            return Response.json({key: value for key, value in data.items() if not key.startswith("_")})
        return Response.html(render.page(page.template, data, path=request.path))

    return respond


@hookimpl
def register_routes():
    return [(page.pattern, view(page)) for page in PAGES]


@hookimpl
def asgi_wrapper(datasette):
    return lambda app: SecurityHeaders(LiveDatabase(app, datasette, DATABASE))


@hookimpl
def handle_exception(datasette, request, exception):
    """A page of our own for what is not there; everything else stays Datasette's."""
    if not isinstance(exception, NotFound) or request.path.startswith(f"/{DATABASE}/"):
        return None

    async def answer():
        whole = await datasette.get_database(DATABASE).execute_fn(about)
        return Response.html(render.page("missing.html", {"about": whole, "what": str(exception)}, path=request.path), status=404)

    return answer

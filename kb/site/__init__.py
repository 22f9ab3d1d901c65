"""The Datasette plugin: pages for readers in front, Datasette's own tables, SQL and JSON behind."""

import re

from datasette import hookimpl
from datasette.utils.asgi import NotFound, Response

from kb import queries
from kb.site import cells, checking, citing, faults, openapi, render
from kb.site.cache import PageCache
from kb.site.cors import CrossOrigin
from kb.site.guard import Guard, restrain
from kb.site.headers import SecurityHeaders
from kb.site.labels import labelled
from kb.site.live import LiveDatabase
from kb.site.pages import (
    Page,
    about,
    articles,
    changes,
    claims,
    conditions,
    harms,
    home,
    map,
    method,
    search,
    studies,
    twin,
    whole,
)

DATABASE = "kb"
PLUGIN = "evidence_kb"

SLUG = "[a-z0-9-]+"
ID = re.compile(f"(?:{SLUG})?")
PAGES = [
    Page("/", "home.html", home.load),
    Page("/conditions", "conditions.html", conditions.index),
    Page(f"/conditions/(?P<id>{SLUG})", "condition.html", conditions.detail, "condition"),
    Page("/claims", "claims.html", claims.index, filters=("type", "verdict", "certainty", "condition")),
    Page(f"/claims/(?P<id>{SLUG})", "claim.html", claims.detail, "claim"),
    Page("/studies", "studies.html", studies.index, filters=("design", "condition", "horizon")),
    Page(f"/studies/(?P<key>{SLUG})", "study.html", studies.detail, "study"),
    Page("/pmid/(?P<pmid>[0-9]+)", "study.html", studies.by_pmid, "PMID"),
    Page("/articles", "articles.html", articles.index),
    Page(f"/articles/(?P<slug>{SLUG})", "article.html", articles.detail, "article"),
    Page("/harms", "harms.html", harms.load),
    Page("/map", "map.html", map.load),
    Page("/search", "search.html", search.load),
    Page("/changes", "changes.html", changes.load),
    Page("/about", "about.html", whole.load),
    Page("/method", "method.html", method.load),
]

FEED = r"^/changes\.atom$"
#: What the cache may keep: address → the arguments it may be asked with, whose values are ids.
CACHEABLE = [
    *((re.compile(page.pattern), page.filters) for page in PAGES),
    (re.compile(FEED), ()),
    (re.compile(openapi.ADDRESS), ()),
]


def cacheable(path: str, query: str) -> bool:
    """Whether an address is one of our pages, asked with nothing but its filters, each once."""
    filters = next((filters for pattern, filters in CACHEABLE if pattern.match(path)), None)
    if filters is None or len(query) > 200:
        return False
    arguments = [argument.partition("=")[::2] for argument in query.split("&")] if query else []
    once = len(dict(arguments)) == len(arguments)
    return once and all(name in filters and ID.fullmatch(value) for name, value in arguments)


def view(page: Page):
    """The HTML and JSON view of a page: all its queries in one call, then its template."""

    async def respond(request, datasette):
        variables = dict(request.url_vars)
        as_json = variables.pop("format", None) == "json"
        arguments = {name: request.args.get(name) for name in request.args}
        database = datasette.get_database(DATABASE)
        data = await database.execute_fn(lambda connection: page.load(connection, arguments, **variables))
        if data is None:
            raise NotFound(f"{page.what} {'/'.join(variables.values())} is not in this knowledge base")
        if "redirect" in data:
            return Response.redirect(data["redirect"] + (".json" if as_json else ""))
        if as_json:
            return Response.json(twin(data))
        return Response.html(render.page(page.template, data, request=request))

    return respond


async def feed(request, datasette):
    """The verdicts that changed, as Atom."""
    data = await datasette.get_database(DATABASE).execute_fn(lambda connection: changes.load(connection, {}))
    body = render.page("changes.atom", data, request=request)
    return Response(body, content_type="application/atom+xml; charset=utf-8")


#: Crawlers read the pages; tables, SQL and searches have endless addresses.
ROBOTS = f"""User-agent: *
Disallow: /{DATABASE}
Disallow: /-/
Disallow: /search
Disallow: /check
"""


async def robots():
    return Response.text(ROBOTS, headers={"cache-control": "public, max-age=86400"})


#: No address of ours has anything that must be encoded; Datasette would lead such a one on to an address of its own.
ENCODED = rf"^/(?!{DATABASE}[/.]|-/).*%.*$"


async def nowhere(request, datasette):
    return await missing(request, datasette, "This address is not in this knowledge base")


@hookimpl
def register_routes():
    own = [(FEED, feed), (r"^/robots\.txt$", robots), (openapi.ADDRESS, openapi.handler(PAGES, DATABASE))]
    more = [*citing.routes(DATABASE), *checking.routes(DATABASE), (ENCODED, nowhere)]
    return [*((page.pattern, view(page)) for page in PAGES), *own, *more]


@hookimpl
def register_output_renderer(datasette):
    return citing.renderers(DATABASE)


@hookimpl
def canned_queries(database):
    """The ready queries for Datasette 0.65, which asks for them; 1.0 is told at `startup`."""
    if database != DATABASE:
        return None
    return {
        name: {
            "title": query.title,
            "description": query.description,
            "sql": query.sql,
            "params": list(query.parameters),
        }
        for name, query in queries.load().items()
    }


@hookimpl
def startup(datasette):
    """The ready queries for Datasette 1.0, where the hook `canned_queries` is gone and metadata holds no queries."""
    faults.take_over()
    if not hasattr(datasette, "add_query"):
        return None

    async def add():
        for name, query in queries.load().items():
            words = {"title": query.title, "description": query.description, "parameters": list(query.parameters)}
            await datasette.add_query(DATABASE, name, query.sql, **words, is_trusted=True)

    return add


@hookimpl
def prepare_jinja2_environment(env):
    env.filters["labelled"] = labelled


@hookimpl
def render_cell(value, column, table, database):
    return cells.link(table, column, value) if database == DATABASE else None


@hookimpl
def prepare_connection(conn, database):
    if database == DATABASE:
        restrain(conn)


@hookimpl
def asgi_wrapper(datasette):
    part = (datasette.plugin_config(PLUGIN) or {}).get("part", "all")

    def wrap(app):
        pages = PageCache(app, lambda: datasette.databases.get(DATABASE), cacheable)
        return SecurityHeaders(CrossOrigin(Guard(LiveDatabase(pages, datasette, DATABASE), checking.POSTS, part)))

    return wrap


@hookimpl
def handle_exception(datasette, request, exception):
    """A page of our own for what is not there, and a page without a trace for what went wrong."""
    stock = request.path.startswith(f"/{DATABASE}")
    if not isinstance(exception, NotFound) or stock:
        return lambda: faults.answer(datasette, request, exception, stock)
    return lambda: missing(request, datasette, str(exception))


async def missing(request, datasette, words: str) -> Response:
    """404, as JSON to who asked for JSON."""
    if request.path.endswith(".json"):
        return Response.json({"ok": False, "error": words, "status": 404}, status=404)
    data = {"about": await datasette.get_database(DATABASE).execute_fn(about), "what": words}
    return Response.html(render.page("missing.html", data, request=request), status=404)

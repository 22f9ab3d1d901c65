"""`/openapi.json`: what programs may ask of the site and what they get, from the table of pages and the database.

https://spec.openapis.org/oas/v3.1.1
"""

import re
from importlib.metadata import version

from datasette.utils.asgi import Response

from kb import dictionary
from kb.cite import SUFFIXES
from kb.site import described_check
from kb.site.citing import ADDRESSES
from kb.site.described import DESCRIPTIONS
from kb.site.pages import Page, about, row
from kb.site.shapes import schema

ADDRESS = r"^/openapi\.json$"
VARIABLE = re.compile(r"\(\?P<(\w+)>(.+?)\)")
#: Where the first identifier for an example is found: the start of an address → table and column.
EXAMPLES = {
    "/conditions": ("condition", "id"),
    "/claims": ("claim", "id"),
    "/studies": ("study", "key"),
    "/articles": ("article", "slug"),
    "/pmid": ("citation", "pmid"),
}
#: What arguments mean. An identifier that is not known leaves nothing over; it is no error.
ARGUMENTS = {
    "type": "Type of claim: an id of the table claim_type.",
    "verdict": "An id of the table verdict.",
    "certainty": "An id of the table certainty_level.",
    "condition": "An id of the table condition.",
    "design": "An id of the table design.",
    "horizon": "An id of the table horizon.",
    "kind": "Which records: claims, conditions, findings, studies or citations.",
    "q": "A word, a sentence, a PMID or a DOI; of a longer text the first 1,000 characters count.",
}
ERROR = {
    "type": "object",
    "properties": {
        "ok": {"const": False},
        "error": {"type": "string", "description": "What is wrong, in a sentence."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "title": {"type": ["string", "null"]},
    },
    "required": ["ok", "error", "status"],
    "additionalProperties": False,
}
ERROR_CONTENT = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
REFUSALS = {
    "400": "The address or an argument is none that any page has.",
    "404": "There is no such record.",
    "414": "The address is too long or has too many arguments.",
    "429": "Too many requests; the header Retry-After says how long to wait.",
    "503": "The database is being replaced, or too much is under way; try again in a moment.",
}


def handler(pages: list[Page], database: str):
    """The view that answers with the description of `pages`."""

    async def respond(request, datasette):
        found = await datasette.get_database(database).execute_fn(lambda connection: describe(connection, pages))
        return Response.json(found)

    return respond


def describe(connection, pages: list[Page]) -> dict:
    """The whole description. Raises `KeyError` for a page without a description."""
    tables = {table.name: table for table in dictionary.read(connection)}
    components: dict[str, dict] = {"Error": ERROR}
    whole = about(connection)
    paths = {}
    for page in pages:
        paths[template(twin_address(page.address))] = {"get": _page(page, connection, tables, components)}
    for address in ADDRESSES:
        for suffix, format in SUFFIXES.items():
            paths[f"{template(address)}.{suffix}"] = {"get": _citations(address, format, connection)}
    paths["/check.json"] = {"post": _check(tables, components)}
    paths["/changes.atom"] = {
        "get": _operation("changesFeed", "The verdicts that changed, as an Atom feed.", FEED, json=False)
    }
    paths["/openapi.json"] = {"get": _operation("description", "This description.", DESCRIPTION)}
    return {
        "openapi": "3.1.1",
        "info": {
            "title": whole["name"],
            "version": version("evidence-kb"),
            "description": f"{whole['description']} {whole['disclaimer']}",
            "license": {"name": whole["data_license"], "url": whole["data_license_url"]},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": components},
    }


FEED = {"200": {"description": "The feed.", "content": {"application/atom+xml": {"schema": {"type": "string"}}}}}
DESCRIPTION = {"200": {"description": "OpenAPI 3.1.", "content": {"application/json": {"schema": {"type": "object"}}}}}


def template(address: str) -> str:
    """The address with its variables in braces, as in the keys of `DESCRIPTIONS`."""
    return VARIABLE.sub(r"{\1}", address)


def twin_address(address: str) -> str:
    return f"{address}{'index' if address == '/' else ''}.json"


def _page(page: Page, connection, tables, components) -> dict:
    words = DESCRIPTIONS[template(page.address)]
    arguments = [
        {"name": name, "in": "query", "description": ARGUMENTS[name], "schema": {"type": "string"}}
        for name in (*page.filters, *words.query)
    ]
    answers = {}
    if words.shape is None or words.query:
        location = {"schema": {"type": "string"}, "description": "The address of the study's JSON.", "required": True}
        answers["302"] = {"description": "Leads to a study.", "headers": {"Location": location}}
    if words.shape is not None:
        content = {"application/json": {"schema": schema(words.shape, tables, components)}}
        answers["200"] = {"description": words.summary, "content": content}
    name = re.sub(r"\W+", "-", template(page.address)).strip("-") or "home"
    return _operation(name, words.summary, answers, _variables(page.address, connection) + arguments)


def _citations(address: str, format, connection) -> dict:
    content = {format.media_type: {"schema": {"type": "string"}}}
    if format.suffix.endswith("json"):
        content = {format.media_type: {"schema": {"type": "array", "items": {"type": "object"}}}}
    what = ADDRESSES[address][0]
    summary = (
        f"The references of all studies as {format.label}."
        if what == "list"
        else (f"The references of one {what} as {format.label}.")
    )
    name = re.sub(r"\W+", "-", f"{template(address)}-{format.suffix}").strip("-")
    answers = {"200": {"description": summary, "content": content}}
    return _operation(name, summary, answers, _variables(address, connection), format.suffix.endswith("json"))


def _check(tables, components) -> dict:
    content = {"application/json": {"schema": schema(described_check.RESULT, tables, components)}}
    answers = {"200": {"description": "Each sentence against the evidence.", "content": content}}
    for status, words in described_check.REFUSALS.items():
        answers[status] = {"description": words, "content": ERROR_CONTENT}
    found = _operation("check", "Checks a draft, sentence by sentence.", answers)
    return found | {"requestBody": described_check.BODY}


def _variables(address: str, connection) -> list[dict]:
    """The parameters in an address, each with an identifier of this database as its example."""
    found = []
    for name, pattern in VARIABLE.findall(address):
        table, column = EXAMPLES["/" + address.split("/")[1]]
        sql = f"SELECT [{column}] AS id FROM [{table}] WHERE [{column}] IS NOT NULL ORDER BY rowid LIMIT 1"
        example = row(connection, sql)
        described = {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{pattern}$"},
        }
        found.append(described | ({"example": example["id"]} if example else {}))
    return found


def _operation(name: str, summary: str, answers: dict, parameters=(), json: bool = True) -> dict:
    """One thing to ask, with what may be refused: as JSON where the address ends in `.json`, else as a page."""
    error = ERROR_CONTENT if json else {"text/html": {"schema": {"type": "string"}}}
    refused = {status: {"description": words, "content": error} for status, words in REFUSALS.items()}
    # What the server itself says when too much is under way.
    refused["503"] = refused["503"] | {"content": error | {"text/plain": {"schema": {"type": "string"}}}}
    return {"operationId": name, "summary": summary, "parameters": list(parameters), "responses": answers | refused}

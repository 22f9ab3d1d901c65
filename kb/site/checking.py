"""`/check` and `/check.json`: a draft pasted or uploaded, checked by the engine of `kb check`. Nothing of it is kept.

The draft is in memory while it is checked and nowhere else: not in the address, a file, a log or a cache.
"""

import json
from itertools import groupby
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from datasette.utils.asgi import Response
from markupsafe import Markup
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import create_form_parser

from kb.check import document, knowledge, read
from kb.check.report.html import marked
from kb.check.report.words import is_problem, summary
from kb.site import render
from kb.site.pages import about, rows

#: Bytes of a request, a Word file with its pictures included; and characters of text, a report of 30,000 words.
MOST_BYTES, MOST_TEXT = 4 << 20, 200_000
POSTS = {"/check": MOST_BYTES, "/check.json": MOST_BYTES}
KINDS = ("auto", "markdown", "text", "html")
#: Relation to the claim → the words of the page.
RELATIONS = {"overstates": "goes too far", "contradicts": "against the claim", "matches": "makes the claim"}
ASKED = {"cache-control": "no-store"}


class Refused(Exception):
    """The draft is not checked; the message says why in one line."""

    def __init__(self, why: str, status: int = 400):
        self.status = status
        super().__init__(why)


class Sent(NamedTuple):
    """A draft as it arrived; `shown` is what the form shows again."""

    name: str
    content: bytes
    kind: str
    shown: str = ""


def routes(database: str) -> list[tuple]:
    checker = Checker(database)

    # Datasette 1.0 takes functions, not methods.
    async def page(request, datasette):
        return await checker.page(request, datasette)

    async def data(request, datasette):
        return await checker.data(request, datasette)

    return [(r"^/check$", page), (r"^/check\.json$", data)]


class Checker:
    """Answers for one database; what the check goes by is read once for each content of it."""

    def __init__(self, database: str):
        self.database = database
        self.known: tuple[str, knowledge.Knowledge] | None = None

    async def page(self, request, datasette):
        status, data = 200, {"kinds": KINDS, "kind": "auto", "text": "", "wrong": None, "draft": None}
        if request.method == "POST":
            try:
                sent = await _sent(request)
                data |= {"kind": sent.kind, "text": sent.shown}
                data |= _shown((await self._check(datasette, sent))["drafts"][0])
                data["claims"] = self.known[1].claims
            except Refused as refused:
                status, data["wrong"] = refused.status, str(refused)
        data["about"] = await datasette.get_database(self.database).execute_fn(about)
        return Response.html(render.page("check.html", data, request=request), status=status, headers=ASKED)

    async def data(self, request, datasette):
        if request.method != "POST":
            why = "post a draft: a form with text or file, JSON with text, or the text itself"
            return Response.json({"ok": False, "error": why, "status": 405}, 405, {**ASKED, "allow": "POST"})
        try:
            return Response.json(await self._check(datasette, await _sent(request)), headers=ASKED)
        except Refused as refused:
            return Response.json(
                {"ok": False, "error": str(refused), "status": refused.status}, refused.status, headers=ASKED
            )

    async def _check(self, datasette, sent: Sent) -> dict:
        def run(connection):
            kind = read.guess(sent.shown) if sent.kind == "auto" else sent.kind
            draft = read.read(sent.content, kind)
            if len(draft.source) > MOST_TEXT:
                raise Refused(
                    f"{len(draft.source):,} characters, more than the {MOST_TEXT:,} checked at a time; split it", 413
                )
            return document.result([(sent.name, draft, [])], self._knowledge(connection), connection)

        try:
            return await datasette.get_database(self.database).execute_fn(run)
        except read.Unreadable as error:
            raise Refused(f"The draft cannot be read: {error}.") from None
        except knowledge.NotAKnowledgeBase:
            raise Refused("This knowledge base holds no rules to check a draft by.", 404) from None

    def _knowledge(self, connection) -> knowledge.Knowledge:
        content = rows(connection, "SELECT value FROM about WHERE key = 'content_hash'")[0]["value"]
        known = self.known
        if known is None or known[0] != content:
            known = self.known = (content, knowledge.read(connection))
        return known[1]


async def _sent(request) -> Sent:
    """The draft of a request. Raises `Refused`, also for a form on somebody else's page."""
    _refuse_other_sites(request.headers)
    body = await request.post_body()
    type_, _, _ = request.headers.get("content-type", "").partition(";")
    fields, file = _fields(type_.strip().lower(), request.headers, body) if body else ({}, None)
    if file and file[1]:
        try:
            return Sent(file[0], file[1], read.kind_of(file[0]))
        except read.Unreadable as error:
            raise Refused(f"{file[0][:100]}: {error}.") from None
    text, kind = fields.get("text") or "", fields.get("kind") or "auto"
    if not isinstance(text, str) or not text.strip():
        raise Refused("There is nothing to check; paste a text or choose a file.")
    if kind not in KINDS:
        raise Refused(f"kind is none of {', '.join(KINDS)}.")
    return Sent("pasted text", text.encode("utf-8", "replace"), kind, text)


def _refuse_other_sites(headers):
    """A form on another site shall not send its readers' browsers here."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    own = site in ("same-origin", "none") if site else not origin or urlsplit(origin).netloc == headers.get("host")
    if not own:
        raise Refused("Sent from another site's page; open the form here.", 403)


def _fields(type_: str, headers, body: bytes) -> tuple[dict, tuple[str, bytes] | None]:
    """The fields of a body, and the file in it as (name, content)."""
    try:
        if type_ == "multipart/form-data":
            return _multipart(headers["content-type"], body)
        if type_ == "application/json":
            found = json.loads(body)
            return (found if isinstance(found, dict) else {}), None
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Refused(f"The draft is not UTF-8 at byte {error.start}; save it as UTF-8.") from None
    except (ValueError, RecursionError, FormParserError):
        raise Refused(f"The request is not what it says it is, {type_[:60]}.") from None
    if type_ == "application/x-www-form-urlencoded":
        return {name: values[0] for name, values in parse_qs(text, max_num_fields=20).items()}, None
    if type_ in ("text/plain", "text/markdown", "text/html"):
        return {"text": text, "kind": {"text/plain": "text", "text/html": "html"}.get(type_, "markdown")}, None
    raise Refused("The type of the request is none that is read here.", 415)


def _multipart(content_type: str, body: bytes) -> tuple[dict, tuple[str, bytes] | None]:
    fields, files = {}, []

    def on_field(field):
        fields[field.field_name.decode()] = (field.value or b"").decode()

    def on_file(file):
        file.file_object.seek(0)
        files.append(((file.file_name or b"").decode("utf-8", "replace"), file.file_object.read()))

    # Room in memory for all that is let in, so that nothing reaches the disk.
    config = {"MAX_MEMORY_FILE_SIZE": 2 * MOST_BYTES}
    parser = create_form_parser({"Content-Type": content_type.encode()}, on_field, on_file, config=config)
    parser.write(body)
    parser.finalize()
    return fields, next(((name, content) for name, content in files if content), None)


def _shown(draft: dict) -> dict:
    """What the template shows: the draft paragraph by paragraph, its sentences with the flagged words marked."""
    for entry in draft["sentences"]:
        entry |= {"marked": Markup(marked(entry)), "problem": is_problem(entry)}
    paragraphs = [list(some) for _, some in groupby(draft["sentences"], key=lambda entry: entry["line"])]
    return {"draft": draft, "summary": summary(draft), "paragraphs": paragraphs, "relations": RELATIONS}

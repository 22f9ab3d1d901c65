"""Exceptions → answers: what was asked wrongly is 400, a database that cannot be read 503, a mistake of ours 500.

Nothing of the exception reaches the page or the log but its type and where it arose: its message may
quote what a visitor sent.
"""

import logging
import sqlite3
import traceback

from datasette.database import QueryInterrupted
from datasette.plugins import pm
from datasette.utils.asgi import Base400, NotFound, Response
from datasette.views.base import DatasetteError
from markupsafe import Markup

from kb.site.guard import TooLarge

log = logging.getLogger(__name__)

DATASETTES_OWN = "datasette.handle_exception"
UNREADABLE = ("malformed", "not a database", "disk i/o error", "unable to open")
REPLACED = "The database is being replaced. Try again in a moment."
TOO_LONG = "This took too long and was ended. Ask for less, or try again when fewer ask."
NOT_ANSWERED = "This address asks for something that cannot be answered: a column, filter or value that is not there."
OURS = "This page could not be made. The fault is ours and has been noted."


def take_over():
    """Take Datasette's own handler out, which would print local variables and the text of the exception."""
    own = pm.get_plugin(DATASETTES_OWN)
    if own is not None:
        pm.unregister(own)


def judge(exception: Exception, asked: bool) -> tuple[int, str]:
    """Status and words for an exception. `asked` says that a visitor's parameters were at work in Datasette's pages."""
    if isinstance(exception, (NotFound, Base400)):
        return exception.status, str(exception)
    if isinstance(exception, DatasetteError):
        words = Markup(exception.message) if exception.message_is_html else exception.message
        # Datasette calls a column that is not there a fault of its own.
        return (400 if asked and exception.status >= 500 else exception.status), words
    if isinstance(exception, QueryInterrupted):
        return 400, TOO_LONG
    if isinstance(exception, TooLarge):
        return 413, str(exception)
    if isinstance(exception, sqlite3.DatabaseError):
        if any(words in str(exception).lower() for words in UNREADABLE):
            return 503, REPLACED
        if "interrupted" in str(exception):
            return 503, TOO_LONG
    return (400, NOT_ANSWERED) if asked else (500, OURS)


async def answer(datasette, request, exception: Exception, stock: bool) -> Response:
    """The answer to a request that ended with `exception`; `stock` says that a page of Datasette's was asked for."""
    status, words = judge(exception, asked=stock)
    kind = type(exception).__name__
    if status >= 500:
        where = "".join(traceback.format_tb(exception.__traceback__))
        log.error("%r: %d, %s at\n%s", request.path, status, kind, where)
    elif words == NOT_ANSWERED:
        log.warning("%r: %d, %s", request.path, status, kind)
    title = getattr(exception, "title", None)
    headers = {"cache-control": "no-store"} | ({"retry-after": "5"} if status == 503 else {})
    if request.path.endswith(".json"):
        content = {"ok": False, "error": str(words), "status": status, "title": title}
        return Response.json(content, status=status, headers=headers)
    template = datasette.jinja_env.select_template([f"{status}.html", "error.html"])
    shown = {
        "ok": False,
        "error": words,
        "status": status,
        "title": title,
        "urls": datasette.urls,
        "app_css_hash": datasette.app_css_hash(),
        "menu_links": lambda: [],
    }
    return Response.html(await template.render_async(shown), status=status, headers=headers)

"""The pages: an address, a template, and one function that asks the database everything."""

from collections.abc import Callable
from typing import NamedTuple


class Page(NamedTuple):
    """A page and its `.json` twin.

    `load(connection, arguments, **variables)` returns what the template shows, or None for 404.
    The same dictionary is the JSON, less the keys that begin with an underscore. `filters` are the arguments
    that take an id; a page asked with others is made anew each time.
    """

    address: str
    template: str
    load: Callable[..., dict | None]
    what: str = "page"
    filters: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        name = "index" if self.address == "/" else ""
        return rf"^{self.address}(?:{name}\.(?P<format>json))?$"


def twin(data: dict) -> dict:
    """What the JSON of a page holds: all but what only its template needs."""
    return {key: value for key, value in data.items() if not key.startswith("_")}


def rows(connection, sql: str, *parameters, **named) -> list[dict]:
    """The rows of a query as dictionaries."""
    return [dict(row) for row in connection.execute(sql, named or parameters)]


def row(connection, sql: str, *parameters) -> dict | None:
    """The first row of a query as a dictionary, or None."""
    found = connection.execute(sql, parameters).fetchone()
    return dict(found) if found is not None else None


def about(connection) -> dict:
    """What every page says of the whole: name, disclaimer, date, content hash."""
    return {entry["key"]: entry["value"] for entry in rows(connection, "SELECT key, value FROM about")}

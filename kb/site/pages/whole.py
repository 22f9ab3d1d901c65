"""`/about`: what this is, who answers for it, under which licence, and how to take it away."""

from kb.site.pages import about, row
from kb.site.pages.home import COUNTS


def load(connection, arguments):
    return {"about": about(connection), "counts": row(connection, COUNTS)}

"""Cells of Datasette's tables that lead back to our pages and out to PubMed."""

from markupsafe import Markup

#: (table, column) → address of the page about that value. Datasette renders primary keys itself, so views do it.
PAGES = {
    ("claim_summary", "id"): "/claims/{}",
    ("claim_verdict", "claim"): "/claims/{}",
    ("evidence_table", "claim"): "/claims/{}",
    ("evidence_table", "study"): "/studies/{}",
    ("summary_of_findings", "claim"): "/claims/{}",
}
PUBMED = "https://pubmed.ncbi.nlm.nih.gov/{}/"


def link(table: str | None, column: str, value) -> Markup | None:
    """A link for a cell, or None where Datasette's own rendering is right."""
    address = PUBMED if column == "pmid" else PAGES.get((table, column))
    if not value or address is None:
        return None
    return Markup('<a href="{}">{}</a>').format(address.format(value), value)

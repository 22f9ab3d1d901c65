"""Names for the form fields of Datasette's own pages, which have none: a screen reader says what a field is for."""

import re

from markupsafe import Markup, escape

#: Start of a field's name → what it is.
FIELDS = {
    "_filter_column": "Column to filter",
    "_filter_op": "Comparison",
    "_filter_value": "Value to compare with",
    "_sort": "Sort by",
    "sql": "SQL query",
}
FIELD = re.compile(r'<(select|input|textarea)\b(?=[^>]*\bname="(\w+)")(?![^>]*\b(?:aria-label|type="hidden"))')
REGION = '<div class="table-wrapper">'


def labelled(html: str) -> Markup:
    """Rendered HTML with a label on each field that is known by its name, and its tables in reach of the keyboard.

    Headings of the third level become second ones, since none of the second stands above them.
    """
    named = FIELD.sub(_named, html).replace("<h3", "<h2").replace("</h3>", "</h2>")
    return Markup(named.replace(REGION, '<div class="table-wrapper" tabindex="0" role="region" aria-label="Rows">'))


def _named(field: re.Match) -> str:
    label = next((label for start, label in FIELDS.items() if field[2].startswith(start)), None)
    return f'<{field[1]} aria-label="{escape(label)}"' if label else field[0]

"""Templates → HTML: the environment, and the words and links that all pages share."""

from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from kb.cite import FORMATS
from kb.claim_review import article_reviews, claim_review
from kb.records import REFERENCE
from kb.site import charts
from kb.site.pages.search import BEGIN, END
from kb.vocabulary import VOCABULARIES

#: A sign beside each verdict and stance, so that colour never carries the meaning alone.
SIGNS = {
    "supported": "✓",
    "partly-supported": "◐",
    "contested": "⇄",
    "insufficient-evidence": "?",
    "not-supported": "○",
    "refuted": "✕",
    "not-checkable": "–",
    "supports": "+",
    "no-effect": "○",
    "contradicts": "−",
    "context": "·",
}
GRADE = {"high": 4, "moderate": 3, "low": 2, "very-low": 1}


@cache
def word(vocabulary: str, id: str | None) -> str:
    """The label of a vocabulary's term; empty for none."""
    return VOCABULARIES[vocabulary](id).label if id else ""


@cache
def meaning(vocabulary: str, id: str) -> str:
    return VOCABULARIES[vocabulary](id).description


@cache
def chip(vocabulary: str, id: str | None) -> Markup:
    """A term as sign and word, coloured by its id."""
    if not id:
        return Markup("")
    sign = Markup('<span class="sign" aria-hidden="true">{}</span> ').format(SIGNS[id]) if id in SIGNS else ""
    return Markup('<span class="chip {}">{}{}</span>').format(id, sign, word(vocabulary, id))


@cache
def certainty(level: str | None) -> Markup:
    """A GRADE certainty as four circles and a word."""
    if not level:
        return Markup('<span class="muted">not rated</span>')
    circles = "⊕" * GRADE[level] + "◯" * (4 - GRADE[level])
    text = '<span class="certainty {}"><span aria-hidden="true">{}</span> {} certainty</span>'
    return Markup(text).format(level, circles, word("certainty_level", level))


def cited(text: str | None, labels: dict[str, str]) -> Markup:
    """Prose with its `[@study-key]` references as links."""
    if not text:
        return Markup("")
    parts, end = [], 0
    for reference in REFERENCE.finditer(text):
        key = reference[1]
        parts += [
            escape(text[end : reference.start()]),
            Markup('<a class="ref" href="/studies/{}">{}</a>').format(key, labels.get(key, key)),
        ]
        end = reference.end()
    return Markup("").join([*parts, escape(text[end:])])


def plain(text: str | None, labels: dict[str, str] | None = None) -> str:
    """Prose with its references as plain words, for titles and search results."""
    return REFERENCE.sub(lambda reference: (labels or {}).get(reference[1], ""), text or "").replace(" .", ".").strip()


def marked(text: str) -> Markup:
    """A snippet of a search result with the words that matched as `<mark>`."""
    return Markup(escape(text).replace(BEGIN, Markup("<mark>")).replace(END, Markup("</mark>")))


def plural(count: int | None, one: str, many: str | None = None) -> str:
    return f"{count or 0:,} {one if count == 1 else many or one + 's'}"


def inner(text: str) -> str:
    """A phrase as it stands inside a sentence: small first letter, unless it begins with an abbreviation or a name."""
    return text[0].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


class Rows(Environment):
    """Templates read rows, which are dictionaries: the key is tried first, not an attribute that is never there."""

    def getattr(self, obj, attribute):
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


ENVIRONMENT = Rows(
    loader=PackageLoader("kb.site", "html"),  # not "templates", which Datasette would take for its own
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.filters["inner"] = inner
ENVIRONMENT.globals |= {
    "word": word,
    "meaning": meaning,
    "chip": chip,
    "certainty_sign": certainty,
    "cited": cited,
    "plain": plain,
    "marked": marked,
    "plural": plural,
    "vocabularies": VOCABULARIES,
    "bands": charts.BANDS,
    "claim_review": claim_review,
    "article_reviews": article_reviews,
    "verdict_label": partial(word, "verdict"),
    "citation_formats": tuple(FORMATS.values()),
}


def page(template: str, data: dict, request) -> str:
    base = f"{request.scheme}://{request.host}"
    return ENVIRONMENT.get_template(template).render(**data, path=request.path, base=base)

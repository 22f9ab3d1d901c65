"""The records of `data/wording/`: what the check of drafts goes by, one class each.

Patterns are written in the language of `kb.check.patterns` on the word classes of `classes.yaml`.
"""

from typing import Annotated, Literal

from pydantic import Field

from kb import vocabulary as v
from kb.fields import Record, Slug, Text, word

Weight = Annotated[float, Field(ge=0, le=6)]


class WordClass(Record):
    """`classes.yaml`: words and phrases that mean the same to a rule; `includes` takes over other classes."""

    id: Slug
    terms: list[Text] = []
    includes: list[Slug] = []


class Sign(Record):
    """A pattern, and how sure it makes us that a sentence is on the claim: 0 to 6."""

    weight: Weight
    when: Text


class Recognition(Record):
    """`recognition.yaml`: how a claim is recognised in a sentence, and when the sentence denies or exceeds it."""

    id: Slug = Field(description="Id of the claim.")
    signs: Annotated[list[Sign], Field(min_length=1)]
    denied: list[Text] = Field([], description="What says the opposite of the claim.")
    affirmed: list[Text] = Field([], description="What says the claim although it looks like a denial.")


class Overclaim(Record):
    """`overclaims.yaml`: wording that inflates a benefit or denies a risk."""

    id: Slug
    kind: word(v.FlagKind)
    relation: Literal["overstates", "contradicts"]
    patterns: Annotated[list[Text], Field(min_length=1)]
    unless: list[Text] = Field([], description="Patterns that make the wording harmless.")
    why: Text
    suggestion: Text
    example: Text
    counter_example: Text


class Nonclaim(Record):
    """`nonclaims.yaml`: what is not a claim. A firm one is none whatever else it says."""

    id: Slug
    firm: bool = False
    patterns: Annotated[list[Text], Field(min_length=1)]
    example: Text
    counter_example: Text


class CheckWeight(Record):
    """`weights.yaml`: the logistic weights by which a match is shown or not, set on the tune splits."""

    id: Slug
    value: float
    meaning: Text


LISTS: dict[str, type[Record]] = {
    "wording/classes.yaml": WordClass,
    "wording/recognition.yaml": Recognition,
    "wording/overclaims.yaml": Overclaim,
    "wording/nonclaims.yaml": Nonclaim,
    "wording/weights.yaml": CheckWeight,
}

"""The records that people write in `data/`, one class each.

Shapes and ranges are checked here; references between records in `kb.rules`. The models
are strict: a number in quotes is not a number, and a key that is not listed is a fault.
`kb schema` writes them as JSON Schema for editors.
"""

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from kb import vocabulary as v
from kb import wording
from kb.fetched import CitationRow, ScreeningRow, SearchRunRow, StandingRow, VerdictLogRow
from kb.fields import Count, Day, Doi, Percent, Pmid, PValue, Record, Sha256, Slug, Text, Url, Year, word

# --- what the knowledge base is about -------------------------------------------------


class Horizon(Record):
    """A span of time after treatment; a finding belongs to the first whose `up_to_days` holds it."""

    id: Slug
    label: Text
    up_to_days: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Upper bound in days; empty for the last."
    )


class Knowledgebase(Record):
    """`kb.yaml`: what this knowledge base is, who answers for it, and its time horizons."""

    name: Text
    description: Text
    question: Text = Field(description="The question the whole answers, for the home page.")
    subject: Text = Field(description="The treatment studied, as a noun for headings.")
    data_license: Text
    data_license_url: Url
    source_url: Url | None = None
    disclaimer: Text
    review_status: Text = Field(description="Who has and who has not reviewed the content.")
    contact: Text
    updated: Day
    safety_claims: list[Slug] = Field([], description="Claims that stand above every list of harms.")
    horizons: Annotated[list[Horizon], Field(min_length=1)]

    @model_validator(mode="after")
    def _horizons_ascend(self):
        bounds = [h.up_to_days for h in self.horizons]
        if bounds[-1] is not None or None in bounds[:-1] or bounds[:-1] != sorted(set(bounds[:-1])):
            raise ValueError("horizons: expected ascending up_to_days, empty for the last one only")
        return self


class VocabularyTerm(Record):
    """A topic's own word: a condition, an outcome, a route or a drug form."""

    id: Slug
    label: Text
    description: Text | None = None
    synonyms: list[Text] = []
    codes: dict[Literal["mesh", "atc", "chebi", "unii"], Text] = {}


class Condition(VocabularyTerm):
    """Who is treated. `summary_claim` is the claim that answers for the condition."""

    summary_claim: Slug | None = None


class Outcome(VocabularyTerm):
    """What is measured. `system` names the organ or area of a harm."""

    group: word(v.OutcomeGroup)
    system: Text | None = None

    @model_validator(mode="after")
    def _harm_has_system(self):
        if (self.group == v.OutcomeGroup.HARM) != (self.system is not None):
            raise ValueError("system: expected for outcomes of the group harm, and only there")
        return self


class Route(VocabularyTerm):
    injected: bool = Field(description="Whether the route is an injection or infusion.")


class Form(VocabularyTerm):
    pass


# --- claims and where they are made ----------------------------------------------------


class Intervention(Record):
    """What was given, or what the claim is about. `forms` and `routes` are ids of `vocabulary/`."""

    description: Text
    forms: list[Slug] = []
    routes: list[Slug] = []
    dose: Text | None = None
    schedule: Text | None = None


class Pico(Record):
    population: Text
    intervention: Intervention
    comparator: Text | None = None
    outcome: Text
    horizon: Text | None = None


class Reason(Record):
    """Why a certainty was lowered or raised, one GRADE domain each."""

    domain: word(v.Domain)
    concern: word(v.Concern)
    why: Text


class CertaintyRating(Record):
    """How sure we are of one claim for one outcome, at one horizon or at any."""

    outcome: Slug
    horizon: Slug | None = None
    level: word(v.Certainty)
    rater: word(v.Rater) = v.Rater.OURS
    study: Slug | None = Field(None, description="The review that published the rating; for rater `published`.")
    decisive: bool = Field(False, description="Whether the claim stands or falls with this outcome.")
    summary: Text = Field(description="The result in one sentence, in GRADE's words.")
    reasons: list[Reason] = []

    @model_validator(mode="after")
    def _rated_with_reason(self):
        if self.rater == v.Rater.OURS and self.level != v.Certainty.HIGH and not self.reasons:
            raise ValueError("reasons: expected at least one for a certainty of ours below high")
        if (self.rater == v.Rater.PUBLISHED) != (self.study is not None):
            raise ValueError("study: expected for rater published, and only there")
        return self


class VerdictRecord(Record):
    """What the evidence says of a claim. `[@study-key]` in a text links the study."""

    value: word(v.Verdict)
    certainty: word(v.Certainty)
    answer: Text = Field(description="The verdict in one sentence, in GRADE's words.")
    rationale: Text
    safer_wording: Text = Field(description="A sentence a writer may use instead.")
    would_change: Text = Field(description="What evidence would change the verdict.")
    decided_on: Day
    override: Text | None = Field(None, description="Why the stored verdict differs from the computed one.")


class NullEvidence(Record):
    """A dated statement that no null or contrary evidence was found, and where it was sought."""

    date: Day
    statement: Text


class Claim(Record):
    """`claims/<id>.yaml`: a testable statement in our words, and its verdict."""

    id: Slug
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}[0-9]+$")]
    type: word(v.ClaimType)
    statement: Text
    conditions: list[Slug] = []
    pico: Pico
    paraphrases: list[Text] = []
    terms: list[Text] = []
    must_say: Text | None = Field(None, description="Why a text on the treatment must say this.")
    verdict: VerdictRecord
    certainty: list[CertaintyRating] = []
    none_found: NullEvidence | None = None


class Section(Record):
    id: Slug
    title: Text


class Appearance(Record):
    """Where an article makes a claim. `sentence` counts from 1; `sha256` is of the sentence."""

    claim: Slug
    section: Slug
    sentence: Annotated[int, Field(ge=1)]
    sha256: Sha256
    strength: word(v.Strength)
    rating: word(v.Rating)
    reason: Text


class Omission(Record):
    """A claim that an article should make and does not."""

    claim: Slug
    reason: Text


class Article(Record):
    """`articles/<slug>.yaml`: who published what, and where it makes which claim. Never its text."""

    slug: Slug
    title: Text
    publisher: Text
    url: Url
    published: Day | None = None
    accessed: Day
    sha256: Sha256 = Field(description="Of the text as read, UTF-8.")
    sentences: Annotated[int, Field(ge=1)]
    sections: Annotated[list[Section], Field(min_length=1)]
    appearances: list[Appearance]
    omissions: list[Omission] = []


# --- studies, findings, evidence --------------------------------------------------------


class Source(Record):
    """The paper as its readers saw it; `citations.csv` has what PubMed says of it."""

    title: Text
    authors: Annotated[list[Text], Field(min_length=1)] = Field(
        description="Family name and initials; or a body's name."
    )
    journal: Text
    year: Year
    volume: Text | None = None
    issue: Text | None = None
    pages: Text | None = None
    pmid: Pmid | None = None
    pmid_status: word(v.PmidStatus)
    doi: Doi | None = None
    url: Url | None = None

    @model_validator(mode="after")
    def _can_be_found(self):
        if (self.pmid_status == v.PmidStatus.CONFIRMED) != (self.pmid is not None):
            raise ValueError("pmid: expected if, and only if, pmid_status is confirmed")
        if not (self.pmid or self.doi or self.url):
            raise ValueError("source: expected a pmid, a doi or a url")
        return self


class Numbers(Record):
    """How many took part. For reviews `participants` in `studies`."""

    randomised: Count | None = None
    analysed: Count | None = None
    participants: Count | None = None
    studies: Count | None = None

    @model_validator(mode="after")
    def _analysed_were_randomised(self):
        if None not in (self.randomised, self.analysed) and self.analysed > self.randomised:
            raise ValueError(f"analysed: expected at most the {self.randomised} randomised, found {self.analysed}")
        return self


class Comparator(Record):
    type: word(v.ComparatorType)
    description: Text | None = None


class Reading(Record):
    """What the curator read, when and where."""

    depth: word(v.ReadDepth)
    date: Day
    urls: list[Url] = []
    limits: Text | None = Field(None, description="What could not be read or is in doubt.")


class Time(Record):
    """When an outcome was measured, counted from `anchor`."""

    value: Annotated[float, Field(ge=0)]
    unit: word(v.TimeUnit)
    anchor: word(v.Anchor)

    @property
    def days(self) -> float:
        return self.value * v.DAYS_PER[self.unit]


class Effect(Record):
    """An effect estimate: `value` with its confidence interval `low`–`high` of `level` percent."""

    measure: word(v.Measure)
    value: float
    low: float | None = None
    high: float | None = None
    level: Percent = 95.0
    p: PValue | None = None
    unit: Text | None = None
    scale: Text | None = Field(None, description="What the value is on, e.g. a 0-10 rating.")
    better: word(v.Better) | None = None

    @model_validator(mode="after")
    def _interval_holds_value(self):
        if (self.low is None) != (self.high is None):
            raise ValueError("low, high: expected both or neither")
        if self.low is not None and not self.low <= self.value <= self.high:
            raise ValueError(f"value: expected between low {self.low:g} and high {self.high:g}, found {self.value:g}")
        if self.measure in v.RATIO_MEASURES and min(x for x in (self.value, self.low) if x is not None) < 0:
            raise ValueError("value, low: expected at least 0 for a ratio")
        if self.measure == v.Measure.PROPORTION and not (0 <= self.value <= 100 and (self.high or 0) <= 100):
            raise ValueError("value: expected a percentage between 0 and 100")
        return self


class Group(Record):
    """One arm's result: `events` of `n` with `percent`, or a `value` in the effect's unit."""

    arm: word(v.Arm)
    label: Text | None = None
    n: Count | None = None
    events: Count | None = None
    percent: Percent | None = None
    value: float | None = None
    unit: Text | None = None

    @model_validator(mode="after")
    def _events_among_n(self):
        if self.events is not None and self.n is not None:
            if self.events > self.n:
                raise ValueError(f"events: expected at most n = {self.n}, found {self.events}")
            if self.n and self.percent is not None and abs(100 * self.events / self.n - self.percent) > 1:
                raise ValueError(
                    f"percent: expected about {100 * self.events / self.n:.1f} for {self.events} of {self.n}"
                )
        return self


class SecondReading(Record):
    date: Day
    outcome: word(v.SecondRead)
    note: Text | None = None


class Evidence(Record):
    """What a finding says about a claim. There is no "mixed": take the finding apart."""

    claim: Slug
    stance: word(v.Stance)
    directness: word(v.Directness)
    why_indirect: Text | None = None
    note: Text | None = None
    second_read: SecondReading | None = None

    @model_validator(mode="after")
    def _indirect_with_reason(self):
        if (self.directness == v.Directness.INDIRECT) != (self.why_indirect is not None):
            raise ValueError("why_indirect: expected for indirect evidence, and only there")
        return self


class Finding(Record):
    """One outcome at one time in one study, with the figures as the source prints them."""

    id: Slug
    outcome: Slug
    population: Text | None = Field(None, description="If other than the study's.")
    time: Time | None = Field(None, description="Empty where the finding has no time.")
    text: Text
    direction: word(v.Direction)
    effect: Effect | None = None
    groups: list[Group] = []
    numbers: list[Text] = []
    evidence: list[Evidence] = []


class Study(Record):
    """`studies/<key>.yaml`: one paper, what it did, what it found, and which claims that bears on."""

    key: Slug
    source: Source
    design: word(v.Design)
    registration: Text | None = None
    n: Numbers = Numbers()
    setting: word(v.Setting) = v.Setting.MEDICAL
    population: Text
    conditions: list[Slug] = []
    intervention: Intervention
    comparator: Comparator
    blinding: word(v.Blinding)
    follow_up: Text | None = None
    funding: Text | None = None
    limits: Text | None = None
    read: Reading
    includes: list[Slug] = Field([], description="Keys of the studies that this review counted.")
    report_of: Slug | None = Field(
        None, description="Key of the study whose participants these are, for later reports."
    )
    findings: list[Finding] = []


class Search(Record):
    """A PubMed query for a claim. When it ran and what it found is fetched, not written."""

    id: Slug
    claim: Slug
    purpose: Literal["all", "null-or-contrary"]
    query: Text


#: What `data/` holds: folders of one record a file, then files of a list of records, then CSV.
FOLDERS: dict[str, type[Record]] = {"claims": Claim, "studies": Study, "articles": Article}
LISTS: dict[str, type[Record]] = {
    "vocabulary/conditions.yaml": Condition,
    "vocabulary/outcomes.yaml": Outcome,
    "vocabulary/routes.yaml": Route,
    "vocabulary/forms.yaml": Form,
    "searches.yaml": Search,
    **wording.LISTS,
}
TABLES: dict[str, type[Record]] = {
    "citations.csv": CitationRow,
    "standing.csv": StandingRow,
    "search_runs.csv": SearchRunRow,
    "screening.csv": ScreeningRow,
    "verdict_log.csv": VerdictLogRow,
}

#: A reference to a study inside a text: `[@study-key]`.
REFERENCE = re.compile(r"\[@([a-z0-9-]+)\]")


def json_schemas() -> dict[str, dict]:
    """JSON Schema (2020-12) of every YAML file of `data/`, by name."""
    schemas = {"kb": Knowledgebase.model_json_schema()}
    schemas |= {model.__name__.lower(): model.model_json_schema() for model in FOLDERS.values()}
    for path, model in LISTS.items():
        name = path.removesuffix(".yaml").rpartition("/")[2]
        schemas[name] = {"type": "array", "items": model.model_json_schema(ref_template="#/items/$defs/{model}")}
    return schemas

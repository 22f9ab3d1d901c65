"""The words of the field that records may use, each with a label and a meaning.

A vocabulary is an enumeration. From it come, without a second list anywhere: the
validation of `data/`, the JSON Schema for editors, the lookup tables of `kb.db` with
their foreign keys and `CHECK`s, and the words on the pages. The order of a
vocabulary's terms is its rank (column `rank`), best or mildest first where that means something.
"""

from enum import StrEnum


class Term(StrEnum):
    """A term of a vocabulary: its id as stored, a label to read, and what it means."""

    def __new__(cls, value: str, label: str, description: str):
        term = str.__new__(cls, value)
        term._value_ = value
        term.label = label
        term.description = description
        return term


class ClaimType(Term):
    EFFICACY = "efficacy", "Efficacy", "What the treatment does to an outcome."
    INDICATION = "indication", "Indication", "That the treatment works for a named condition."
    RISK = "risk", "Risk", "A harm, or a statement about how common, long or severe it is."
    MECHANISM = "mechanism", "Mechanism", "How the treatment acts."
    PRACTICE = "practice", "Practice", "How the treatment is or should be given."
    BACKGROUND = "background", "Background", "History, nature and general facts."
    RESEARCH = "research", "Research", "What is being studied."


class Strength(Term):
    HEDGED = "hedged", "Hedged", "Worded with may, can, some, suggests."
    PLAIN = "plain", "Plain", "Stated as fact, without emphasis."
    STRONG = "strong", "Strong", "Stated with emphasis, certainty or praise."


class Rating(Term):
    ACCURATE = "accurate", "Accurate", "The wording agrees with the evidence."
    OVERSTATED = "overstated", "Overstated", "The wording claims more than the evidence shows."
    MISLEADING = "misleading", "Misleading", "The wording leads a reader to a false conclusion."
    MISSING_CONTEXT = (
        "missing-context",
        "Missing context",
        "True as far as it goes, but leaves out what a reader needs to judge it.",
    )
    UNVERIFIABLE = "unverifiable", "Unverifiable", "Too vague to be tested, or no evidence bears on it."


class Verdict(Term):
    SUPPORTED = "supported", "Supported", "The evidence agrees with the claim."
    PARTLY_SUPPORTED = (
        "partly-supported",
        "Partly supported",
        "True for some outcomes, times or patients and not for others, or shown by weak evidence only.",
    )
    CONTESTED = "contested", "Contested", "Comparable studies of the same question disagree."
    INSUFFICIENT_EVIDENCE = (
        "insufficient-evidence",
        "Insufficient evidence",
        "Too little or too weak evidence to say; nobody knows.",
    )
    NOT_SUPPORTED = "not-supported", "Not supported", "The evidence finds no such effect."
    REFUTED = "refuted", "Refuted", "The evidence shows the opposite, or that the claim as worded is false."
    NOT_CHECKABLE = "not-checkable", "Not checkable", "Not a statement that evidence could decide."


class Certainty(Term):
    HIGH = "high", "High", "Further research is very unlikely to change the estimate."
    MODERATE = "moderate", "Moderate", "The true effect is probably close to the estimate."
    LOW = "low", "Low", "The true effect may be substantially different from the estimate."
    VERY_LOW = "very-low", "Very low", "The true effect is likely to be substantially different; very uncertain."


class Domain(Term):
    RISK_OF_BIAS = "risk-of-bias", "Risk of bias", "Limits in how the studies were designed or run."
    INCONSISTENCY = "inconsistency", "Inconsistency", "Unexplained differences between the studies."
    INDIRECTNESS = "indirectness", "Indirectness", "Other patients, treatments, comparators or outcomes than asked."
    IMPRECISION = "imprecision", "Imprecision", "Few participants or events, wide intervals."
    PUBLICATION_BIAS = "publication-bias", "Publication bias", "Studies likely to exist that were not published."
    LARGE_EFFECT = "large-effect", "Large effect", "Raises certainty: an effect too large to be bias alone."
    DOSE_RESPONSE = "dose-response", "Dose-response", "Raises certainty: more of the cause, more of the effect."
    CONFOUNDING = "confounding", "Opposing confounding", "Raises certainty: remaining bias would hide the effect."


class Concern(Term):
    NONE = "none", "No concern", "Looked at; no reason to change the certainty."
    SERIOUS = "serious", "Serious", "Lowers the certainty by one level."
    VERY_SERIOUS = "very-serious", "Very serious", "Lowers the certainty by two levels."
    EXTREMELY_SERIOUS = "extremely-serious", "Extremely serious", "Lowers the certainty by three levels."
    PRESENT = "present", "Present", "For a reason that raises certainty: it holds."


class Rater(Term):
    OURS = "ours", "Ours", "Rated by the curators of this knowledge base."
    PUBLISHED = "published", "Published", "Rated by the authors of a published review, named by its study."


class Stance(Term):
    SUPPORTS = "supports", "Supports", "The finding is evidence that the claim is true."
    CONTRADICTS = "contradicts", "Contradicts", "The finding is evidence that the claim is false."
    NO_EFFECT = "no-effect", "No effect", "The finding looked for the claimed effect and did not find it."
    CONTEXT = "context", "Context", "Worth knowing beside the claim; not evidence for or against it."


class Directness(Term):
    DIRECT = "direct", "Direct", "Same kind of patients, treatment, comparator and outcome as the claim."
    INDIRECT = "indirect", "Indirect", "Differs from the claim in patients, treatment, comparator or outcome."


class Direction(Term):
    FAVOURS_INTERVENTION = "favours-intervention", "Favours intervention", "Better with the treatment studied."
    NO_DIFFERENCE = "no-difference", "No difference", "No difference shown between the groups or over time."
    FAVOURS_COMPARATOR = "favours-comparator", "Favours comparator", "Worse with the treatment studied."
    DESCRIPTIVE = "descriptive", "Descriptive", "A description without a comparison."


class Design(Term):
    """Study designs; rank follows the search tier of OCEBM 2011 (see `TIER`)."""

    META_ANALYSIS = "meta-analysis", "Meta-analysis", "Systematic review that pools trials."
    SYSTEMATIC_REVIEW = "systematic-review", "Systematic review", "Systematic search and appraisal, not pooled."
    RCT = "rct", "Randomised trial", "Parallel-group randomised controlled trial."
    CROSSOVER_RCT = (
        "crossover-rct",
        "Randomised crossover trial",
        "Each participant has every treatment in random order.",
    )
    CONTROLLED_TRIAL = (
        "controlled-trial",
        "Controlled trial, not randomised",
        "Compared groups, not allocated at random.",
    )
    COHORT = (
        "cohort",
        "Cohort",
        "People followed over time, prospectively or from records, with or without a control group.",
    )
    CROSS_SECTIONAL = "cross-sectional", "Cross-sectional", "A survey or measurement at one time."
    CASE_SERIES = "case-series", "Case series", "Several patients described, no control group."
    CASE_REPORT = "case-report", "Case report", "One or two patients described."
    GUIDELINE = "guideline", "Guideline", "Recommendations of a professional or public body."
    REGULATORY = "regulatory", "Regulatory document", "A label, warning or ruling of an authority."
    NARRATIVE_REVIEW = "narrative-review", "Narrative review", "A review without a systematic search."
    LABORATORY = "laboratory", "Laboratory", "Animals, cells or tissue."
    PROTOCOL = "protocol", "Protocol or registration", "A study that is planned or running; no results yet."


#: OCEBM 2011 level for questions of treatment benefit. A search tier, never a certainty.
#: https://www.cebm.ox.ac.uk/resources/levels-of-evidence/ocebm-levels-of-evidence
TIER = {
    Design.META_ANALYSIS: 1,
    Design.SYSTEMATIC_REVIEW: 1,
    Design.RCT: 2,
    Design.CROSSOVER_RCT: 2,
    Design.CONTROLLED_TRIAL: 3,
    Design.COHORT: 3,
    Design.CROSS_SECTIONAL: 4,
    Design.CASE_SERIES: 4,
    Design.CASE_REPORT: 4,
    Design.GUIDELINE: 5,
    Design.REGULATORY: 5,
    Design.NARRATIVE_REVIEW: 5,
    Design.LABORATORY: 5,
    Design.PROTOCOL: 5,
}

REVIEW_DESIGNS = {Design.META_ANALYSIS, Design.SYSTEMATIC_REVIEW, Design.GUIDELINE, Design.NARRATIVE_REVIEW}


class ComparatorType(Term):
    PLACEBO = "placebo", "Placebo", "An inert treatment that looks the same."
    ACTIVE_PLACEBO = "active-placebo", "Active placebo", "A drug chosen to feel similar without treating the pain."
    ACTIVE = "active", "Active treatment", "Another treatment meant to work."
    USUAL_CARE = "usual-care", "Usual care", "Care as usual, or the same care without the treatment."
    DOSE = "dose", "Another dose or form", "The same drug in another dose, form or route."
    MIXED = "mixed", "Several kinds", "Different comparators in one review."
    NONE = "none", "None", "No comparison group."


class Blinding(Term):
    DOUBLE = "double", "Double-blind", "Neither participants nor assessors knew the treatment."
    SINGLE = "single", "Single-blind", "One side, participants or assessors, did not know the treatment."
    OPEN = "open", "Open", "Everybody knew the treatment."
    NOT_REPORTED = "not-reported", "Not reported", "What was read does not say."
    NOT_APPLICABLE = "not-applicable", "Not applicable", "The design has nothing to blind."


class Measure(Term):
    MEAN_DIFFERENCE = "mean-difference", "Mean difference", "Difference of means between groups."
    MEDIAN_DIFFERENCE = "median-difference", "Median difference", "Difference of medians between groups."
    STANDARDISED_MEAN_DIFFERENCE = (
        "standardised-mean-difference",
        "Standardised mean difference",
        "Difference of means in standard deviations.",
    )
    MEAN_CHANGE = "mean-change", "Change from baseline", "Change within one group."
    PERCENT_CHANGE = "percent-change", "Percent change", "Relative change within one group, in percent."
    RISK_RATIO = "risk-ratio", "Risk ratio", "Risk with treatment divided by risk without."
    ODDS_RATIO = "odds-ratio", "Odds ratio", "Odds with treatment divided by odds without."
    HAZARD_RATIO = "hazard-ratio", "Hazard ratio", "Rate over time with treatment divided by rate without."
    RATE_RATIO = "rate-ratio", "Rate ratio", "Event rate with treatment divided by rate without."
    RISK_DIFFERENCE = (
        "risk-difference",
        "Risk difference",
        "Risk with treatment minus risk without, in percentage points.",
    )
    NNT = "nnt", "Number needed to treat", "Patients to treat for one more to benefit."
    NNH = "nnh", "Number needed to harm", "Patients to treat for one more to be harmed."
    PROPORTION = "proportion", "Proportion", "Share of one group, in percent."
    MEAN = "mean", "Mean", "Mean of one group."
    MEDIAN = "median", "Median", "Median of one group."
    CORRELATION = "correlation", "Correlation", "Correlation coefficient."


#: Measures whose null value is 1 and which belong on a logarithmic axis.
RATIO_MEASURES = {Measure.RISK_RATIO, Measure.ODDS_RATIO, Measure.HAZARD_RATIO, Measure.RATE_RATIO}


#: Measures that compare two groups; the others describe one and have no place beside a null line.
COMPARATIVE_MEASURES = RATIO_MEASURES | {
    Measure.MEAN_DIFFERENCE,
    Measure.MEDIAN_DIFFERENCE,
    Measure.STANDARDISED_MEAN_DIFFERENCE,
    Measure.RISK_DIFFERENCE,
}


class Better(Term):
    LOWER = "lower", "Lower is better", "A smaller value is good for the patient."
    HIGHER = "higher", "Higher is better", "A larger value is good for the patient."


class Arm(Term):
    INTERVENTION = "intervention", "Intervention", "The group given the treatment studied."
    COMPARATOR = "comparator", "Comparator", "The group it is compared with."
    ALL = "all", "All", "Everyone studied, not split by treatment."


class Anchor(Term):
    START = "start", "from the start of treatment", "Time counted from the first dose."
    END = "end", "from the end of treatment", "Time counted from the last dose."
    DURING = "during", "during treatment", "Measured while the treatment ran."
    NOT_STATED = "not-stated", "start of count not stated", "What was read does not say from when time is counted."


class TimeUnit(Term):
    MINUTES = "minutes", "minutes", "1/1440 day."
    HOURS = "hours", "hours", "1/24 day."
    DAYS = "days", "days", "1 day."
    WEEKS = "weeks", "weeks", "7 days."
    MONTHS = "months", "months", "30.44 days."
    YEARS = "years", "years", "365.25 days."


DAYS_PER = {
    TimeUnit.MINUTES: 1 / 1440,
    TimeUnit.HOURS: 1 / 24,
    TimeUnit.DAYS: 1.0,
    TimeUnit.WEEKS: 7.0,
    TimeUnit.MONTHS: 30.44,
    TimeUnit.YEARS: 365.25,
}


class OutcomeGroup(Term):
    BENEFIT = "benefit", "Benefit", "What the treatment is given for."
    HARM = "harm", "Harm", "What the treatment may do wrong."
    PRACTICE = "practice", "Practice", "How it is used, regulated and monitored."
    MECHANISM = "mechanism", "Mechanism", "How it acts."


class Setting(Term):
    MEDICAL = "medical", "Patients under treatment", "Given as a treatment, by or for patients."
    EXPERIMENT = (
        "experiment",
        "Volunteers and experiments",
        "Given to healthy people, animals or cells to learn how it acts.",
    )
    NON_MEDICAL = "non-medical", "Use outside medicine", "Taken without prescription, often daily and in high doses."


class ReadDepth(Term):
    FULL_TEXT = "full-text", "Full text", "The whole paper was read."
    ABSTRACT = "abstract", "Abstract", "The abstract was read."
    SECONDARY = "secondary", "Secondary source", "Only a summary by others was read."


class PmidStatus(Term):
    CONFIRMED = "confirmed", "Confirmed", "Seen together with the title, DOI or authors."
    UNCONFIRMED = (
        "unconfirmed",
        "Unconfirmed",
        "In PubMed as far as known, but no confirmed PMID yet; none is published.",
    )
    NOT_INDEXED = "not-indexed", "Not in PubMed", "The source is not of a kind that PubMed indexes."


class StandingKind(Term):
    NONE = "none", "No notice found", "The source asked lists no retraction, concern or correction."
    CORRECTION = "correction", "Corrected", "An erratum exists; the paper stays evidence."
    EXPRESSION_OF_CONCERN = "expression-of-concern", "Expression of concern", "The journal doubts the paper."
    RETRACTED = "retracted", "Retracted", "Withdrawn; leaves the verdict function."
    RETRACTED_AND_REPUBLISHED = (
        "retracted-and-republished",
        "Retracted and republished",
        "Withdrawn and replaced by a corrected version; the withdrawn version leaves the verdict function.",
    )
    SUPERSEDED = "superseded", "Superseded", "A newer version of the same work exists."
    PREPRINT = "preprint", "Preprint", "Not peer reviewed."
    UNCHECKED = "unchecked", "Unchecked", "Nobody has asked, or the look-up failed."


#: Standings whose evidence no longer counts.
WITHDRAWN = {StandingKind.RETRACTED, StandingKind.RETRACTED_AND_REPUBLISHED}


class SecondRead(Term):
    AGREED = "agreed", "Agreed", "A second reader found the row right against its source."
    CORRECTED = "corrected", "Corrected", "A second reader changed the row."


class ScreeningDecision(Term):
    TAKEN = "taken", "Taken", "Becomes or is a study of this knowledge base."
    LEFT = "left", "Left", "Looked at and not used, for the reason given."


#: Every vocabulary by the name of its lookup table in `kb.db`.
class Relation(Term):
    MATCHES = "matches", "Matches", "Says what the claim says, or less of it."
    OVERSTATES = "overstates", "Overstates", "Says more than the claim: a cure, for ever, for everyone, a certainty."
    CONTRADICTS = "contradicts", "Contradicts", "Says the opposite of the claim."
    NOT_COVERED = "not-covered", "Not covered", "A claim on which this knowledge base says nothing."
    NOT_A_CLAIM = "not-a-claim", "Not a claim", "Nothing that evidence could support or refute."


class FlagKind(Term):
    CURE = "cure", "Cure", "A cure or the end of the pain is promised."
    PERMANENCE = "permanence", "Permanence", "Relief is said to last for ever or longer than any study saw."
    UNIVERSAL = "universal", "Universality", "It is said to work for everyone or everything."
    CERTAINTY = "certainty", "Certainty", "Stated as certain or proven."
    MAGNITUDE = "magnitude", "Size of the effect", "The effect is said to be larger than studies found."
    COMPARATIVE = "comparative", "Comparison", "Said to be better or safer than something else, without a comparison."
    SAFETY_DENIAL = "safety-denial", "Risk denied", "A known risk is denied or made small."
    ADDICTION_DENIAL = "addiction-denial", "Addiction denied", "The risk of misuse or addiction is denied."
    REGULATORY = "regulatory", "Approval", "An approval is claimed that does not exist."
    HARM_EXAGGERATION = "harm-exaggeration", "Harm exaggerated", "A harm is told far beyond the evidence."


VOCABULARIES: dict[str, type[Term]] = {
    "claim_type": ClaimType,
    "strength": Strength,
    "rating": Rating,
    "verdict": Verdict,
    "certainty_level": Certainty,
    "domain": Domain,
    "concern": Concern,
    "rater": Rater,
    "stance": Stance,
    "directness": Directness,
    "direction": Direction,
    "design": Design,
    "comparator_type": ComparatorType,
    "blinding": Blinding,
    "measure": Measure,
    "better": Better,
    "arm": Arm,
    "anchor": Anchor,
    "time_unit": TimeUnit,
    "outcome_group": OutcomeGroup,
    "setting": Setting,
    "read_depth": ReadDepth,
    "pmid_status": PmidStatus,
    "standing_kind": StandingKind,
    "second_read_outcome": SecondRead,
    "relation": Relation,
    "flag_kind": FlagKind,
    "screening_decision": ScreeningDecision,
}

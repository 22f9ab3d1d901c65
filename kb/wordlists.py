"""Words of the literature that stand for the same thing in print: units, statistics, comparisons, small numbers."""

_UNITS = {
    "h": "h hr hrs hour hours",
    "minute": "min mins minute minutes",
    "second": "s sec secs second seconds",
    "day": "d day days",
    "week": "wk wks week weeks",
    "month": "mo month months",
    "year": "y yr yrs year years",
    "point": "pt pts point points",
    "ml": "ml milliliter milliliters millilitre millilitres",
    "l": "l liter liters litre litres",
    "mg": "mg mgs milligram milligrams",
    "g": "g gram grams",
    "kg": "kg kgs kilogram kilograms",
    "μg": "μg mcg ug microgram micrograms",
    "ng": "ng nanogram nanograms",
    "mmhg": "mmhg",
    "mm": "mm millimeter millimeters millimetre millimetres",
    "cm": "cm centimeter centimeters centimetre centimetres",
    "m": "m meter meters metre metres",
    "hz": "hz",
    "bpm": "bpm",
    "mmol": "mmol",
    "μmol": "μmol umol",
    "nmol": "nmol",
    "iu": "iu",
    "u": "u unit units",
    "mme": "mme",
}
#: Print → unit. Upper and lower case matter where they tell units apart (mM, mm).
UNITS = {print_: unit for unit, prints in _UNITS.items() for print_ in prints.split()}
UNITS |= {"mM": "mM", "μM": "μM", "uM": "μM", "nM": "nM", "pM": "pM", "nm": "nm", "Mg": "Mg", "M": "M"}
TIMES = {"h", "minute", "second", "day", "week", "month", "year"}
_CASED = {"mM", "μM", "uM", "nM", "pM", "nm", "Mg", "M"}

#: Phrases → the abbreviation by which they go. The words are as `canonical` gives them.
PHRASES = {
    "mean difference": "md",
    "weighted md": "wmd",
    "weighted mean difference": "wmd",
    "standardized md": "smd",
    "standardised md": "smd",
    "standardized mean difference": "smd",
    "standardised mean difference": "smd",
    "standard mean difference": "smd",
    "risk ratio": "rr",
    "relative risk": "rr",
    "odds ratio": "odds-ratio",
    "hazard ratio": "hazard-ratio",
    "risk difference": "rd",
    "confidence interval": "ci",
    "confidence intervals": "ci",
    "interquartile range": "iqr",
    "standard deviation": "sd",
    "standard error": "se",
    "p value": "p",
    "p values": "p",
    "mm hg": "mmhg",
}
#: Short forms of which only the capitals mean this, and others.
_ALIASES = {"ORs": "odds-ratio", "OR": "odds-ratio", "HR": "hazard-ratio", "HRs": "hazard-ratio"}
_FOLDED = {
    "p-value": "p",
    "p-values": "p",
    "cis": "ci",
    "rrs": "rr",
    "smds": "smd",
    "v": "versus",
    "vs": "versus",
    "weighted-mean-difference": "wmd",
}
#: Statistics that a number follows.
LABELS = ("p", "rr", "odds-ratio", "hazard-ratio", "md", "smd", "wmd", "rd", "iqr", "sd", "se", "n", "f", "t")
BEFORE_NUMBERS = ("of", "was", "were", "is", "at", "to", "by", "from", "and", "difference", "ci 95", "versus")
#: Words between a label and its number that add nothing.
FILLERS = ("of", "was", "were", "is", "are", "at", "value", "values", "from", "equals")
SHORTENED = ("versus", "approx", "ca", "no", "fig", "al")

COMPARISONS = {
    phrase: sign
    for sign, phrases in {
        "<": "less than, lower than, fewer than, smaller than, below, under",
        ">": "more than, greater than, higher than, larger than, above, exceeding, in excess of",
        "≤": "at most, no more than, not more than, no greater than, not exceeding, up to, a maximum of, "
        "less than or equal to, lower than or equal to",
        "≥": "at least, no less than, not less than, no fewer than, not fewer than, a minimum of, "
        "greater than or equal to, more than or equal to, higher than or equal to",
        "~": "approximately, approx, about, around, roughly, circa, ca",
        "nearly ": "nearly, almost",
    }.items()
    for phrase in phrases.split(", ")
}

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
NUMBERS = {*_ONES, *_TEENS, *_TENS, *(f"{ten}-{one}" for ten in _TENS for one in _ONES), "hundred", "thousand"}

_NEGATIONS = """
no not non nor neither never none without cannot hardly lack lacks lacked lacking absence absent
fail fails failed failing unable
"""
NEGATIONS = set(_NEGATIONS.split())
#: What can stand between a negation and the figure that it denies.
REACHED = {"reach", "reached", "achieve", "attain", "exceed", "equal", "be"}
#: Words at which a new clause begins, beyond the reach of a negation before.
CLAUSES = {"but", "however", "although", "though", "while", "whereas", "yet"}
MORE = {"more", "less", "greater", "higher", "lower", "fewer", "above", "below", "over", "older", "younger"}


def unit(print_: str) -> str | None:
    """The unit that a word is, or None."""
    return UNITS.get(print_) or (UNITS.get(print_.casefold()) if print_ not in _CASED else None)


def canonical(print_: str) -> str:
    """The word by which a word of any print is compared."""
    if print_ in _ALIASES:
        return _ALIASES[print_]
    if found := unit(print_):
        return found
    folded = print_.casefold()
    if folded.startswith("ci") and folded[2:].lstrip("-").isdigit():
        return "ci"
    if folded.startswith("non-"):
        folded = "non" + folded[4:]
    return _FOLDED.get(folded, folded)

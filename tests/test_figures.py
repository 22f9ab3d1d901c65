"""Is a figure in a text? Every way to change its meaning must be caught, every way to print it found."""

import re

import pytest

from kb.abstracts import Section
from kb.figures import find
from kb.located import Abstract


def found(figure, text) -> bool:
    return bool(find(figure, f"It was {text} in all."))


#: What changed, the figure of the record, what the source says instead.
MUTATIONS = [
    ("sign", "-1.2", "+1.2"),
    ("sign", "-1.2", "1.2"),
    ("sign", "1.2", "-1.2"),
    ("sign", "1.2", "− 1.2 points"),
    ("sign", "MD 0.87", "MD-0.87"),
    ("sign", "95% CI -32.09 to 0.51", "95% CI 32.09 to 0.51"),
    ("sign", "95% CI -32.09 to 0.51", "95% CI -32.09 to -0.51"),
    ("comparator", "P < 0.05", "P > 0.05"),
    ("comparator", "P < 0.05", "P = 0.05"),
    ("comparator", "P < 0.05", "P ≤ 0.05"),
    ("comparator", "P = 0.05", "P < 0.05"),
    ("comparator", "0.05", "P < 0.05"),
    ("comparator", "P 0.05", "P<0.05"),
    ("comparator", "775", "more than 775"),
    ("comparator", "more than 775", "less than 775"),
    ("comparator", "50%", "at least 50%"),
    ("comparator", "40%", "nearly 40%"),
    ("comparator", "30", "30 or more"),
    ("decimal", "1.2", "12"),
    ("decimal", "1.2", "0.12"),
    ("decimal", "P = .05", "P = .5"),
    ("decimal", "1.5 mg", "15 mg"),
    ("decimal", "48,789", "48.789"),
    ("decimal", "1.20", "1.2"),
    ("digit", "7", "27"),
    ("digit", "7", "70"),
    ("digit", "7", "1.7"),
    ("digit", "1.2", "1.25"),
    ("digit", "191", "1,191"),
    ("digit", "five", "twenty-five"),
    ("digit", "five", "twenty five"),
    ("digit", "three", "thirteen"),
    ("digit", "95% CI 0.50-3.16", "95% CI 0.50-3.61"),
    ("unit", "1.5 mg", "1.5 g"),
    ("unit", "2 mM", "2 mm"),
    ("unit", "4 hours", "4 weeks"),
    ("unit", "500 mg", "500 mg/day"),
    ("unit", "500 mg", "500 mg per day"),
    ("unit", "0.4 mg/kg/h", "0.4 mg/kg"),
    ("unit", "7", "7%"),
    ("unit", "7%", "7"),
    ("unit", "7 patients", "7% of patients"),
    ("unit", "95% CI 1 to 2", "90% CI 1 to 2"),
    ("unit", "95% CI 1 to 2", "IQR 1 to 2"),
    ("unit", "OR 1.2", "RR 1.2"),
    ("unit", "OR 1.2", "or 1.2"),
    ("unit", "MD -1.2", "SMD -1.2"),
    ("unit", "MD -1.2", "standardized mean difference -1.2"),
    ("non-", "significant", "nonsignificant"),
    ("non-", "significant", "non-significant"),
    ("non-", "significant", "non significant"),
    ("in-", "effective", "ineffective"),
    ("in-", "complete", "incomplete"),
    ("in-", "treatment-naive", "non-treatment-naive"),
    ("negation", "significant", "not significant"),
    ("negation", "significant", "no statistically significant difference"),
    ("negation", "effective", "neither safe nor effective"),
    ("negation", "effective", "found that it wasn't at all effective"),
    ("negation", "effective", "not safe and effective"),
    ("negation", "effective", "not, in our hands, effective"),
    ("negation", "27", "not 27"),
    ("negation", "P < 0.05", "not P < 0.05"),
    ("negation", "P < 0.05", "did not reach P < 0.05"),
    ("part of a range", "1.5 mg", "1-5 mg"),
    ("part of a range", "5 mg", "1-5 mg"),
    ("part of a range", "2.4", "2.4–6.2"),
    ("part of a range", "6.2", "2.4 to 6.2"),
    ("part of a fraction", "12", "7/12"),
    ("part of a fraction", "7", "7/12"),
    ("part of a ratio", "2", "1:2"),
    ("part of a product", "1.2", "1.2 × 10"),
    ("part of a spread", "10%", "67±10%"),
    ("part of a name", "19", "COVID-19"),
    ("part of a name", "5", "5-HT"),
    ("part of a name", "2", "T2"),
    ("part of a name", "1970", "1970s"),
    ("part of a word", "three", "three-fold"),
    ("another's label", "P = 0.01", "P < 0.05 and 0.01"),
    ("another sentence", "P = 0.54", "the value of P. There were 0.54"),
    ("order", "8 vs. 3", "3 vs. 8"),
]


@pytest.mark.parametrize("what, figure, text", MUTATIONS, ids=[f"{m[0]}: {m[1]} | {m[2]}" for m in MUTATIONS])
def test_what_means_something_else_is_not_found(what, figure, text):
    assert not found(figure, text)
    assert found(text, text) or what in ("negation", "another sentence"), "the other figure would have been found"


SAME = [
    ("P < 0.05", "p<.05"),
    ("p<.05", "P < 0.05"),
    ("P < 0.05", "p\u2009<\u20090·05"),
    ("P < 0.05", "P-value less than 0.05"),
    ("P <= 0.05", "P ≤ .05"),
    ("P <= 0.05", "P < or = 0.05"),
    ("P 0.02", "P = 0.02"),
    ("P = 0.25", "(P = 0.54 and 0.25, respectively)"),
    ("0.05", "0·05"),
    ("0.05", "0,05"),
    ("-1.2", "−1.2"),
    ("-1.2", "(– 1.2)"),
    ("MD -1.2", "mean difference (MD) of −1.2"),
    ("RR 1.26", "risk ratio, 1.26"),
    ("OR 1.09", "odds ratio [OR] = 1.09"),
    ("95% CI -32.09 to 0.51", "(CI, -32.09 to 0.51)"),
    ("95% CI -32.09 to 0.51", "MD -15.79 (-32.09, 0.51)"),
    ("95% CI -32.09 to 0.51", "[−32.09 to 0.51]"),
    ("95% CI -32.09 to 0.51", "95% CI −32.09–0.51"),
    ("95% CI -32.09 to 0.51", "95% confidence interval (CI): -32·09, 0·51"),
    ("95% CI -32.09 to 0.51", "CI95% from -32.09 to 0.51"),
    ("SMD 1.50 (1.23-1.77)", "SMD 1.50 (95% CI 1.23 to 1.77)"),
    ("95% CI 53%, 84%", "95% CI, 53%-84%"),
    ("-2.33, 0.09", "-1.12 (-2.33, 0.09)"),
    ("59-85%", "59% to 85%"),
    ("45%", "45 %"),
    ("45%", "45 per cent"),
    (">80%", "more than 80%"),
    ("1191 patients", "1,191 patients"),
    ("48,789", "48\u2009789"),
    ("three", "Three"),
    ("twenty-five", "Twenty five"),
    ("4 hours", "4 h"),
    ("4 hours", "a 4-hour infusion"),
    ("10", "a 10-point scale"),
    ("12.61 mm Hg", "12.61 mmHg"),
    ("0.4 mg/kg/h", "0.4 mg/kg per hour"),
    ("0.4 mg/kg/h", "0.4 mg·kg⁻¹·h⁻¹"),
    ("5 mg", "5mg"),
    ("7/12", "7 of the 12"),
    ("three of five", "three out of five"),
    ("10.9±4.0 days", "10.9 +/- 4.0 days"),
    ("37", "from 37 to 67"),
    ("67", "from 37 to 67"),
    ("8 vs. 3", "8 versus 3"),
    ("I2 77%-83%", "I² = 77–83%"),
    ("significant", "not 3 but, in all, significant"),
    ("nonsignificant", "non-significant"),
    ("0.05", "0.05*"),
    ("P = 0.54", "no difference (P = 0.54)"),
    ("0 of 7", "none (0 of 7)"),
]


@pytest.mark.parametrize("figure, text", SAME, ids=[f"{a} | {b}" for a, b in SAME])
def test_the_same_in_other_print_is_found(figure, text):
    assert found(figure, text)


# --- every figure of the knowledge base --------------------------------------------------------------


@pytest.fixture(scope="module")
def figures(real):
    printed = [n for study in real.studies.values() for finding in study.findings for n in finding.numbers]
    assert len(printed) > 900
    return list(dict.fromkeys(printed))


@pytest.mark.parametrize("frame", ["It was {} in all.", "Results differed ({}).", "{}; more was seen.", "It was {}."])
def test_every_figure_is_found_as_it_is_printed(figures, frame):
    assert [figure for figure in figures if not find(figure, frame.format(figure))] == []


def test_every_figure_is_found_as_a_typesetter_prints_it(figures):
    def typeset(figure):
        # A point is a decimal point only between digits, a hyphen a minus only before one.
        figure = re.sub(r"(?<=\d)\.(?=\d)", "·", re.sub(r"(?<![\w+/])-(?=[\d.])", "−", figure))
        return figure.replace("<", " < ").replace("=", " = ")

    assert [figure for figure in figures if not found(figure, typeset(figure))] == []


def first(pattern, replacement):
    return lambda figure: re.sub(pattern, replacement, figure, count=1)


EVERYWHERE = {
    "sign": first(r"(?<![\w.,)%+/-])-(?=[\d.])", ""),
    "no sign": first(r"(?<![\w.,·%/±−-])(?<![\d)%] )(?<!\+/)(?<!to )(?=\d)(?!\d+s)", "-"),
    "comparator": lambda f: f.translate(str.maketrans("<>", "><")),
    "equals": first(r"(?<![<>])=", "<"),
    "decimal": first(r"(?<=[1-9])\.(?=\d)", ""),
    "digit before": first(r"(?<![\w.,-])(?=[1-9])", "2"),
    "digit after": first(r"(\d)(?![\d.,\w])", r"\g<1>7"),
    "digit": first(r"\d(?![\w.])", lambda match: str((int(match[0]) + 1) % 10)),
    "percent": first("(?<!95)%(?!.*%)", ""),
    "unit": first(r"\bmg\b", "g"),
    "time": first(r"\b(?:hours?|days|weeks|months)\b", "seconds"),
    "denied": lambda f: f if f.startswith("(") else f"not {f}",
}


@pytest.mark.parametrize("change", EVERYWHERE)
def test_every_figure_is_missed_once_it_is_changed(figures, change):
    changed = {figure: EVERYWHERE[change](figure) for figure in figures}
    changed = {figure: other for figure, other in changed.items() if figure != other}
    assert len(changed) > 15, change
    assert {figure: other for figure, other in changed.items() if found(figure, other)} == {}


# --- where ------------------------------------------------------------------------------------------

ABSTRACT = [
    Section(1, "METHODS", "METHODS", "We gave 60 people 5 drops (or 0.4 mg/kg) each. They were followed for 12 weeks."),
    Section(2, "RESULTS", "RESULTS", "The rate fell by 3. It was lower (MD −3, 95% CI −5 to −1; P = .01). None died."),
    Section(3, "CONCLUSIONS", "CONCLUSIONS", "The rate was lower (MD −3) in 60 people."),
]


def test_a_figure_is_located_in_its_sentence():
    (place,) = find("95% CI -5 to -1", ABSTRACT[1].text)
    assert ABSTRACT[1].text[place.start : place.end] == "95% CI −5 to −1"
    assert [sentence.text for sentence in place.sentences] == ["It was lower (MD −3, 95% CI −5 to −1; P = .01)."]


def test_every_place_of_a_figure_is_found():
    text = "There were 5 here, 15 there, and 5 elsewhere."
    assert [text[place.start : place.end] for place in find("5", text)] == ["5", "5"]
    assert [place.start for place in find("5", text)] == [11, 33]


@pytest.mark.parametrize("figure, text", [("", "5"), ("...", "5 ..."), ("5", ""), ("5", "…"), ("\x00", "\x00 5")])
def test_nothing_is_found_where_there_is_nothing(figure, text):
    assert find(figure, text) == []


def test_the_fewest_sentences_are_chosen_and_results_come_first():
    location = Abstract(ABSTRACT).locate(["MD -3", "95% CI -5 to -1", "60", "99"])
    assert [(s.section.position, s.text, s.figures) for s in location.sentences] == [
        (1, "We gave 60 people 5 drops (or 0.4 mg/kg) each.", ("60",)),
        (2, "It was lower (MD −3, 95% CI −5 to −1; P = .01).", ("MD -3", "95% CI -5 to -1")),
    ]
    assert location.missing == ("99",)

"""Facts → the short phrases that stand for them in tables and on pages."""

import re

from kb import records as r
from kb import vocabulary as v

ABBREVIATIONS = {
    v.Measure.MEAN_DIFFERENCE: "MD",
    v.Measure.STANDARDISED_MEAN_DIFFERENCE: "SMD",
    v.Measure.RISK_RATIO: "RR",
    v.Measure.ODDS_RATIO: "OR",
    v.Measure.HAZARD_RATIO: "HR",
    v.Measure.NNT: "NNT",
    v.Measure.NNH: "NNH",
}


def number(value: float) -> str:
    """A number as text, with a true minus sign and no trailing zeros."""
    return f"{value:g}".replace("-", "−")


def time(when: r.Time | None) -> str | None:
    """`12 weeks from the start of treatment`."""
    if when is None:
        return None
    unit = when.unit.label.removesuffix("s") if when.value == 1 else when.unit.label
    if when.anchor == v.Anchor.DURING:
        return "during treatment" if when.value == 0 else f"during {number(when.value)} {unit} of treatment"
    suffix = "" if when.anchor == v.Anchor.NOT_STATED else f" {when.anchor.label}"
    return f"{number(when.value)} {unit}{suffix}"


def effect(estimate: r.Effect | None) -> str | None:
    """`MD −1.2 points (95% CI −2 to −0.4), p<0.001`."""
    if estimate is None:
        return None
    in_percent = estimate.measure in (v.Measure.PROPORTION, v.Measure.PERCENT_CHANGE)
    unit = estimate.unit or ("%" if in_percent else "")
    unit = unit if unit in ("", "%") else f" {unit}"
    text = f"{ABBREVIATIONS.get(estimate.measure, estimate.measure.label)} {number(estimate.value)}{unit}"
    if estimate.low is not None:
        text += f" ({number(estimate.level)}% CI {number(estimate.low)} to {number(estimate.high)})"
    if estimate.p:
        text += f", p{estimate.p if estimate.p[0] in '<>' else '=' + estimate.p}"
    return text


def group(result: r.Group) -> str | None:
    """`3 of 30 (10%)`, `76%`, `2.68 points`; empty where the group has no result."""
    if result.events is not None and result.n is not None:
        share = result.percent if result.percent is not None else (100 * result.events / result.n if result.n else None)
        return f"{result.events} of {result.n}" + (f" ({number(round(share, 1))}%)" if share is not None else "")
    if result.percent is not None:
        return f"{number(result.percent)}%"
    if result.events is not None:
        return f"{result.events} events"
    if result.value is not None:
        return f"{number(result.value)} {result.unit or ''}".strip()
    return None


#: A printed figure that says something by itself: a share, a P value, an interval, a spread.
TELLING = re.compile(r"[%=<>≤≥±]|\bCI\b|\b(?:MD|SMD|RR|OR|HR|NNT|NNH)\b")


def result(finding: r.Finding) -> str | None:
    """The figures of a finding in one line: the effect, then the groups; else the telling ones as printed."""
    arms = {arm: [g for g in finding.groups if g.arm == arm and group(g)] for arm in v.Arm}
    parts = [effect(finding.effect)]
    if len(arms[v.Arm.INTERVENTION]) == len(arms[v.Arm.COMPARATOR]) == 1:
        parts.append(f"{group(arms[v.Arm.INTERVENTION][0])} against {group(arms[v.Arm.COMPARATOR][0])}")
    else:
        shown = [(g.label or (g.arm.label if g.arm != v.Arm.ALL else ""), group(g)) for g in finding.groups if group(g)]
        parts += [f"{label}: {text}" if label else text for label, text in shown]
    return "; ".join(filter(None, parts)) or "; ".join(filter(TELLING.search, finding.numbers)) or None


def study_labels(studies: dict[str, r.Study]) -> dict[str, str]:
    """`Sigtermans 2009` for each study key; letters tell apart what would be the same."""
    labels: dict[str, list[str]] = {}
    for key in sorted(studies):
        source = studies[key].source
        labels.setdefault(f"{family_name(source.authors[0])} {source.year}", []).append(key)
    return {
        key: label if len(keys) == 1 else f"{label}{chr(ord('a') + i)}"
        for label, keys in labels.items()
        for i, key in enumerate(keys)
    }


def family_name(author: str) -> str:
    """`van Hilten JJ` → `van Hilten`; a body's name stays whole."""
    family, _, initials = author.rpartition(" ")
    return family if family and initials.isupper() and len(initials) <= 4 else author

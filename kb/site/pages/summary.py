"""Summary of findings: outcome × horizon with figures, studies, people and certainty, after Cochrane's tables."""

import math
import re
from types import SimpleNamespace

from kb import phrases
from kb.site.pages import rows
from kb.vocabulary import COMPARATIVE_MEASURES, WITHDRAWN

#: The arms of the findings that bear on a claim.
GROUPS = """
SELECT finding_group.* FROM finding_group
WHERE arm <> 'all' AND finding IN (SELECT finding FROM evidence WHERE claim = ?)
ORDER BY finding, position
"""


def contrasts(connection, claim: str | None) -> dict[str, dict]:
    """Finding → its two arms side by side, for findings with one result in each.

    {"treated", "compared": text, "of": [what each is of, as `mean fall`, or None], "difference": `15 more in 100`, None
    where the results are no shares}
    """
    arms: dict[str, dict[str, list]] = {}
    for group in rows(connection, GROUPS, claim):
        group = SimpleNamespace(**group)
        if phrases.group(group):
            arms.setdefault(group.finding, {}).setdefault(group.arm, []).append(group)
    return {
        finding: contrast(sides["intervention"][0], sides["comparator"][0])
        for finding, sides in arms.items()
        if [len(sides.get(arm, [])) for arm in ("intervention", "comparator")] == [1, 1]
    }


def contrast(treated, compared) -> dict[str, str | None]:
    """Two groups in words, and how many more or fewer in 100 where both are shares."""
    shares = share(treated), share(compared)
    difference = None
    if None not in shares:
        more = round(shares[0] - shares[1])
        difference = f"{abs(more)} {'more' if more > 0 else 'fewer'} in 100" if more else "about as many in 100"
    return {
        "treated": phrases.group(treated),
        "compared": phrases.group(compared),
        "of": [group.label for group in (treated, compared)],
        "difference": difference,
    }


def share(group) -> float | None:
    """The percentage of a group that had the event."""
    if group.percent is not None:
        return group.percent
    return 100 * group.events / group.n if group.events is not None and group.n else None


def strongest(items: list[dict], pairs: dict[str, dict]) -> dict | None:
    """The evidence row whose figures stand for the others: direct, compared, of the best design and most weight.

    `items` are rows of evidence_table with `measure` and `low`, in the order of a claim's page; what a finding says
    for or against the claim does not enter.
    """
    shown = [e for e in items if e["result"] and e["stance"] != "context" and e["standing"] not in WITHDRAWN]
    if not shown:
        return None
    best = min(shown, key=lambda e: (e["directness"] != "direct", not compares(e, pairs), _bare(e), e["tier"]))
    pair = pairs.get(best["finding"])
    estimate = best["result"]
    if pair:
        estimate = estimate.removesuffix(f"{pair['treated']} against {pair['compared']}").removesuffix("; ")
    return best | {"contrast": pair, "estimate": estimate, "bare": _bare(best)}


def _bare(item: dict) -> bool:
    """Nothing but a P value: it says whether chance explains a difference, not how large that is."""
    return re.fullmatch(r"[Pp]\s*[=<>≤≥]\s*\S+", item["result"]) is not None


def compares(item: dict, pairs: dict[str, dict]) -> bool:
    """Figures of two groups: an estimate with its interval, or one result in each."""
    return item["finding"] in pairs or (item["low"] is not None and item["measure"] in COMPARATIVE_MEASURES)


def table(certainty: list[dict], reasons: list[dict], evidence: list[dict], pairs: dict) -> list[dict]:
    """One row per outcome and horizon that was found or rated; outcomes that decide the claim lead.

    `certainty` (ours first) and `reasons` are those of the claim's ratings. The counts are those of the view
    summary_of_findings, from rows of evidence that the page has already: asking the view costs more than all the rest.
    """
    places: dict[tuple, list[dict]] = {}
    for item in evidence:
        if item["stance"] != "context":
            places.setdefault((item["outcome"], item["horizon"]), []).append(item)
    found = {place: _named(items[0]) | _counts(items) for place, items in places.items()}
    for rating in certainty:
        place = found.setdefault((rating["outcome"], rating["horizon"]), _named(rating) | _counts([]))
        why = [reason for reason in reasons if reason["certainty"] == rating["id"]]
        place["ratings"].append(rating | {"reasons": why})
    decisive = {rating["outcome"] for rating in certainty if rating["decisive"]}
    for place, row in found.items():
        row["figures"] = strongest(places.get(place, []), pairs)
        row["decisive"] = any(rating["decisive"] for rating in row["ratings"])
    return sorted(found.values(), key=lambda row: _order(row, decisive))


def _named(item: dict) -> dict:
    """Outcome and horizon of an evidence row or a rating."""
    names = ("outcome", "outcome_label", "outcome_group", "horizon", "horizon_label", "horizon_rank")
    return {name: item[name] for name in names}


def _counts(items: list[dict]) -> dict:
    """Studies by what they say, each once; participants of the studies themselves, None where no size is known."""
    studies = {item["study"]: item for item in items}
    sizes = [0 if study["review"] else study["size"] for study in studies.values()]
    known = [size for size in sizes if size is not None]
    said = {(item["stance"], item["study"]) for item in items}
    return {
        "studies": len(studies),
        "reviews": sum(study["review"] for study in studies.values()),
        "participants": sum(known) if known else None,
        "supporting": sum(stance == "supports" for stance, _ in said),
        "no_effect": sum(stance == "no-effect" for stance, _ in said),
        "contradicting": sum(stance == "contradicts" for stance, _ in said),
        "ratings": [],
    }


def _order(row: dict, decisive: set[str]) -> tuple:
    group = row["outcome_group"]
    return row["outcome"] not in decisive, group, row["outcome_label"], row["horizon_rank"] or math.inf


def benefit(evidence: list[dict], certainty: list[dict], pairs: dict) -> dict | None:
    """The benefit to stand beside a harm: the strongest comparison, direct before indirect, then of an outcome that
    decides the claim before others."""
    decisive = {(rating["outcome"], rating["horizon"]) for rating in certainty if rating["decisive"]}
    offered = [e for e in evidence if e["outcome_group"] == "benefit" and compares(e, pairs)]
    direct = [e for e in offered if e["directness"] == "direct"]
    for among in (direct, offered):
        deciding = [e for e in among if (e["outcome"], e["horizon"]) in decisive]
        best = strongest(deciding, pairs) or strongest(among, pairs)
        if best:
            return best
    return None


def designs(evidence: list[dict]) -> list[dict]:
    """What studies say, by design: [{"design", "label", "sides": {stance: {"studies", "direct", "people"}}}].

    Strongest design first. A study with findings on two sides counts on both. People are those of the studies
    themselves; reviews count them again and have none here.
    """
    found: dict[str, dict] = {}
    for item in evidence:
        if item["stance"] == "context":
            continue
        row = found.setdefault(
            item["design"], {"label": item["design_label"], "rank": item["design_rank"], "sides": {}}
        )
        side = row["sides"].setdefault(item["stance"], {"studies": {}, "direct": set()})
        side["studies"][item["study"]] = 0 if item["review"] else item["size"] or 0
        if item["directness"] == "direct":
            side["direct"].add(item["study"])
    for row in found.values():
        row["sides"] = {
            stance: {"studies": len(s["studies"]), "direct": len(s["direct"]), "people": sum(s["studies"].values())}
            for stance, s in row["sides"].items()
        }
    return [{"design": design} | row for design, row in sorted(found.items(), key=lambda entry: entry[1]["rank"])]


def overlap(pairs: list[dict]) -> dict | None:
    """Reviews × the trials they count, for the trials that are evidence themselves; None where none is known.

    `pairs` are rows of review and study; {"reviews", "studies": {key: label}, "counts": {review: [study]}}.
    """
    if not pairs:
        return None
    counts: dict[str, list[str]] = {}
    for pair in pairs:
        counts.setdefault(pair["review"], []).append(pair["study"])
    return {
        "reviews": {pair["review"]: pair["review_label"] for pair in pairs},
        "studies": {pair["study"]: pair["study_label"] for pair in pairs},
        "counts": counts,
    }

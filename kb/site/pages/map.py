"""`/map`: conditions × time: how much evidence there is, which way it points, and where there is none."""

from collections import Counter

from kb.site import charts
from kb.site.pages import about, rows
from kb.site.pages.claims import counts_as_compared, reading

#: Every finding of a benefit with a time that bears on the claim of a condition.
FINDINGS = """
SELECT
  condition.id AS condition, finding.horizon, study.key AS study, evidence.stance, evidence.directness,
  study.comparator_type, study.size,
  design.review
FROM condition
JOIN evidence ON evidence.claim = condition.summary_claim
JOIN finding ON finding.id = evidence.finding
JOIN outcome ON outcome.id = finding.outcome
JOIN study ON study.key = finding.study
JOIN design ON design.id = study.design
WHERE evidence.stance <> 'context' AND outcome.grouping = 'benefit' AND finding.horizon IS NOT NULL
"""
CONDITIONS = """
SELECT condition.id, condition.label, claim.verdict, claim.certainty
FROM condition JOIN claim ON claim.id = condition.summary_claim
ORDER BY condition.rowid
"""


def load(connection, arguments):
    conditions = rows(connection, CONDITIONS)
    horizons = rows(connection, "SELECT id, label FROM horizon ORDER BY rank")
    found = cells(rows(connection, FINDINGS))
    return {
        "about": about(connection),
        "conditions": conditions,
        "horizons": horizons,
        "cells": found,
        "_at": {(cell["condition"], cell["horizon"]): cell for cell in found},
        "_map": charts.gap_map(conditions, horizons, found),
    }


def cells(findings: list[dict]) -> list[dict]:
    """One cell per condition and horizon, as on the condition's page.

    `counts`: what the direct studies with a comparison group say; `others`: the number of other
    studies; `participants`: people in the counted studies themselves, reviews left out.
    """
    found: dict[tuple, dict[str, list[dict]]] = {}
    for finding in findings:
        found.setdefault((finding["condition"], finding["horizon"]), {}).setdefault(finding["study"], []).append(
            finding
        )
    result = []
    for (condition, horizon), studies in found.items():
        compared = {key: items for key, items in studies.items() if any(map(counts_as_compared, items))}
        stances = [{i["stance"] for i in items if counts_as_compared(i)} for items in compared.values()]
        people = (items[0]["size"] or 0 for items in compared.values() if not items[0]["review"])
        result.append(
            {
                "condition": condition,
                "horizon": horizon,
                "counts": Counter(map(reading, stances)),
                "others": len(studies) - len(compared),
                "participants": sum(people),
            }
        )
    return result

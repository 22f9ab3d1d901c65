"""`/conditions` and `/conditions/<id>`: does it work for this patient, how well, how long, at what harm."""

from kb.site import charts
from kb.site.pages import about, claims, page, row, rows
from kb.site.pages.home import CONDITIONS


@page("/conditions", "conditions.html")
def index(connection, arguments):
    return {"about": about(connection), "conditions": rows(connection, CONDITIONS + "ORDER BY claim.id IS NULL, condition.rowid")}


@page(r"/conditions/(?P<id>[a-z0-9-]+)", "condition.html", "condition")
def detail(connection, arguments, id):
    condition = row(connection, CONDITIONS + "WHERE condition.id = ?", id)
    if condition is None:
        return None
    summary = condition["claim"] and row(connection, "SELECT * FROM claim WHERE id = ?", condition["claim"])
    benefits = "evidence.claim = ? AND evidence.stance <> 'context' AND outcome.grouping = 'benefit'"
    evidence = rows(
        connection, f"SELECT * FROM evidence_table WHERE claim = ? ORDER BY {claims.STRONGEST_FIRST}", condition["claim"]
    )
    return {
        "about": about(connection),
        "condition": condition,
        "claim": summary,
        "claims": rows(
            connection,
            "SELECT claim_summary.* FROM claim_summary JOIN claim_condition ON claim = id WHERE condition = ? ORDER BY type, statement",
            id,
        ),
        "certainty": rows(
            connection,
            "SELECT certainty.*, outcome.label AS outcome_label, horizon.label AS horizon_label FROM certainty"
            " JOIN outcome ON outcome.id = certainty.outcome LEFT JOIN horizon ON horizon.id = certainty.horizon"
            " WHERE claim = ? ORDER BY decisive DESC, outcome.rowid, horizon.rank",
            condition["claim"],
        ),
        "findings": rows(
            connection,
            "SELECT * FROM summary_of_findings WHERE claim = ? ORDER BY outcome_group, outcome_label, horizon_rank",
            condition["claim"],
        ),
        "harms": _findings(connection, id, "outcome.grouping = 'harm'"),
        "guidance": _findings(connection, id, "finding.outcome IN ('recommendation', 'monitoring', 'regimen')"),
        "studies": rows(
            connection,
            "SELECT study.*, design.label AS design_label, design.tier, citation.pmid, study_standing.kind AS standing FROM study"
            " JOIN study_condition ON study_condition.study = study.key JOIN design ON design.id = study.design"
            " JOIN citation ON citation.id = study.citation JOIN study_standing ON study_standing.study = study.key"
            " WHERE study_condition.condition = ? ORDER BY design.tier, study.size DESC, study.year DESC",
            id,
        ),
        "labels": claims.study_labels(connection, [summary["rationale"], summary["answer"], summary["safer_wording"]] if summary else []),
        "_forest": charts.forests(claims.effects(connection, benefits, condition["claim"])),
        "_strip": charts.strip(claims.by_horizon([e for e in evidence if e["outcome_group"] == "benefit"])),
    }


def _findings(connection, condition: str, where: str) -> list[dict]:
    return rows(
        connection,
        "SELECT finding.*, outcome.label AS outcome_label, outcome.system, study.label AS study_label, study.design,"
        " design.label AS design_label FROM finding"
        " JOIN outcome ON outcome.id = finding.outcome JOIN study ON study.key = finding.study"
        " JOIN design ON design.id = study.design"
        " JOIN study_condition ON study_condition.study = study.key"
        f" WHERE study_condition.condition = ? AND {where} ORDER BY outcome.rowid, design.tier, study.size DESC",
        condition,
    )

"""`/studies`, `/studies/<key>` and `/pmid/<pmid>`: one paper, what it did and what it found."""

from kb.site.pages import about, page, row, rows

LIST = """
SELECT study.key, study.label, study.title, study.year, study.design, design.label AS design_label, study.size, study.n_studies,
  citation.pmid, study_standing.kind AS standing,
  (SELECT group_concat(condition.label, '; ') FROM study_condition JOIN condition ON condition.id = study_condition.condition
   WHERE study_condition.study = study.key) AS conditions
FROM study JOIN design ON design.id = study.design JOIN citation ON citation.id = study.citation
JOIN study_standing ON study_standing.study = study.key
"""


@page("/studies", "studies.html")
def index(connection, arguments):
    chosen = {"design": arguments.get("design"), "condition": arguments.get("condition")}
    where = ["1"]
    if chosen["design"]:
        where.append("study.design = :design")
    if chosen["condition"]:
        where.append("study.key IN (SELECT study FROM study_condition WHERE condition = :condition)")
    return {
        "about": about(connection),
        "chosen": chosen,
        "studies": rows(connection, LIST + f"WHERE {' AND '.join(where)} ORDER BY study.year DESC, study.label", **chosen),
        "conditions": rows(connection, "SELECT id, label FROM condition ORDER BY label"),
    }


@page(r"/studies/(?P<key>[a-z0-9-]+)", "study.html", "study")
def detail(connection, arguments, key):
    study = row(connection, "SELECT * FROM study WHERE key = ?", key)
    if study is None:
        return None
    return {
        "about": about(connection),
        "study": study,
        "citation": row(connection, "SELECT * FROM citation WHERE id = ?", study["citation"]),
        "standing": rows(connection, "SELECT * FROM standing WHERE study = ? ORDER BY checked DESC", key),
        "worst_standing": row(connection, "SELECT kind FROM study_standing WHERE study = ?", key)["kind"],
        "conditions": _named(connection, "condition", key),
        "routes": _named(connection, "route", key),
        "forms": _named(connection, "form", key),
        "findings": rows(
            connection,
            "SELECT finding.*, outcome.label AS outcome_label FROM finding JOIN outcome ON outcome.id = finding.outcome"
            " WHERE study = ? ORDER BY position",
            key,
        ),
        "evidence": rows(
            connection,
            "SELECT evidence.*, claim.statement, claim.verdict FROM evidence JOIN finding ON finding.id = evidence.finding"
            " JOIN claim ON claim.id = evidence.claim WHERE finding.study = ? ORDER BY finding.position, claim.statement",
            key,
        ),
        "includes": rows(
            connection, "SELECT key, label FROM review_includes JOIN study ON key = review_includes.study WHERE review = ? ORDER BY year", key
        ),
        "included_in": rows(
            connection, "SELECT key, label FROM review_includes JOIN study ON key = review WHERE review_includes.study = ? ORDER BY year", key
        ),
    }


def _named(connection, what: str, study: str) -> list[dict]:
    return rows(
        connection, f"SELECT {what}.id, {what}.label FROM {what} JOIN study_{what} ON study_{what}.{what} = {what}.id WHERE study = ?", study
    )


@page(r"/pmid/(?P<pmid>[0-9]+)", "study.html", "PMID")
def by_pmid(connection, arguments, pmid):
    found = row(connection, "SELECT key FROM study JOIN citation ON citation.id = study.citation WHERE pmid = ?", pmid)
    return found and {"redirect": f"/studies/{found['key']}"}

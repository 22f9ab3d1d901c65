"""What a retraction did to the verdicts: before and after, for the pages of withdrawn sources."""

import sqlite_utils

from kb.vocabulary import WITHDRAWN

KINDS = ", ".join(f"'{kind}'" for kind in sorted(WITHDRAWN))
WITHDRAWN_STUDIES = f"SELECT DISTINCT study FROM standing WHERE kind IN ({KINDS}) ORDER BY study"
#: The claims on which a study has more to say than context, with the verdict that the build computed.
STORED = """
SELECT id, computed FROM claim WHERE id IN (
  SELECT evidence.claim FROM evidence JOIN finding ON finding.id = evidence.finding
  WHERE finding.study = ? AND evidence.stance <> 'context'
)
"""


def enter(db: sqlite_utils.Database):
    """Fill `retraction_effect`: for each withdrawn study, the verdicts with it and, as they stand, without it."""
    withdrawn = [study for (study,) in db.execute(WITHDRAWN_STUDIES).fetchall()]
    without = {study: dict(db.execute(STORED, [study]).fetchall()) for study in withdrawn}
    for group in _apart(without):
        counted = _as_if_they_stood(db, group)
        db["retraction_effect"].insert_all(
            {"study": study, "claim": claim, "before": counted[claim], "after": verdict}
            for study in group
            for claim, verdict in without[study].items()
        )


def _apart(claims: dict[str, dict[str, str]]) -> list[list[str]]:
    """The studies in groups of which no two bear on the same claim: each group needs the verdicts only once."""
    groups: list[tuple[list[str], set[str]]] = []
    for study, own in claims.items():
        group, taken = next((g for g in groups if g[1].isdisjoint(own)), (None, None))
        if group is None:
            groups.append(([study], set(own)))
        else:
            group.append(study)
            taken.update(own)
    return [group for group, _ in groups]


def _as_if_they_stood(db: sqlite_utils.Database, studies: list[str]) -> dict[str, str]:
    """The computed verdict of every claim, were these studies not withdrawn."""
    db.execute("SAVEPOINT as_if_they_stood")
    for study in studies:
        db.execute(f"DELETE FROM standing WHERE study = ? AND kind IN ({KINDS})", [study])
    counted = dict(db.execute("SELECT claim, verdict FROM verdict_computed").fetchall())
    db.execute("ROLLBACK TO as_if_they_stood")
    db.execute("RELEASE as_if_they_stood")
    return counted

"""What a retraction did to the verdicts: before and after, for the pages of withdrawn sources."""

import sqlite_utils

from kb.vocabulary import WITHDRAWN

KINDS = ", ".join(f"'{kind}'" for kind in sorted(WITHDRAWN))
#: The computed verdict of each claim on which a study has more to say than context.
VERDICTS = """
SELECT verdict_computed.claim, verdict_computed.verdict FROM verdict_computed
WHERE verdict_computed.claim IN (
  SELECT evidence.claim FROM evidence JOIN finding ON finding.id = evidence.finding
  WHERE finding.study = ? AND evidence.stance <> 'context'
)
"""


def enter(db: sqlite_utils.Database):
    """Fill `retraction_effect`: for each withdrawn study, the verdicts with it and, as they stand, without it."""
    for (study,) in db.execute(f"SELECT DISTINCT study FROM standing WHERE kind IN ({KINDS})").fetchall():
        without = dict(db.execute(VERDICTS, [study]).fetchall())
        db.execute("SAVEPOINT as_if_it_stood")
        db.execute(f"DELETE FROM standing WHERE study = ? AND kind IN ({KINDS})", [study])
        counted = dict(db.execute(VERDICTS, [study]).fetchall())
        db.execute("ROLLBACK TO as_if_it_stood")
        db.execute("RELEASE as_if_it_stood")
        db["retraction_effect"].insert_all(
            {"study": study, "claim": claim, "before": counted[claim], "after": verdict}
            for claim, verdict in without.items()
        )

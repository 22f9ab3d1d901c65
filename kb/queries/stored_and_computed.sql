-- Stored verdicts beside computed ones
-- Every claim whose curator disagrees with the verdict function, and why.
-- :agree  0 for those that differ, 1 for those that agree; 0 where empty
SELECT
  claim_verdict.claim,
  claim_verdict.statement,
  claim_verdict.stored,
  claim_verdict.computed,
  claim_verdict.share_for,
  claim_verdict.weight,
  claim_verdict.certainty,
  claim_verdict.override
FROM claim_verdict
WHERE claim_verdict.agrees = CAST(coalesce(nullif(:agree, ''), '0') AS INTEGER)
ORDER BY claim_verdict.claim

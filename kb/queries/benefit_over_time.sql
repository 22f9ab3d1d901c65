-- Benefit over time, claim by claim
-- For each claim and span of time: studies that find the benefit, find none, or find the opposite. A claim may hold on the first day and not in the third month.
-- :claim  id of a claim or words of its statement; all claims where empty
SELECT
  summary.claim,
  claim.statement,
  summary.outcome_label AS outcome,
  coalesce(summary.horizon_label, 'no time given') AS measured,
  summary.supporting,
  summary.no_effect,
  summary.contradicting,
  summary.participants,
  summary.level AS certainty
FROM summary_of_findings AS summary
JOIN claim ON claim.id = summary.claim
WHERE summary.outcome_group = 'benefit'
  AND (:claim = '' OR claim.id = :claim OR claim.statement LIKE '%' || :claim || '%')
ORDER BY summary.claim, summary.outcome_label, summary.horizon_rank

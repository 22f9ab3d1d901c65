-- Claims that rest on one study
-- Claims for which a single study carries more than the given share of all the weight in the verdict function: were it withdrawn, the verdict would have to be thought through again.
-- :percent  share of the weight, in percent; 50 where empty
SELECT
  verdict_weight.claim,
  claim.statement,
  claim.verdict,
  study.label AS heaviest_study,
  round(sum(verdict_weight.weight), 2) AS its_weight,
  round(verdict_claim.weight, 2) AS all_weight,
  round(100 * sum(verdict_weight.weight) / verdict_claim.weight) AS percent
FROM verdict_weight
JOIN verdict_claim ON verdict_claim.claim = verdict_weight.claim
JOIN claim ON claim.id = verdict_weight.claim
JOIN study ON study.key = verdict_weight.study
GROUP BY verdict_weight.claim, verdict_weight.study
HAVING sum(verdict_weight.weight) > verdict_claim.weight * CAST(coalesce(nullif(:percent, ''), '50') AS REAL) / 100
ORDER BY percent DESC, its_weight DESC

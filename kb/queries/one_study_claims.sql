-- Claims that rest on one study
-- Claims for which a single study carries more than the given share of all the weight in the verdict function: were it withdrawn, the verdict would have to be thought through again.
-- :percent  share of the weight, in percent; 50 where empty
WITH weighed AS MATERIALIZED (
  SELECT claim, study, sum(weight) AS weight FROM verdict_weight GROUP BY claim, study
),
total AS (
  SELECT claim, sum(weight) AS weight FROM weighed GROUP BY claim
)
SELECT
  weighed.claim,
  claim.statement,
  claim.verdict,
  study.label AS heaviest_study,
  round(weighed.weight, 2) AS its_weight,
  round(total.weight, 2) AS all_weight,
  round(100 * weighed.weight / total.weight) AS percent
FROM weighed
JOIN total ON total.claim = weighed.claim
JOIN claim ON claim.id = weighed.claim
JOIN study ON study.key = weighed.study
WHERE weighed.weight > total.weight * CAST(coalesce(nullif(:percent, ''), '50') AS REAL) / 100
ORDER BY percent DESC, its_weight DESC

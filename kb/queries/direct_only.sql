-- What remains without indirect evidence
-- The share of the weight that supports each claim, from all evidence and from direct evidence alone, where the two lie apart by more than the given number of percentage points.
-- :points  percentage points; 10 where empty
SELECT
  claim.id AS claim,
  claim.statement,
  claim.verdict,
  round(100 * total.share) AS percent_for,
  round(100 * direct.share) AS percent_for_direct,
  direct.findings AS direct_findings,
  total.findings
FROM claim
JOIN (
  SELECT claim, sum(CASE stance WHEN 'supports' THEN weight ELSE 0 END) / sum(weight) AS share, count(*) AS findings
  FROM verdict_weight
  GROUP BY claim
  HAVING sum(weight) > 0
) AS total ON total.claim = claim.id
LEFT JOIN (
  SELECT
    verdict_weight.claim,
    sum(CASE verdict_weight.stance WHEN 'supports' THEN verdict_weight.weight ELSE 0 END) / sum(verdict_weight.weight)
      AS share,
    count(*) AS findings
  FROM verdict_weight
  JOIN evidence ON evidence.id = verdict_weight.evidence AND evidence.directness = 'direct'
  GROUP BY verdict_weight.claim
  HAVING sum(verdict_weight.weight) > 0
) AS direct ON direct.claim = claim.id
WHERE direct.share IS NULL
  OR abs(100 * total.share - 100 * direct.share) > CAST(coalesce(nullif(:points, ''), '10') AS REAL)
ORDER BY direct.share IS NULL DESC, abs(total.share - direct.share) DESC, claim.id

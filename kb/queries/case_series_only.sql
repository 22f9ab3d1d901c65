-- Claims of benefit without a direct, compared study in their favour
-- Claims on efficacy or indications that some finding supports, but none that is direct and has a comparison group: what they rest on is case series, cohorts, or studies of something else.
-- :studies  at least so many supporting studies; 1 where empty
SELECT
  claim,
  claim_statement,
  count(DISTINCT study) AS supporting_studies,
  group_concat(DISTINCT design_label) AS designs,
  max(year) AS newest
FROM evidence_table
WHERE claim_type IN ('efficacy', 'indication')
  AND stance = 'supports'
GROUP BY claim
HAVING sum(directness = 'direct' AND comparator_type NOT IN ('none', 'mixed')) = 0
  AND count(DISTINCT study) >= CAST(coalesce(nullif(:studies, ''), '1') AS INTEGER)
ORDER BY supporting_studies DESC, claim

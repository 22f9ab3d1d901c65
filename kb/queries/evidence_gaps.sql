-- Where nobody has looked
-- Conditions and spans of time without a single direct study with a comparison group on an outcome of benefit; uncompared is how many direct studies there are without one.
-- :horizon  id of a span of time or words of its name; all spans where empty
SELECT
  condition.label AS condition,
  horizon.label AS horizon,
  count(DISTINCT seen.study) AS uncompared
FROM condition
CROSS JOIN horizon
LEFT JOIN (
  SELECT study_condition.condition, evidence_table.horizon, evidence_table.study, evidence_table.comparator_type
  FROM evidence_table
  JOIN study_condition ON study_condition.study = evidence_table.study
  WHERE evidence_table.directness = 'direct'
    AND evidence_table.outcome_group = 'benefit'
    AND evidence_table.stance <> 'context'
) AS seen ON seen.condition = condition.id AND seen.horizon = horizon.id
WHERE :horizon = '' OR horizon.id = :horizon OR horizon.label LIKE '%' || :horizon || '%'
GROUP BY condition.id, horizon.id
HAVING coalesce(sum(seen.comparator_type <> 'none'), 0) = 0
ORDER BY condition.label, horizon.rank

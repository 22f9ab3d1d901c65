-- What is known for a condition
-- The claims that are about a condition, with verdict and certainty, and how many studies of that condition speak to each.
-- :condition  id of a condition or words of its name; all conditions where empty
SELECT
  condition.label AS condition,
  claim_summary.id AS claim,
  claim_summary.statement,
  claim_summary.verdict_label AS verdict,
  claim_summary.certainty_label AS certainty,
  claim_summary.answer,
  count(DISTINCT CASE WHEN study_condition.condition = condition.id THEN evidence_table.study END) AS studies_of_it,
  claim_summary.studies
FROM claim_condition
JOIN condition ON condition.id = claim_condition.condition
JOIN claim_summary ON claim_summary.id = claim_condition.claim
LEFT JOIN evidence_table ON evidence_table.claim = claim_summary.id
LEFT JOIN study_condition ON study_condition.study = evidence_table.study
WHERE :condition = '' OR condition.id = :condition OR condition.label LIKE '%' || :condition || '%'
GROUP BY condition.id, claim_summary.id
ORDER BY condition.label, claim_summary.id

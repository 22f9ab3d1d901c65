-- Support from studies in which everybody knew
-- Direct findings that support a claim of benefit from studies that were open, or whose blinding is not reported or does not apply: hopes alone could explain them.
-- :claim  id of a claim or words of its statement; all claims where empty
SELECT
  evidence_table.claim,
  evidence_table.claim_statement,
  evidence_table.study_label,
  evidence_table.design_label,
  blinding.label AS blinding,
  evidence_table.size,
  evidence_table.outcome_label,
  evidence_table.time,
  evidence_table.result,
  evidence_table.pmid
FROM evidence_table
JOIN study ON study.key = evidence_table.study
JOIN blinding ON blinding.id = study.blinding
WHERE evidence_table.stance = 'supports'
  AND evidence_table.directness = 'direct'
  AND evidence_table.claim_type IN ('efficacy', 'indication')
  AND study.blinding IN ('open', 'not-reported', 'not-applicable')
  AND study.design NOT IN (SELECT id FROM design WHERE review)
  AND (
    :claim = '' OR evidence_table.claim = :claim OR evidence_table.claim_statement LIKE '%' || :claim || '%'
  )
ORDER BY evidence_table.claim, evidence_table.size DESC, evidence_table.id

-- Randomised trials that bear directly on a claim
-- Direct findings of randomised trials, largest trial first within each claim; retracted ones are left out.
-- :claim  id of a claim or words of its statement; all claims where empty
SELECT claim, stance, study_label, size, routes, forms, outcome_label, time, text, result, pmid
FROM evidence_table
WHERE design IN ('rct', 'crossover-rct')
  AND directness = 'direct'
  AND standing NOT IN (SELECT id FROM standing_kind WHERE withdrawn)
  AND (:claim = '' OR claim = :claim OR claim_statement LIKE '%' || :claim || '%')
ORDER BY claim, size DESC, id

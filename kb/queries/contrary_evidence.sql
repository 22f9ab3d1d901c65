-- Null and contrary evidence
-- Every finding that contradicts a claim or finds no effect, strongest design first, then the largest study.
-- :claim  id of a claim or words of its statement; all claims where empty
SELECT claim, claim_statement, stance, directness, study_label, design_label, size, outcome_label, time, text, result, pmid
FROM evidence_table
WHERE stance IN ('contradicts', 'no-effect')
  AND (:claim = '' OR claim = :claim OR claim_statement LIKE '%' || :claim || '%')
ORDER BY tier, size DESC, id

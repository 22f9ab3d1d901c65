-- What the second reading corrected
-- Evidence rows that a second reader changed, latest first: the places where two careful people read a paper differently.
-- :outcome  corrected or agreed; corrected where empty
SELECT
  evidence.second_read_on,
  study.label AS study,
  evidence.claim,
  evidence.stance,
  evidence.directness,
  evidence.second_read_note,
  finding.text
FROM evidence
JOIN finding ON finding.id = evidence.finding
JOIN study ON study.key = finding.study
WHERE evidence.second_read = coalesce(nullif(:outcome, ''), 'corrected')
ORDER BY evidence.second_read_on DESC, evidence.id

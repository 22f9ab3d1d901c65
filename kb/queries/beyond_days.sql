-- What is known beyond a number of days
-- Findings on benefit measured later than the given number of days after treatment, latest first: does it last, and who looked so long.
-- :days  days; 28 (four weeks) where empty
-- :outcome  id of an outcome or words of its name; all outcomes of benefit where empty
SELECT
  outcome.label AS outcome,
  finding.days,
  finding.time,
  finding.direction,
  finding.text,
  finding.result,
  study.label AS study,
  design.label AS design,
  study.size
FROM finding
JOIN outcome ON outcome.id = finding.outcome
JOIN study ON study.key = finding.study
JOIN design ON design.id = study.design
WHERE outcome.grouping = 'benefit'
  AND finding.days > CAST(coalesce(nullif(:days, ''), '28') AS REAL)
  AND (:outcome = '' OR outcome.id = :outcome OR outcome.label LIKE '%' || :outcome || '%')
ORDER BY finding.days DESC, study.size DESC, finding.id

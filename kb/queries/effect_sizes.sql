-- Effects with their intervals
-- Effect estimates that compare groups, with confidence interval and P value as printed, for reading or for a plot of your own. Mind the column better: on most scales lower is better.
-- :outcome  id of an outcome or words of its name; all outcomes where empty
-- :measure  id of a measure, such as risk-ratio; all that compare groups where empty
SELECT
  outcome.label AS outcome,
  measure.label AS measure,
  finding.value,
  finding.low,
  finding.high,
  finding.level,
  finding.p,
  finding.unit,
  finding.scale,
  finding.better,
  finding.time,
  finding.days,
  study.label AS study,
  design.label AS design,
  study.size,
  finding.id AS finding
FROM finding
JOIN outcome ON outcome.id = finding.outcome
JOIN measure ON measure.id = finding.measure
JOIN study ON study.key = finding.study
JOIN design ON design.id = study.design
WHERE finding.low IS NOT NULL
  AND CASE :measure
    WHEN '' THEN finding.measure NOT IN ('proportion', 'mean', 'median', 'mean-change', 'percent-change', 'correlation')
    ELSE finding.measure = :measure
  END
  AND (:outcome = '' OR outcome.id = :outcome OR outcome.label LIKE '%' || :outcome || '%')
ORDER BY outcome.label, measure.rank, finding.days, study.label, finding.id

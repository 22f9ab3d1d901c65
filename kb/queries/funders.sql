-- Who paid
-- Studies whose source of money is known, with the way their findings on benefit go.
-- :funder  words of the funder's name; all where empty
SELECT
  study.funding,
  study.label AS study,
  design.label AS design,
  study.size,
  count(CASE WHEN finding.direction = 'favours-intervention' THEN 1 END) AS better,
  count(CASE WHEN finding.direction = 'no-difference' THEN 1 END) AS no_difference,
  count(CASE WHEN finding.direction = 'favours-comparator' THEN 1 END) AS worse
FROM study
JOIN design ON design.id = study.design
LEFT JOIN finding ON finding.study = study.key
  AND finding.outcome IN (SELECT id FROM outcome WHERE grouping = 'benefit')
WHERE study.funding IS NOT NULL
  AND (:funder = '' OR study.funding LIKE '%' || :funder || '%')
GROUP BY study.key
ORDER BY study.funding, study.label

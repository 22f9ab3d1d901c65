-- Evidence by route
-- How many studies gave the treatment by each route, how many of them are randomised, how many people took part, and which way their findings on benefit go. Reviews are left out, since they count the people of other studies again.
-- :condition  id of a condition or words of its name; all conditions where empty
SELECT
  route.label AS route,
  count(DISTINCT study.key) AS studies,
  count(DISTINCT CASE WHEN study.design IN ('rct', 'crossover-rct') THEN study.key END) AS randomised,
  (
    SELECT sum(each.size) FROM study AS each
    JOIN design AS kind ON kind.id = each.design
    JOIN study_route AS given ON given.study = each.key
    WHERE given.route = route.id AND NOT kind.review
      AND (
        :condition = ''
        OR each.key IN (
          SELECT study FROM study_condition JOIN condition ON condition.id = study_condition.condition
          WHERE condition.id = :condition OR condition.label LIKE '%' || :condition || '%'
        )
      )
  ) AS people,
  count(DISTINCT CASE WHEN finding.direction = 'favours-intervention' THEN finding.id END) AS better,
  count(DISTINCT CASE WHEN finding.direction = 'no-difference' THEN finding.id END) AS no_difference,
  count(DISTINCT CASE WHEN finding.direction = 'favours-comparator' THEN finding.id END) AS worse
FROM route
JOIN study_route ON study_route.route = route.id
JOIN study ON study.key = study_route.study
JOIN design ON design.id = study.design AND NOT design.review
LEFT JOIN finding ON finding.study = study.key
  AND finding.outcome IN (SELECT id FROM outcome WHERE grouping = 'benefit')
WHERE :condition = ''
  OR study.key IN (
    SELECT study FROM study_condition JOIN condition ON condition.id = study_condition.condition
    WHERE condition.id = :condition OR condition.label LIKE '%' || :condition || '%'
  )
GROUP BY route.id
ORDER BY studies DESC, route.label

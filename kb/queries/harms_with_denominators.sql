-- Harms with numerator and denominator
-- Each harm counted in a group of known size: events, people, percent. By organ or area, the most frequent first; the routes are those of the whole study.
-- :route  id of a route or words of its name; all routes where empty
-- :harm  id of a harm or words of its name or organ; all harms where empty
SELECT
  outcome.label AS harm,
  outcome.system,
  (
    SELECT group_concat(route.label, ', ')
    FROM study_route JOIN route ON route.id = study_route.route
    WHERE study_route.study = study.key
  ) AS routes,
  finding_group.arm,
  finding_group.label AS people,
  finding_group.events,
  finding_group.n,
  round(100.0 * finding_group.events / finding_group.n, 1) AS percent,
  study.label AS study,
  study.setting
FROM finding_group
JOIN finding ON finding.id = finding_group.finding
JOIN outcome ON outcome.id = finding.outcome
JOIN study ON study.key = finding.study
WHERE outcome.grouping = 'harm'
  AND finding_group.events IS NOT NULL
  AND finding_group.n > 0
  AND (
    :harm = '' OR outcome.id = :harm OR outcome.label LIKE '%' || :harm || '%' OR outcome.system LIKE '%' || :harm || '%'
  )
  AND (
    :route = ''
    OR study.key IN (
      SELECT study_route.study
      FROM study_route JOIN route ON route.id = study_route.route
      WHERE route.id = :route OR route.label LIKE '%' || :route || '%'
    )
  )
ORDER BY outcome.system, harm, percent DESC, finding_group.finding, finding_group.position

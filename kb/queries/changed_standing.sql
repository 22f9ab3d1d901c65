-- Sources whose standing changed
-- Retractions, expressions of concern and corrections of the studies in this knowledge base, and the claims they touch. Withdrawn papers count for nothing in the verdict function; corrected ones stay.
-- :since  date of the look-up, as 2026-01-31; all where empty
SELECT
  study.label AS study,
  standing_kind.label AS standing,
  standing_kind.withdrawn,
  standing.asked,
  standing.notice,
  standing.checked,
  (
    SELECT group_concat(DISTINCT evidence.claim)
    FROM finding JOIN evidence ON evidence.finding = finding.id
    WHERE finding.study = study.key
  ) AS claims
FROM standing
JOIN standing_kind ON standing_kind.id = standing.kind
JOIN study ON study.key = standing.study
WHERE standing.kind NOT IN ('none', 'unchecked')
  AND (:since = '' OR standing.checked >= :since)
ORDER BY standing_kind.withdrawn DESC, standing.checked DESC, study.label, standing.asked

-- Why the certainty is what it is
-- Each rating of ours with its GRADE reasons; ratings that reviews published have the review in their place.
-- :claim  id of a claim or words of its statement; all claims where empty
-- :domain  id of a GRADE domain, such as imprecision; all where empty
SELECT
  claim.id AS claim,
  claim.statement,
  outcome.label AS outcome,
  horizon.label AS horizon,
  certainty_level.label AS certainty,
  coalesce(study.label, 'ours') AS rated_by,
  domain.label AS domain,
  concern.label AS concern,
  certainty_reason.why
FROM certainty
JOIN claim ON claim.id = certainty.claim
JOIN outcome ON outcome.id = certainty.outcome
JOIN certainty_level ON certainty_level.id = certainty.level
LEFT JOIN horizon ON horizon.id = certainty.horizon
LEFT JOIN study ON study.key = certainty.study
LEFT JOIN certainty_reason ON certainty_reason.certainty = certainty.id
LEFT JOIN domain ON domain.id = certainty_reason.domain
LEFT JOIN concern ON concern.id = certainty_reason.concern
WHERE (:claim = '' OR claim.id = :claim OR claim.statement LIKE '%' || :claim || '%')
  AND (:domain = '' OR certainty_reason.domain = :domain)
ORDER BY claim.id, outcome.label, horizon.rank, rated_by, domain.rank

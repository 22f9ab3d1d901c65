-- What was searched for each claim
-- The PubMed query behind each claim, when it last ran, how many records it found, how many were taken and left. Empty where it has not run.
-- :claim  id of a claim or words of its statement; all claims where empty
SELECT
  search.claim,
  claim.statement,
  search.purpose,
  search.query,
  run.ran,
  run.hits,
  count(CASE WHEN screening.decision = 'taken' THEN 1 END) AS taken,
  count(CASE WHEN screening.decision = 'left' THEN 1 END) AS left_out
FROM search
JOIN claim ON claim.id = search.claim
LEFT JOIN search_run AS run ON run.search = search.id
  AND run.ran = (SELECT max(ran) FROM search_run WHERE search_run.search = search.id)
LEFT JOIN screening ON screening.search = search.id
WHERE :claim = '' OR claim.id = :claim OR claim.statement LIKE '%' || :claim || '%'
GROUP BY search.id
ORDER BY search.claim, search.purpose

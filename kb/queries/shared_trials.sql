-- Which trials do the reviews share
-- Studies that reviews of this knowledge base counted: a trial counted by five reviews is one trial, not five confirmations. Lists of included trials are incomplete, but never guessed.
-- :reviews  counted by at least so many reviews; 1 where empty
SELECT
  study.label AS study,
  study.size,
  count(*) AS reviews,
  group_concat(review.label, '; ') AS counted_by
FROM review_includes
JOIN study ON study.key = review_includes.study
JOIN study AS review ON review.key = review_includes.review
GROUP BY study.key
HAVING count(*) >= CAST(coalesce(nullif(:reviews, ''), '1') AS INTEGER)
ORDER BY reviews DESC, study.label

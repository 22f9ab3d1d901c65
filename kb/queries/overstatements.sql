-- Statements of an article that are not accurate
-- Where an article says more than the evidence, or less than a reader needs, with the reason and a wording that the evidence allows.
-- :rating  overstated, misleading, missing-context or unverifiable; all of them where empty
-- :article  slug of an article or words of its title; all articles where empty
SELECT
  article.title AS article,
  section.title AS section,
  appearance.sentence,
  rating.label AS rating,
  claim.id AS claim,
  claim.statement,
  appearance.reason,
  claim.safer_wording
FROM appearance
JOIN article ON article.slug = appearance.article
JOIN claim ON claim.id = appearance.claim
JOIN rating ON rating.id = appearance.rating
LEFT JOIN section ON section.id = appearance.section
WHERE NOT appearance.omitted
  AND appearance.rating <> 'accurate'
  AND (:rating = '' OR appearance.rating = :rating)
  AND (:article = '' OR article.slug = :article OR article.title LIKE '%' || :article || '%')
ORDER BY appearance.article, appearance.sentence, claim.id

-- What an article should say and does not
-- Claims that readers of an article need and do not find there, with the reason and what the evidence says.
-- :article  slug of an article or words of its title; all articles where empty
SELECT
  article.title AS article,
  claim.id AS claim,
  claim_type.label AS type,
  claim.statement,
  appearance.reason,
  claim.answer
FROM appearance
JOIN article ON article.slug = appearance.article
JOIN claim ON claim.id = appearance.claim
JOIN claim_type ON claim_type.id = claim.type
WHERE appearance.omitted
  AND (:article = '' OR article.slug = :article OR article.title LIKE '%' || :article || '%')
ORDER BY article.slug, claim_type.rank, claim.id

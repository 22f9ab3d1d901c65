-- Findings that say a word
-- Full-text search in the findings, best match first. Words are cut to their stem, "two words" in quotes stay together, OR and NOT work.
-- :words  words; the subject of this knowledge base where empty
SELECT
  study.label AS study,
  outcome.label AS outcome,
  finding.time,
  finding.text,
  finding.result,
  finding.direction,
  (SELECT group_concat(evidence.claim || ' (' || evidence.stance || ')', ', ') FROM evidence WHERE evidence.finding = finding.id)
    AS claims
FROM finding_fts
JOIN finding ON finding.rowid = finding_fts.rowid
JOIN outcome ON outcome.id = finding.outcome
JOIN study ON study.key = finding.study
WHERE finding_fts MATCH coalesce(nullif(:words, ''), (SELECT '"' || value || '"' FROM about WHERE key = 'subject'))
ORDER BY finding_fts.rank, finding.id

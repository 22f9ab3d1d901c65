-- Studies without a confirmed PMID
-- Papers, labels and statements that are not in PubMed, or whose PMID nobody has confirmed; kb pubmed resolve looks for the latter.
-- :status  not-indexed or unconfirmed; both where empty
SELECT
  study.label AS study,
  study.title,
  study.year,
  pmid_status.label AS status,
  citation.doi,
  citation.url
FROM study
JOIN citation ON citation.id = study.citation
JOIN pmid_status ON pmid_status.id = study.pmid_status
WHERE study.pmid_status <> 'confirmed'
  AND (:status = '' OR study.pmid_status = :status)
ORDER BY study.pmid_status, study.label

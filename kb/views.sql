-- Views that the pages, the check and SQL users share.

-- The worst standing of each study over all sources asked; unchecked where nobody was asked.
CREATE VIEW study_standing AS
SELECT
  study.key AS study,
  coalesce(
    (
      SELECT standing.kind
      FROM standing
      JOIN standing_kind ON standing_kind.id = standing.kind
      WHERE standing.study = study.key
      ORDER BY
        CASE standing.kind
          WHEN 'retracted' THEN 1 WHEN 'retracted-and-republished' THEN 2
          WHEN 'expression-of-concern' THEN 3 WHEN 'superseded' THEN 4
          WHEN 'correction' THEN 5 WHEN 'preprint' THEN 6 WHEN 'none' THEN 7 ELSE 8
        END
      LIMIT 1
    ),
    'unchecked'
  ) AS kind
FROM study;

-- One row per evidence row, with everything a table of evidence shows.
CREATE VIEW evidence_table AS
SELECT
  evidence.id,
  evidence.claim,
  claim.statement AS claim_statement,
  claim.type AS claim_type,
  evidence.stance,
  evidence.directness,
  evidence.why_indirect,
  evidence.note,
  evidence.second_read,
  finding.id AS finding,
  finding.outcome,
  outcome.label AS outcome_label,
  outcome.grouping AS outcome_group,
  finding.horizon,
  horizon.label AS horizon_label,
  horizon.rank AS horizon_rank,
  finding.days,
  finding.time,
  finding.text,
  finding.population AS finding_population,
  finding.result,
  finding.numbers,
  study.key AS study,
  study.label AS study_label,
  study.year,
  study.design,
  design.label AS design_label,
  design.tier,
  study.size,
  study.n_studies,
  (SELECT group_concat(route.label, ', ') FROM study_route JOIN route ON route.id = study_route.route WHERE study_route.study = study.key) AS routes,
  (SELECT group_concat(form.label, ', ') FROM study_form JOIN form ON form.id = study_form.form WHERE study_form.study = study.key) AS forms,
  study.comparator_type,
  study.read_depth,
  citation.pmid,
  citation.doi,
  citation.url,
  study_standing.kind AS standing,
  round(evidence.weight, 3) AS weight
FROM evidence
JOIN claim ON claim.id = evidence.claim
JOIN finding ON finding.id = evidence.finding
JOIN outcome ON outcome.id = finding.outcome
LEFT JOIN horizon ON horizon.id = finding.horizon
JOIN study ON study.key = finding.study
JOIN design ON design.id = study.design
JOIN citation ON citation.id = study.citation
JOIN study_standing ON study_standing.study = study.key;

-- One row per claim, for lists.
CREATE VIEW claim_summary AS
SELECT
  claim.id,
  claim.code,
  claim.type,
  claim.statement,
  claim.verdict,
  verdict.label AS verdict_label,
  verdict.rank AS verdict_rank,
  claim.certainty,
  certainty_level.label AS certainty_label,
  claim.answer,
  claim.share_for,
  coalesce(tally.supporting, 0) AS supporting,
  coalesce(tally.no_effect, 0) AS no_effect,
  coalesce(tally.contradicting, 0) AS contradicting,
  coalesce(tally.studies, 0) AS studies,
  tally.newest,
  (SELECT count(*) FROM appearance WHERE appearance.claim = claim.id AND NOT omitted) AS appearances,
  (SELECT count(*) FROM appearance WHERE appearance.claim = claim.id AND rating IS NOT NULL AND rating <> 'accurate') AS worded_wrongly
FROM claim
JOIN verdict ON verdict.id = claim.verdict
JOIN certainty_level ON certainty_level.id = claim.certainty
LEFT JOIN (
  SELECT
    evidence.claim,
    count(DISTINCT CASE evidence.stance WHEN 'supports' THEN finding.study END) AS supporting,
    count(DISTINCT CASE evidence.stance WHEN 'no-effect' THEN finding.study END) AS no_effect,
    count(DISTINCT CASE evidence.stance WHEN 'contradicts' THEN finding.study END) AS contradicting,
    count(DISTINCT finding.study) AS studies,
    max(study.year) AS newest
  FROM evidence
  JOIN finding ON finding.id = evidence.finding
  JOIN study ON study.key = finding.study
  GROUP BY evidence.claim
) AS tally ON tally.claim = claim.id;

-- Summary of findings: claim × outcome × horizon, with the certainty where one was rated.
-- `participants` counts those of the studies themselves, not those of reviews, which count them again.
CREATE VIEW summary_of_findings AS
SELECT
  cell.claim,
  cell.outcome,
  outcome.label AS outcome_label,
  outcome.grouping AS outcome_group,
  cell.horizon,
  horizon.label AS horizon_label,
  horizon.rank AS horizon_rank,
  cell.studies,
  cell.reviews,
  cell.participants,
  cell.supporting,
  cell.no_effect,
  cell.contradicting,
  certainty.id AS certainty,
  certainty.level,
  certainty.summary,
  (
    SELECT published.level FROM certainty AS published
    WHERE published.claim = cell.claim AND published.outcome = cell.outcome AND published.rater = 'published'
      AND published.horizon IS cell.horizon
    ORDER BY published.study LIMIT 1
  ) AS published_level
FROM (
  SELECT
    part.claim, part.outcome, part.horizon,
    count(*) AS studies,
    sum(part.review) AS reviews,
    sum(CASE WHEN part.review THEN 0 ELSE part.size END) AS participants,
    sum(part.supports) AS supporting,
    sum(part.no_effect) AS no_effect,
    sum(part.contradicts) AS contradicting
  FROM (
    SELECT
      evidence.claim, finding.outcome, finding.horizon, study.key, study.size,
      design.review,
      max(evidence.stance = 'supports') AS supports,
      max(evidence.stance = 'no-effect') AS no_effect,
      max(evidence.stance = 'contradicts') AS contradicts
    FROM evidence
    JOIN finding ON finding.id = evidence.finding
    JOIN study ON study.key = finding.study
    JOIN design ON design.id = study.design
    WHERE evidence.stance <> 'context'
    GROUP BY evidence.claim, finding.outcome, finding.horizon, study.key
  ) AS part
  GROUP BY part.claim, part.outcome, part.horizon
) AS cell
JOIN outcome ON outcome.id = cell.outcome
LEFT JOIN horizon ON horizon.id = cell.horizon
LEFT JOIN certainty ON certainty.claim = cell.claim AND certainty.outcome = cell.outcome
  AND certainty.rater = 'ours' AND certainty.horizon IS cell.horizon;

-- How an article words its claims: one row per section and rating.
CREATE VIEW article_audit AS
SELECT
  appearance.article,
  section.position,
  section.title AS section,
  appearance.rating,
  count(*) AS statements
FROM appearance
JOIN section ON section.id = appearance.section
WHERE NOT appearance.omitted
GROUP BY appearance.article, section.position, section.title, appearance.rating;

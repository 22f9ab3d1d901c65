-- The verdict function: what the evidence rows say of each claim, as views over views.
-- Explained with a worked example on /method. Nothing here is stored; change a row or a
-- weight (table design) in a copy of the database and read claim_verdict again.

-- 1. Every finding that speaks for or against a claim, from a source that still stands.
--    A later report of a trial speaks with the voice of that trial.
CREATE VIEW verdict_row AS
SELECT
  evidence.id AS evidence,
  evidence.claim,
  coalesce(study.report_of, study.key) AS study,
  finding.outcome,
  finding.horizon,
  evidence.stance,
  evidence.directness
FROM evidence
JOIN finding ON finding.id = evidence.finding
JOIN study ON study.key = finding.study
WHERE evidence.stance <> 'context'
  AND finding.study NOT IN (
    SELECT study FROM standing JOIN standing_kind ON standing_kind.id = standing.kind WHERE withdrawn
  );

-- 2. The weight of each study for each claim: design × size × overlap.
--    Overlap: a review is discounted by the share of its trials that are counted themselves;
--    where their number is not known, as if those we know were half of them.
CREATE VIEW verdict_study AS
SELECT
  voice.claim,
  voice.study,
  CASE
    WHEN claim.type IN ('efficacy', 'indication') THEN design.weight_benefit
    WHEN claim.type = 'risk' THEN design.weight_harm
    ELSE design.weight_fact
  END AS design_weight,
  CASE
    WHEN study.size IS NULL THEN 1.0
    WHEN study.size < 30 THEN 0.5
    WHEN study.size < 100 THEN 1.0
    WHEN study.size < 500 THEN 1.5
    ELSE 2.0
  END AS size_factor,
  1.0 - coalesce(overlap.counted * 1.0 / max(overlap.included, coalesce(study.n_studies, 2 * overlap.included)), 0)
    AS overlap_factor,
  voice.findings
FROM (SELECT claim, study, count(*) AS findings FROM verdict_row GROUP BY claim, study) AS voice
JOIN claim ON claim.id = voice.claim
JOIN study ON study.key = voice.study
JOIN design ON design.id = study.design
LEFT JOIN (
  SELECT
    review_includes.review,
    mine.claim,
    count(*) AS counted,
    (SELECT count(*) FROM review_includes AS every WHERE every.review = review_includes.review) AS included
  FROM review_includes
  JOIN (SELECT DISTINCT claim, study FROM verdict_row) AS mine ON mine.study = review_includes.study
  GROUP BY review_includes.review, mine.claim
) AS overlap ON overlap.review = voice.study AND overlap.claim = voice.claim;

-- 3. A study's weight is shared among its findings; indirect ones count a quarter.
--    CROSS JOIN tells SQLite to go through the rows and look up the studies; the other way round it would read all
--    rows of a claim once for each of its studies.
CREATE VIEW verdict_weight AS
SELECT
  verdict_row.evidence,
  verdict_row.claim,
  verdict_row.study,
  verdict_row.outcome,
  verdict_row.horizon,
  verdict_row.stance,
  verdict_study.design_weight * verdict_study.size_factor * verdict_study.overlap_factor
    * CASE verdict_row.directness WHEN 'direct' THEN 1.0 ELSE 0.25 END
    / verdict_study.findings AS weight
FROM verdict_row
CROSS JOIN verdict_study ON verdict_study.claim = verdict_row.claim AND verdict_study.study = verdict_row.study;

-- 4. For and not for, in each cell of claim × outcome × horizon.
CREATE VIEW verdict_cell AS
SELECT
  claim,
  outcome,
  horizon,
  count(DISTINCT study) AS studies,
  sum(CASE stance WHEN 'supports' THEN weight ELSE 0 END) AS weight_for,
  sum(CASE stance WHEN 'no-effect' THEN weight ELSE 0 END) AS weight_null,
  sum(CASE stance WHEN 'contradicts' THEN weight ELSE 0 END) AS weight_against
FROM verdict_weight
GROUP BY claim, outcome, horizon;

-- 5. The claim as a whole. `clash`: how much of the weight meets its opposite in the same cell.
CREATE VIEW verdict_claim AS
SELECT
  claim.id AS claim,
  coalesce(sum(weight_for), 0) AS weight_for,
  coalesce(sum(weight_null), 0) AS weight_null,
  coalesce(sum(weight_against), 0) AS weight_against,
  coalesce(sum(weight_for + weight_null + weight_against), 0) AS weight,
  coalesce(sum(min(weight_for, weight_null + weight_against)), 0) AS clash,
  (
    SELECT max(level.rank) FROM certainty JOIN certainty_level AS level ON level.id = certainty.level
    WHERE certainty.claim = claim.id AND certainty.decisive AND certainty.rater = 'ours'
  ) AS certainty_rank
FROM claim
LEFT JOIN verdict_cell ON verdict_cell.claim = claim.id
GROUP BY claim.id;

-- 6. The verdict. Thresholds: 3 = one direct randomised trial of 30 people or more;
--    0.8 and 0.3 of the weight; very low certainty (rank 4) never supports anything, and
--    low certainty (rank 3) supports in part at most.
CREATE VIEW verdict_computed AS
SELECT
  claim,
  weight,
  weight_for,
  weight_null,
  weight_against,
  clash,
  CASE WHEN weight > 0 THEN weight_for / weight END AS share_for,
  CASE
    WHEN weight < 3 THEN 'insufficient-evidence'
    WHEN weight_for <= 0.3 * weight AND weight_against > weight_null THEN 'refuted'
    WHEN weight_for <= 0.3 * weight THEN 'not-supported'
    WHEN certainty_rank = 4 THEN 'insufficient-evidence'
    WHEN weight_for >= 0.8 * weight AND certainty_rank = 3 THEN 'partly-supported'
    WHEN weight_for >= 0.8 * weight THEN 'supported'
    WHEN clash >= 0.5 * min(weight_for, weight - weight_for) THEN 'contested'
    ELSE 'partly-supported'
  END AS verdict
FROM verdict_claim;

-- 7. Stored beside computed.
CREATE VIEW claim_verdict AS
SELECT
  claim.id AS claim,
  claim.statement,
  claim.verdict AS stored,
  verdict_computed.verdict AS computed,
  claim.verdict = verdict_computed.verdict AS agrees,
  claim.override,
  claim.certainty,
  round(verdict_computed.weight, 2) AS weight,
  round(verdict_computed.share_for, 2) AS share_for,
  round(verdict_computed.clash, 2) AS clash
FROM claim
JOIN verdict_computed ON verdict_computed.claim = claim.id;

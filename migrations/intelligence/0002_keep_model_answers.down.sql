-- Takes away what a language model recommended, and the count of its rejected answers; what rules recommend stays.
-- Locks:     ACCESS EXCLUSIVE on recommendations, for a moment.
-- Backfills: nothing.
-- Undone by: 0002_keep_model_answers.up.sql and 'pgtrawl recommend'.

DELETE FROM pgtrawl.recommendations WHERE origin = 'llm';
ALTER TABLE pgtrawl.recommendations DROP COLUMN input_hash;
DROP TABLE pgtrawl.recommendation_rejections;

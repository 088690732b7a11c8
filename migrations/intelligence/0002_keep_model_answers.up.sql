-- What a language model recommends: from which input, and which of its answers were not taken.
-- Locks:     ACCESS EXCLUSIVE on recommendations, for a moment: columns that may be null.
-- Backfills: nothing; 'pgtrawl recommend' fills it, where it is used.
-- Undone by: 0002_keep_model_answers.down.sql.

ALTER TABLE pgtrawl.recommendations ADD COLUMN input_hash text;
COMMENT ON COLUMN pgtrawl.recommendations.model IS 'Who said it, where origin is llm';
COMMENT ON COLUMN pgtrawl.recommendations.prompt_version IS 'Which words it was asked with, where origin is llm';
COMMENT ON COLUMN pgtrawl.recommendations.input_hash IS
  'SHA-256 of what the model was told, where origin is llm: another input, another version';

-- Answers that were rejected. What they said is not kept: nobody checked it.
CREATE TABLE pgtrawl.recommendation_rejections (
  query_id       bigint NOT NULL,
  source_id      integer NOT NULL,
  input_hash     text NOT NULL,
  model          text NOT NULL,
  prompt_version text NOT NULL,
  reason         text NOT NULL,
  answers        bigint NOT NULL,
  rejected_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (query_id, source_id, input_hash, model, prompt_version, reason)
);
COMMENT ON TABLE pgtrawl.recommendation_rejections IS 'Answers of language models that were not taken, counted by reason';
COMMENT ON COLUMN pgtrawl.recommendation_rejections.reason IS
  'too_large, not_json, wrong_schema, unknown_name, forbidden_statement or forbidden_text';
COMMENT ON COLUMN pgtrawl.recommendation_rejections.answers IS 'How many; the same question is asked again, behind those never asked';

-- The intelligence layer: what to do, made from the findings of the layer below. Nothing else needs it.
-- Locks:     nothing that exists: every object is new.
-- Backfills: nothing; 'pgtrawl analyze' fills the table.
-- Undone by: 0001_create_recommendations.down.sql.

CREATE TABLE pgtrawl.recommendations (
  query_id          bigint NOT NULL,
  source_id         integer NOT NULL,
  key               text NOT NULL,
  version           integer NOT NULL,
  is_current        boolean NOT NULL,
  origin            text NOT NULL CHECK (origin IN ('rule', 'llm')),
  model             text,
  prompt_version    text,
  state             text NOT NULL CHECK (state IN ('open', 'resolved', 'regressed', 'dismissed')),
  reason            text,
  state_since       timestamptz NOT NULL,
  severity          text NOT NULL CHECK (severity IN ('info', 'low', 'medium', 'high', 'critical')),
  confidence_score  double precision NOT NULL,
  saving_ms_per_day double precision NOT NULL,
  summary           text NOT NULL,
  details           text NOT NULL,
  ddl               text,
  queries           bigint[] NOT NULL,
  evidence          jsonb NOT NULL,
  first_seen_at     timestamptz NOT NULL,
  last_seen_at      timestamptz NOT NULL,
  generated_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (query_id, source_id, key, version)
);
CREATE INDEX recommendations_key ON pgtrawl.recommendations (source_id, key, version);
COMMENT ON TABLE pgtrawl.recommendations IS 'What to do: one row a cause, source and version; the last version is current';
COMMENT ON COLUMN pgtrawl.recommendations.query_id IS 'The query that gained most from it when it was first made; all stand in queries';
COMMENT ON COLUMN pgtrawl.recommendations.key IS 'The cause: the same from night to night';
COMMENT ON COLUMN pgtrawl.recommendations.version IS 'Rises when state, severity, statement or queries change; figures alone replace those of the current one';
COMMENT ON COLUMN pgtrawl.recommendations.state IS
  'open; resolved: later logs show it gone; regressed: it came back; dismissed: set by people, and kept';
COMMENT ON COLUMN pgtrawl.recommendations.reason IS 'Why it is resolved';
COMMENT ON COLUMN pgtrawl.recommendations.state_since IS 'Log time from which it is so';
COMMENT ON COLUMN pgtrawl.recommendations.saving_ms_per_day IS
  'What it would save a day at most, of the executions that the log has plans of, or durations';
COMMENT ON COLUMN pgtrawl.recommendations.evidence IS 'The findings it rests on, with figures and an example of each';

-- The state of the analysis that the recommendations of a source were made from.
CREATE TABLE pgtrawl.recommended_sources (
  source_id integer PRIMARY KEY,
  mark      text NOT NULL
);
COMMENT ON TABLE pgtrawl.recommended_sources IS 'The watermark of recommendations: equal marks, equal recommendations';

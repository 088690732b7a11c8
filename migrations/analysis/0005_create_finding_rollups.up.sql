-- What the plans of an hour say together, so that what is made of findings does not read every plan again.
-- Locks:     ACCESS EXCLUSIVE on analyzed_hours and query_analysis for a column each: a moment.
-- Backfills: nothing here: the next 'pgtrawl analyze' reads the plans anew.
-- Undone by: 0005_create_finding_rollups.down.sql.

CREATE TABLE pgtrawl.finding_rollups (
  query_id   bigint NOT NULL,
  hour       timestamptz NOT NULL,
  source_id  integer NOT NULL,
  plan_id    bigint NOT NULL,
  rule       text NOT NULL,
  subject    text NOT NULL,
  plans      bigint NOT NULL,
  total_ms   double precision NOT NULL,
  saving_ms  double precision NOT NULL,
  severity   text,
  confidence double precision,
  has_index  boolean NOT NULL,
  example_ms double precision,
  example    jsonb
);
CREATE UNIQUE INDEX finding_rollups_key ON pgtrawl.finding_rollups
  (query_id, hour, source_id, plan_id, rule, md5(subject));
CREATE INDEX finding_rollups_hour ON pgtrawl.finding_rollups (source_id, hour);
COMMENT ON TABLE pgtrawl.finding_rollups IS
  'Plans and their findings by hour (UTC), query, plan, rule and what the finding is about';
COMMENT ON COLUMN pgtrawl.finding_rollups.rule IS 'Empty for the row that counts all plans with this plan_id';
COMMENT ON COLUMN pgtrawl.finding_rollups.subject IS 'The statement that would help, or else the node';
COMMENT ON COLUMN pgtrawl.finding_rollups.total_ms IS 'Time of these plans';
COMMENT ON COLUMN pgtrawl.finding_rollups.saving_ms IS 'What these plans would save at most, in all';
COMMENT ON COLUMN pgtrawl.finding_rollups.confidence IS 'The greatest, of one plan alone';
COMMENT ON COLUMN pgtrawl.finding_rollups.example IS 'The finding that would save most; its plan is in "plan"';

-- Which rules read the plans of the hour: others read them anew.
ALTER TABLE pgtrawl.analyzed_hours ADD plan_rules integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN pgtrawl.analyzed_hours.plan_rules IS 'The version of the rules that read the plans of the hour';

ALTER TABLE pgtrawl.query_analysis ADD lock_wait_ms double precision;
COMMENT ON COLUMN pgtrawl.query_analysis.lock_wait_ms IS
  'Waits for locks within execution_time_ms, as log_lock_waits tells them; null without any';

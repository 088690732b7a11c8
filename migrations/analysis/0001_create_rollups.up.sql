-- The analysis layer: what is derived from the captured rows, hour by hour, and can be dropped and made anew.
-- Locks:     nothing that exists: every object is new.
-- Backfills: nothing; 'pgtrawl analyze' fills the tables.
-- Undone by: 0001_create_rollups.down.sql.

-- What has been taken up of each hour of a source: an hour whose files or changes (file_hours), or whose
-- settings, are no longer these is redone.
CREATE SEQUENCE pgtrawl.analysis_versions;
CREATE TABLE pgtrawl.analyzed_hours (
  source_id integer NOT NULL,
  hour      timestamptz NOT NULL,
  files     bigint NOT NULL,
  changes   numeric NOT NULL,
  settings  text NOT NULL,
  version   bigint NOT NULL DEFAULT nextval('pgtrawl.analysis_versions'),
  plans     numeric NOT NULL DEFAULT 0,
  frozen    boolean NOT NULL DEFAULT false,
  PRIMARY KEY (source_id, hour)
);
COMMENT ON TABLE pgtrawl.analyzed_hours IS 'The watermark: which state of which hour the rollups hold';
COMMENT ON COLUMN pgtrawl.analyzed_hours.changes IS 'Sum of file_hours.change over the files of the hour';
COMMENT ON COLUMN pgtrawl.analyzed_hours.version IS 'Another one each time the hour is redone: what is made from rollups compares it';
COMMENT ON COLUMN pgtrawl.analyzed_hours.plans IS
  'The value of changes up to which the plans of the hour were read: equal, and query_analysis has them all';
COMMENT ON COLUMN pgtrawl.analyzed_hours.frozen IS 'The rows are gone by retention, the rollups stay as they are';

CREATE TABLE pgtrawl.query_rollups (
  query_id         bigint NOT NULL,
  hour             timestamptz NOT NULL,
  source_id        integer NOT NULL,
  database_name    text NOT NULL DEFAULT '',
  user_name        text NOT NULL DEFAULT '',
  application_name text NOT NULL DEFAULT '',
  nested           boolean NOT NULL,
  is_lower_bound   boolean NOT NULL,
  calls            bigint NOT NULL,
  errors           bigint NOT NULL,
  timeouts         bigint NOT NULL,
  cancels          bigint NOT NULL,
  timed            bigint NOT NULL,
  total_ms         double precision NOT NULL,
  mean_ms          double precision GENERATED ALWAYS AS (total_ms / nullif(timed, 0)) STORED,
  min_ms           double precision,
  max_ms           double precision,
  ln_count         bigint NOT NULL,
  ln_sum           double precision NOT NULL,
  ln_squares       double precision NOT NULL,
  calls_estimate   double precision NOT NULL,
  total_estimate   double precision NOT NULL,
  parse_ms         double precision NOT NULL,
  bind_ms          double precision NOT NULL,
  execute_ms       double precision NOT NULL,
  plan_ms          double precision NOT NULL,
  plans            bigint NOT NULL,
  row_count        bigint NOT NULL,
  rows_known       bigint NOT NULL,
  lock_waits       bigint NOT NULL,
  lock_wait_ms     double precision NOT NULL,
  deadlocks        bigint NOT NULL,
  temp_files       bigint NOT NULL,
  temp_bytes       bigint NOT NULL,
  temp_runs        bigint NOT NULL,
  sqlstates        jsonb,
  sketch           bytea NOT NULL,
  PRIMARY KEY (query_id, hour, source_id, database_name, user_name, application_name, nested)
);
-- Entries of a sketch are read one by one, which compression would make dear.
ALTER TABLE pgtrawl.query_rollups ALTER sketch SET STORAGE EXTERNAL;
CREATE INDEX query_rollups_hour ON pgtrawl.query_rollups (hour, source_id);
COMMENT ON TABLE pgtrawl.query_rollups IS
  'Settled executions and what the log tells of them, by hour (UTC), query, database, user, source and application';
COMMENT ON COLUMN pgtrawl.query_rollups.nested IS 'Ran inside another statement, whose time holds its own';
COMMENT ON COLUMN pgtrawl.query_rollups.is_lower_bound IS
  'The settings of the source leave short statements out of the log, or are not known: there were at least so many';
COMMENT ON COLUMN pgtrawl.query_rollups.calls IS 'With those that failed; none where only events name the query';
COMMENT ON COLUMN pgtrawl.query_rollups.timed IS 'Executions of which the log tells a duration';
COMMENT ON COLUMN pgtrawl.query_rollups.ln_sum IS 'Sum of ln(duration in ms) over ln_count durations above 0, each rounded to 1e-6';
COMMENT ON COLUMN pgtrawl.query_rollups.calls_estimate IS 'Calls, each weighted by 1 / probability that it was logged';
COMMENT ON COLUMN pgtrawl.query_rollups.total_estimate IS 'Time in ms, weighted likewise';
COMMENT ON COLUMN pgtrawl.query_rollups.cancels IS 'Executions that a user cancelled';
COMMENT ON COLUMN pgtrawl.query_rollups.temp_runs IS 'Sessions of the hour in which the query wrote temporary files';
COMMENT ON COLUMN pgtrawl.query_rollups.sketch IS
  'DDSketch of the durations, 1 %: eight bytes a bucket, see sketch_entries()';

CREATE TABLE pgtrawl.query_bursts (
  source_id       integer NOT NULL,
  hour            timestamptz NOT NULL,
  query_id        bigint NOT NULL,
  before_query_id bigint NOT NULL,
  bursts          bigint NOT NULL,
  calls           bigint NOT NULL,
  longest         bigint NOT NULL,
  total_ms        double precision,
  gap_ms          double precision,
  identical       bigint NOT NULL,
  distinct_lists  bigint NOT NULL,
  led             bigint NOT NULL,
  PRIMARY KEY (query_id, hour, source_id, before_query_id)
);
COMMENT ON TABLE pgtrawl.query_bursts IS
  'Runs of at least ten executions of a query behind each other in a session, of at least 50 ms in all, with at most 50 ms between two';
COMMENT ON COLUMN pgtrawl.query_bursts.before_query_id IS 'What the session ran before; 0 is nothing, or no text';
COMMENT ON COLUMN pgtrawl.query_bursts.identical IS 'Bursts whose parameters are all the same';
COMMENT ON COLUMN pgtrawl.query_bursts.distinct_lists IS 'Bursts whose parameters differ';
COMMENT ON COLUMN pgtrawl.query_bursts.led IS 'Bursts before which as many rows were read as the burst has executions (80 %)';
CREATE INDEX query_bursts_hour ON pgtrawl.query_bursts (hour, source_id);

-- Which state of the hours the findings of a day, or the changes of a month, were made from.
CREATE TABLE pgtrawl.analyzed_spans (
  source_id     integer NOT NULL,
  kind          text NOT NULL,
  starts_at     timestamptz NOT NULL,
  hours         bigint NOT NULL,
  versions      numeric NOT NULL,
  plans         numeric NOT NULL,
  rules_version integer NOT NULL,
  PRIMARY KEY (source_id, kind, starts_at)
);
COMMENT ON TABLE pgtrawl.analyzed_spans IS 'The watermark of the rules: days and months (UTC) that were looked at, and in which state';

CREATE TABLE pgtrawl.analysis_runs (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  started_at    timestamptz NOT NULL DEFAULT now(),
  finished_at   timestamptz,
  rules_version integer NOT NULL,
  hours         bigint NOT NULL DEFAULT 0,
  executions    bigint NOT NULL DEFAULT 0,
  findings      bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE pgtrawl.analysis_runs IS 'One row a run that had something to do; finished_at is null for one that was stopped';

-- Hours before this time are kept as they are, whatever becomes of their rows: to be called by who drops
-- partitions, in the same transaction.
CREATE FUNCTION pgtrawl.freeze_rollups(before timestamptz) RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
WITH f AS (
  UPDATE analyzed_hours SET frozen = true
  WHERE hour + interval '1 hour' <= before AND NOT frozen RETURNING 1)
SELECT count(*) FROM f
$$;
REVOKE ALL ON FUNCTION pgtrawl.freeze_rollups(timestamptz) FROM PUBLIC;

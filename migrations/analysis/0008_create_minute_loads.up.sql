-- Statements that run for long, and how long the others take minute by minute: what jobs do to them.
-- Locks:     the rows of analyzed_hours, for a moment: an analysis that is at work waits.
-- Backfills: nothing here: the next 'pgtrawl analyze' sums up every hour anew, but for those that retention left.
-- Undone by: 0008_create_minute_loads.down.sql.

CREATE TABLE pgtrawl.heavy_runs (
  source_id integer NOT NULL,
  hour      timestamptz NOT NULL,
  query_id  bigint NOT NULL,
  minute    timestamptz NOT NULL,
  runs      bigint NOT NULL,
  total_ms  double precision NOT NULL,
  PRIMARY KEY (source_id, hour, query_id, minute)
);
CREATE INDEX heavy_runs_minute ON pgtrawl.heavy_runs (source_id, minute);
COMMENT ON TABLE pgtrawl.heavy_runs IS 'Executions of at least five seconds, by the minute in which they began; hour is that of their end';

CREATE TABLE pgtrawl.minute_loads (
  source_id integer NOT NULL,
  hour      timestamptz NOT NULL,
  minute    timestamptz NOT NULL,
  calls     bigint NOT NULL,
  p95_ms    double precision NOT NULL,
  PRIMARY KEY (source_id, minute)
);
CREATE INDEX minute_loads_hour ON pgtrawl.minute_loads (source_id, hour);
COMMENT ON TABLE pgtrawl.minute_loads IS 'Executions of less than five seconds by minute, where there are twenty: 95 of 100 took no longer than p95_ms';

UPDATE pgtrawl.analyzed_hours SET changes = -1 WHERE NOT frozen;

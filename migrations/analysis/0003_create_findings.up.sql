-- Tables for what the analysis finds: plans read, plan changes, regressions, findings over executions.
-- Locks:     nothing that exists: every object is new.
-- Backfills: nothing; 'pgtrawl analyze' fills the tables.
-- Undone by: 0003_create_findings.down.sql.

CREATE TABLE pgtrawl.query_analysis (
  query_id            bigint NOT NULL,
  executed_at         timestamptz NOT NULL,
  log_file_id         bigint NOT NULL,
  log_offset          bigint NOT NULL,
  source_id           integer NOT NULL,
  shape_id            bigint,
  plan_id             bigint,
  dedup_id            bigint,
  planning_time_ms    double precision,
  execution_time_ms   double precision,
  total_cost          double precision,
  root_rows           double precision,
  shared_hit          bigint,
  shared_read         bigint,
  seq_scan_detected   boolean NOT NULL DEFAULT false,
  index_scan_detected boolean NOT NULL DEFAULT false,
  findings            jsonb NOT NULL DEFAULT '[]',
  rules_version       integer NOT NULL DEFAULT 0,
  PRIMARY KEY (query_id, executed_at, log_file_id, log_offset)
);
COMMENT ON TABLE pgtrawl.query_analysis IS 'One row a plan that was analyzed; file and offset are the plan''s';
COMMENT ON COLUMN pgtrawl.query_analysis.plan_id IS 'Equal for plans that do the same; null where the plan could not be read';
COMMENT ON COLUMN pgtrawl.query_analysis.shared_hit IS 'Blocks of the whole plan, as far as it tells them';
CREATE INDEX query_analysis_time ON pgtrawl.query_analysis (source_id, executed_at);
CREATE INDEX query_analysis_plan ON pgtrawl.query_analysis (log_file_id, log_offset);

CREATE TABLE pgtrawl.plan_changes (
  query_id         bigint NOT NULL,
  source_id        integer NOT NULL,
  changed_at       timestamptz NOT NULL,
  from_plan_id     bigint NOT NULL,
  to_plan_id       bigint NOT NULL,
  log_file_id      bigint NOT NULL,
  log_offset       bigint NOT NULL,
  before_runs      bigint NOT NULL,
  after_runs       bigint NOT NULL,
  before_ms        double precision,
  after_ms         double precision,
  ratio            double precision,
  p                double precision,
  evidence         jsonb NOT NULL,
  PRIMARY KEY (query_id, source_id, changed_at, log_file_id, log_offset)
);
COMMENT ON TABLE pgtrawl.plan_changes IS 'That the dominant plan of a query changed, dated to the first plan after the change';
COMMENT ON COLUMN pgtrawl.plan_changes.before_ms IS 'Geometric mean of the executor''s time';

CREATE TABLE pgtrawl.query_regressions (
  query_id         bigint NOT NULL,
  source_id        integer NOT NULL,
  started_at       timestamptz NOT NULL,
  kind             text NOT NULL CHECK (kind IN ('latency', 'plan')),
  before_ms        double precision NOT NULL,
  after_ms         double precision NOT NULL,
  ratio            double precision NOT NULL,
  p                double precision NOT NULL,
  added_ms_per_day double precision NOT NULL,
  share            double precision,
  severity         text NOT NULL,
  cause            text NOT NULL,
  evidence         jsonb NOT NULL,
  PRIMARY KEY (query_id, source_id, started_at, kind)
);
COMMENT ON TABLE pgtrawl.query_regressions IS 'That a query got slower for good: since when, by how much, and why as far as known';
COMMENT ON COLUMN pgtrawl.query_regressions.share IS 'The added time as part of the time of all queries since, 0 to 1';

CREATE TABLE pgtrawl.workload_findings (
  query_id       bigint NOT NULL,
  source_id      integer NOT NULL,
  window_from    timestamptz NOT NULL,
  rule           text NOT NULL,
  window_until   timestamptz NOT NULL,
  severity       text NOT NULL CHECK (severity IN ('info', 'low', 'medium', 'high', 'critical')),
  is_lower_bound boolean NOT NULL,
  cost_ms        double precision,
  summary        text NOT NULL,
  evidence       jsonb NOT NULL,
  PRIMARY KEY (query_id, source_id, window_from, rule)
);
COMMENT ON TABLE pgtrawl.workload_findings IS 'What many executions of a query say together: one row a rule, query, source and window';
COMMENT ON COLUMN pgtrawl.workload_findings.cost_ms IS 'Time of the window that the finding is about; null where it is about none';
CREATE INDEX workload_findings_window ON pgtrawl.workload_findings (source_id, window_from);

-- The core layer: what was captured from the logs.
-- Locks:     nothing that exists: every object is new.
-- Backfills: the row 0 of queries ("no text in the log").
-- Undone by: 0001_create_core.down.sql, which drops every captured row.
--
-- Facts have neither foreign keys, nor triggers, nor unique keys: (log_file_id, log_offset) is unique
-- because a batch and the offset of its file commit together. pgtrawl.verify() checks all of it.

CREATE TABLE pgtrawl.sources (
  id         integer PRIMARY KEY,
  name       text NOT NULL UNIQUE,
  timezones  text[] NOT NULL DEFAULT '{}',
  encoding   text NOT NULL DEFAULT 'LATIN1',
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE pgtrawl.sources IS 'One row a server whose logs are read';

CREATE TABLE pgtrawl.source_settings (
  source_id  integer NOT NULL REFERENCES pgtrawl.sources,
  name       text NOT NULL,
  setting    text,
  unit       text,
  valid_from timestamptz NOT NULL DEFAULT '-infinity',
  origin     text NOT NULL CHECK (origin IN ('file', 'log')),
  PRIMARY KEY (source_id, name, valid_from)
);
COMMENT ON TABLE pgtrawl.source_settings IS 'PostgreSQL settings of a source over time, as far as known';

-- A new file begins at the last epoch, forget takes the next one: an id that forget set free and
-- another file got never has the epoch that a reader of the old file still holds.
CREATE SEQUENCE pgtrawl.epochs AS integer;
SELECT setval('pgtrawl.epochs', 1, true);

CREATE TABLE pgtrawl.log_files (
  id                   bigint PRIMARY KEY,
  source_id            integer NOT NULL REFERENCES pgtrawl.sources,
  path                 text NOT NULL,
  format               text NOT NULL DEFAULT 'csv',
  state                text NOT NULL DEFAULT 'active'
                       CHECK (state IN ('active', 'done', 'incomplete', 'corrupt')),
  epoch                integer NOT NULL,
  committed_offset     bigint NOT NULL DEFAULT 0 CHECK (committed_offset >= 0),
  head_length          integer NOT NULL,
  head_hash            bytea NOT NULL,
  anchor_length        integer NOT NULL,
  anchor_hash          bytea NOT NULL,
  crc                  bigint NOT NULL,
  device               bigint NOT NULL DEFAULT 0,
  inode                bigint NOT NULL DEFAULT 0,
  size_seen            bigint,
  pending_bytes        bigint NOT NULL DEFAULT 0,
  first_log_time       timestamptz,
  last_log_time        timestamptz,
  -- Records and bytes of this file by what became of them.
  records_execution    bigint NOT NULL DEFAULT 0,
  bytes_execution      bigint NOT NULL DEFAULT 0,
  records_plan         bigint NOT NULL DEFAULT 0,
  bytes_plan           bigint NOT NULL DEFAULT 0,
  records_event        bigint NOT NULL DEFAULT 0,
  bytes_event          bigint NOT NULL DEFAULT 0,
  records_open         bigint NOT NULL DEFAULT 0,
  bytes_open           bigint NOT NULL DEFAULT 0,
  records_rejected     bigint NOT NULL DEFAULT 0,
  bytes_rejected       bigint NOT NULL DEFAULT 0,
  -- Rows with this log_file_id and the sums of their offsets: what was deleted, doubled or moved
  -- behind the loader's back shows as a difference.
  execution_rows       bigint NOT NULL DEFAULT 0,
  execution_offset_sum numeric NOT NULL DEFAULT 0,
  plan_rows            bigint NOT NULL DEFAULT 0,
  plan_offset_sum      numeric NOT NULL DEFAULT 0,
  event_rows           bigint NOT NULL DEFAULT 0,
  event_offset_sum     numeric NOT NULL DEFAULT 0,
  reject_rows          bigint NOT NULL DEFAULT 0,
  reject_offset_sum    numeric NOT NULL DEFAULT 0,
  registered_at        timestamptz NOT NULL DEFAULT now(),
  imported_at          timestamptz,
  forgotten_at         timestamptz
) WITH (fillfactor = 50);
COMMENT ON TABLE pgtrawl.log_files IS 'One row a life of a log file (a generation), known by its content';
COMMENT ON COLUMN pgtrawl.log_files.committed_offset IS 'Up to here the decompressed stream is in the store';
COMMENT ON COLUMN pgtrawl.log_files.epoch IS 'Raised by forget: who still reads under the old value loses';
COMMENT ON COLUMN pgtrawl.log_files.forgotten_at IS 'Set while forget is under way; the row goes with the last fact';
CREATE INDEX log_files_source_head ON pgtrawl.log_files (head_hash, source_id);
CREATE INDEX log_files_source_path ON pgtrawl.log_files (source_id, path);

CREATE TABLE pgtrawl.open_sessions (
  source_id     integer NOT NULL,
  session_id    text NOT NULL,
  first_line    bigint NOT NULL,
  last_line     bigint NOT NULL,
  last_time     timestamptz NOT NULL,
  missing_lines bigint NOT NULL DEFAULT 0,
  open_records  integer NOT NULL DEFAULT 0,
  first_file_id bigint NOT NULL,
  log_file_ids  bigint[] NOT NULL,
  text_hashes   bigint[] NOT NULL DEFAULT '{}',
  query_ids     bigint[] NOT NULL DEFAULT '{}',
  state         bytea NOT NULL,
  PRIMARY KEY (source_id, session_id, first_line, first_file_id)
) WITH (fillfactor = 70);
COMMENT ON TABLE pgtrawl.open_sessions IS
  'What the correlator holds: one row a segment, consecutive lines of a session that were read';

CREATE TABLE pgtrawl.queries (
  id                  bigint PRIMARY KEY,
  family              bigint NOT NULL DEFAULT 0,
  identity_version    smallint NOT NULL DEFAULT 1,
  normalized_sql      text NOT NULL,
  raw_example_sql     text,
  example_at          timestamptz,
  example_log_file_id bigint,
  statement_kind      text NOT NULL,
  relations           text[] NOT NULL DEFAULT '{}',
  parse_status        text NOT NULL
                      CHECK (parse_status IN ('parsed', 'lexed', 'truncated', 'oversize')),
  first_seen_at       timestamptz,
  last_seen_at        timestamptz,
  total_executions    bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
COMMENT ON TABLE pgtrawl.queries IS 'What a query is; id is a hash of the canonical text, 0 is "no text in the log"';
INSERT INTO pgtrawl.queries (id, normalized_sql, statement_kind, parse_status) VALUES (0, '', '', 'parsed');

CREATE TABLE pgtrawl.session_contexts (
  id               bigint PRIMARY KEY,
  database_name    text,
  user_name        text,
  application_name text,
  client_addr      text,
  backend_type     text
);
COMMENT ON TABLE pgtrawl.session_contexts IS 'Who asked; id is a hash of the four names';

CREATE TABLE pgtrawl.query_executions (
  query_id        bigint NOT NULL,
  executed_at     timestamptz NOT NULL,
  log_file_id     bigint NOT NULL,
  log_offset      bigint NOT NULL,
  session_line    bigint NOT NULL,
  native_query_id bigint NOT NULL,
  context_id      bigint NOT NULL,
  duration_ms     double precision,
  parse_ms        double precision,
  bind_ms         double precision,
  execute_ms      double precision,
  plan_ms         double precision,
  rows_returned   bigint,
  rows_affected   bigint,
  source_id       integer NOT NULL,
  process_id      integer NOT NULL,
  statements      integer NOT NULL,
  records         integer NOT NULL,
  nesting         smallint NOT NULL,
  settled         boolean NOT NULL,
  transcoded      boolean NOT NULL,
  kind            text NOT NULL,
  protocol        text NOT NULL,
  session_id      text NOT NULL,
  sqlstate        text,
  error           text,
  parameters      text[],
  tags            jsonb
) PARTITION BY RANGE (executed_at);
COMMENT ON TABLE pgtrawl.query_executions IS 'That a query ran: one row an execution';
COMMENT ON COLUMN pgtrawl.query_executions.settled IS 'Nothing can follow that changes the row';
COMMENT ON COLUMN pgtrawl.query_executions.records IS 'Log records folded into it; plans and errors are rows of their own';
COMMENT ON COLUMN pgtrawl.query_executions.transcoded IS 'Some text of it was no UTF-8 in the log';
CREATE INDEX ON pgtrawl.query_executions (query_id, executed_at);
CREATE INDEX ON pgtrawl.query_executions USING brin (log_file_id, log_offset, executed_at);
CREATE INDEX ON pgtrawl.query_executions (source_id, session_id) WHERE NOT settled;

CREATE TABLE pgtrawl.query_plans (
  query_id        bigint NOT NULL,
  executed_at     timestamptz NOT NULL,
  log_file_id     bigint NOT NULL,
  log_offset      bigint NOT NULL,
  session_line    bigint NOT NULL,
  native_query_id bigint NOT NULL,
  shape           bigint NOT NULL,
  plan_ms         double precision NOT NULL,
  source_id       integer NOT NULL,
  nodes           integer NOT NULL,
  nesting         smallint NOT NULL,
  ran             boolean NOT NULL,
  transcoded      boolean NOT NULL,
  format          text NOT NULL,
  session_id      text NOT NULL,
  unfit_reason    text,
  plan            jsonb,
  plan_text       text
) PARTITION BY RANGE (executed_at);
COMMENT ON TABLE pgtrawl.query_plans IS 'Every plan as PostgreSQL wrote it; immutable';
COMMENT ON COLUMN pgtrawl.query_plans.ran IS 'False for a plan that was written but never executed';
COMMENT ON COLUMN pgtrawl.query_plans.plan_text IS
  'The document where it is not JSON, or where jsonb would lose something (unfit_reason says what)';
CREATE INDEX ON pgtrawl.query_plans (query_id, executed_at);
CREATE INDEX ON pgtrawl.query_plans USING brin (log_file_id, log_offset, executed_at);

CREATE TABLE pgtrawl.log_events (
  query_id        bigint NOT NULL,
  occurred_at     timestamptz NOT NULL,
  log_file_id     bigint NOT NULL,
  log_offset      bigint NOT NULL,
  session_line    bigint NOT NULL,
  context_id      bigint NOT NULL,
  source_id       integer NOT NULL,
  process_id      integer NOT NULL,
  records         integer NOT NULL,
  cursor_position integer,
  transcoded      boolean NOT NULL,
  event_class     text NOT NULL,
  severity        text NOT NULL,
  sqlstate        text NOT NULL,
  session_id      text NOT NULL,
  message         text,
  detail          text,
  hint            text,
  context         text,
  location        text,
  fields          jsonb
) PARTITION BY RANGE (occurred_at);
COMMENT ON TABLE pgtrawl.log_events IS 'What is not an execution, and every ERROR, FATAL and PANIC';
CREATE INDEX ON pgtrawl.log_events (query_id, occurred_at);
CREATE INDEX ON pgtrawl.log_events USING brin (log_file_id, log_offset, occurred_at);

CREATE TABLE pgtrawl.plan_links (
  log_file_id           bigint NOT NULL,
  log_offset            bigint NOT NULL,
  execution_log_file_id bigint NOT NULL,
  execution_log_offset  bigint NOT NULL,
  plan_line             bigint NOT NULL,
  execution_line        bigint NOT NULL,
  source_id             integer NOT NULL,
  session_id            text NOT NULL,
  PRIMARY KEY (log_file_id, log_offset)
);
COMMENT ON TABLE pgtrawl.plan_links IS 'Which execution a plan belongs to; file and offset are the plan''s';
COMMENT ON COLUMN pgtrawl.plan_links.execution_log_file_id IS
  'The execution''s file; a session line alone names nothing, as files may overlap';
CREATE INDEX plan_links_execution ON pgtrawl.plan_links (execution_log_file_id, execution_log_offset);

CREATE TABLE pgtrawl.rejected_records (
  log_file_id    bigint NOT NULL REFERENCES pgtrawl.log_files,
  log_offset     bigint NOT NULL,
  length         bigint NOT NULL,
  folded_records integer NOT NULL DEFAULT 0,
  refused_row    text CHECK (refused_row IN ('execution', 'plan', 'event')),
  session_id     text,
  session_line   bigint,
  sqlstate       text,
  reason         text NOT NULL,
  sha256         bytea NOT NULL,
  bytes          bytea,
  rejected_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE pgtrawl.rejected_records IS 'What could not be framed, read or stored';
COMMENT ON COLUMN pgtrawl.rejected_records.bytes IS 'At most the first 64 KiB; null where literals are kept out of the store';
COMMENT ON COLUMN pgtrawl.rejected_records.refused_row IS 'The kind of row that the server refused (sqlstate); null where the log itself was unreadable';
COMMENT ON COLUMN pgtrawl.rejected_records.folded_records IS 'Further records that went into the refused row; they count as records of that kind';
CREATE INDEX rejected_records_file ON pgtrawl.rejected_records (log_file_id, log_offset);

CREATE TABLE pgtrawl.file_gaps (
  log_file_id bigint NOT NULL REFERENCES pgtrawl.log_files,
  from_offset bigint NOT NULL,
  to_offset   bigint CHECK (to_offset > from_offset),
  reason      text NOT NULL,
  noted_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (log_file_id, from_offset)
);
COMMENT ON TABLE pgtrawl.file_gaps IS 'What is known to be lost; to_offset is null where the end is not known';

-- lz4 costs less than pglz where the server has it (14 and later, built with it).
DO $$
BEGIN
  EXECUTE 'ALTER TABLE pgtrawl.query_plans ALTER plan SET COMPRESSION lz4, ALTER plan_text SET COMPRESSION lz4';
EXCEPTION WHEN feature_not_supported OR syntax_error OR invalid_parameter_value THEN NULL;
END $$;

-- Times that no month takes: before 2000 and more than a week ahead.
CREATE TABLE pgtrawl.query_executions_outlier PARTITION OF pgtrawl.query_executions DEFAULT;
CREATE TABLE pgtrawl.query_plans_outlier PARTITION OF pgtrawl.query_plans DEFAULT;
CREATE TABLE pgtrawl.log_events_outlier PARTITION OF pgtrawl.log_events DEFAULT;

-- Makes the partitions of the month (UTC) that holds the day, in all three tables, where they are
-- missing; false if the month is left to the outliers. Runs as the owner, so that the role that
-- loads needs no DDL. CREATE and ATTACH, because PARTITION OF waits for every COPY.
CREATE FUNCTION pgtrawl.ensure_partition(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
DECLARE
  parent   text;
  leaf     text;
  moment   text;
  low      timestamptz := date_trunc('month', day::timestamp) AT TIME ZONE 'UTC';
  high     timestamptz := (date_trunc('month', day::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
  strays   boolean;
BEGIN
  IF low < '2000-01-01 00:00:00+00' OR low > now() + interval '7 days' THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('pgtrawl.ensure_partition', 0));
  FOREACH parent IN ARRAY ARRAY['query_executions', 'query_plans', 'log_events'] LOOP
    leaf := parent || to_char(low AT TIME ZONE 'UTC', '"_y"YYYY"m"MM');
    moment := CASE parent WHEN 'log_events' THEN 'occurred_at' ELSE 'executed_at' END;
    -- A month that was detached and kept is not made anew: its late rows become outliers.
    CONTINUE WHEN to_regclass('pgtrawl.' || leaf) IS NOT NULL;
    EXECUTE format('CREATE TABLE pgtrawl.%I (LIKE pgtrawl.%I INCLUDING ALL)', leaf, parent);
    EXECUTE format('SELECT EXISTS (SELECT FROM pgtrawl.%I WHERE %I >= %L AND %I < %L)',
                   parent || '_outlier', moment, low, moment, high) INTO strays;
    IF strays THEN
      EXECUTE format('LOCK TABLE pgtrawl.%I IN ACCESS EXCLUSIVE MODE', parent || '_outlier');
      EXECUTE format('WITH moved AS (DELETE FROM pgtrawl.%I WHERE %I >= %L AND %I < %L RETURNING *) '
                     'INSERT INTO pgtrawl.%I SELECT * FROM moved',
                     parent || '_outlier', moment, low, moment, high, leaf);
    END IF;
    EXECUTE format('ALTER TABLE pgtrawl.%I ATTACH PARTITION pgtrawl.%I FOR VALUES FROM (%L) TO (%L)',
                   parent, leaf, low, high);
  END LOOP;
  RETURN true;
END $$;
REVOKE ALL ON FUNCTION pgtrawl.ensure_partition(date) FROM PUBLIC;

-- Brings first_seen_at and last_seen_at of queries in line with their rows, and deletes the queries
-- that no row and no open session refers to any more. Locks the queries first, in order: a load that
-- commits rows of them later adds its own times after that.
CREATE FUNCTION pgtrawl.refresh_queries(ids bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
BEGIN
  PERFORM FROM queries q WHERE q.id = ANY (ids) ORDER BY q.id FOR UPDATE;
  UPDATE queries q SET first_seen_at = n.low, last_seen_at = n.high
  FROM (
    SELECT i.id,
           least((SELECT min(e.executed_at) FROM query_executions e WHERE e.query_id = i.id),
                 (SELECT min(p.executed_at) FROM query_plans p WHERE p.query_id = i.id),
                 (SELECT min(v.occurred_at) FROM log_events v WHERE v.query_id = i.id)) AS low,
           greatest((SELECT max(e.executed_at) FROM query_executions e WHERE e.query_id = i.id),
                    (SELECT max(p.executed_at) FROM query_plans p WHERE p.query_id = i.id),
                    (SELECT max(v.occurred_at) FROM log_events v WHERE v.query_id = i.id)) AS high
    FROM (SELECT DISTINCT unnest(ids) AS id) i WHERE i.id <> 0
  ) n
  WHERE q.id = n.id AND (q.first_seen_at, q.last_seen_at) IS DISTINCT FROM (n.low, n.high);
  DELETE FROM queries q
  WHERE q.id = ANY (ids) AND q.id <> 0 AND q.first_seen_at IS NULL AND q.total_executions = 0
    AND q.id NOT IN (SELECT unnest(o.query_ids) FROM open_sessions o);
END $$;
REVOKE ALL ON FUNCTION pgtrawl.refresh_queries(bigint[]) FROM PUBLIC;

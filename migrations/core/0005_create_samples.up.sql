-- Real statements: for each query the first, the slowest of each day, and every one that failed.
-- Locks:     EXCLUSIVE on log_files until the end: loads wait, so that no execution is left out.
-- Backfills: the samples of all executions, without their texts, which are only in the logs.
-- Undone by: 0005_create_samples.down.sql, which drops the texts; what comes back is as the backfill.

LOCK TABLE pgtrawl.log_files IN EXCLUSIVE MODE;

CREATE TABLE pgtrawl.query_samples (
  query_id     bigint NOT NULL,
  executed_at  timestamptz NOT NULL,
  log_file_id  bigint NOT NULL,
  log_offset   bigint NOT NULL,
  session_line bigint NOT NULL,
  duration_ms  double precision,
  source_id    integer NOT NULL,
  sql_bytes    integer,
  day          date NOT NULL GENERATED ALWAYS AS ((executed_at AT TIME ZONE 'UTC')::date) STORED,
  settled      boolean NOT NULL,
  tentative    boolean NOT NULL DEFAULT false,
  competes     boolean NOT NULL GENERATED ALWAYS AS (settled AND sqlstate IS NULL AND NOT tentative) STORED,
  session_id   text NOT NULL,
  sqlstate     text,
  sql          text,
  parameters   text[],
  PRIMARY KEY (query_id, executed_at, log_file_id, log_offset)
);
COMMENT ON TABLE pgtrawl.query_samples IS
  'Real statements. Of each query and source: the first execution, the slowest five of each day (UTC), every one that failed, and those that later records may still change. Which rows stand depends on the stored executions alone; what follows the text is copied from them';
COMMENT ON COLUMN pgtrawl.query_samples.log_offset IS
  'With log_file_id the execution''s id; a sample comes, changes and goes with its execution';
COMMENT ON COLUMN pgtrawl.query_samples.tentative IS
  'The beginning of its session was not read yet: when it is, the execution can turn out to be part of another. Until then it stands beside the others and takes no place from them';
COMMENT ON COLUMN pgtrawl.query_samples.sql IS
  'The statement as the log has it, without credentials, at most 16 KiB; of EXECUTE the prepared one. Null where --samples kept it out, and where the execution became a sample only after forget took another: the text is in the log alone then, and import --again of its file brings it';
COMMENT ON COLUMN pgtrawl.query_samples.sql_bytes IS 'Length of the whole statement in bytes';
COMMENT ON COLUMN pgtrawl.query_samples.parameters IS
  'At most 16 KiB: of a longer list each value''s first 1000 characters, and as many values as fit; query_executions has them whole';
CREATE INDEX query_samples_succeeded ON pgtrawl.query_samples (query_id, source_id, day, executed_at)
  WHERE competes;
CREATE INDEX query_samples_open ON pgtrawl.query_samples (source_id) WHERE NOT settled;
CREATE INDEX query_samples_file ON pgtrawl.query_samples USING brin (log_file_id);

-- How many of a query's slowest executions of a day are kept; the loader knows the number, too.
CREATE FUNCTION pgtrawl.slow_samples_max() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 5';

-- A list of parameters, cut to what a sample holds.
CREATE FUNCTION pgtrawl.sample_parameters(list text[]) RETURNS text[]
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
SELECT CASE WHEN octet_length(array_to_string(list, ',', '')) <= 16384 THEN list ELSE (
  SELECT array_agg(w.v ORDER BY w.i) FROM (
    SELECT c.i, c.v, sum(coalesce(octet_length(c.v), 0) + 1) OVER (ORDER BY c.i) AS total
    FROM (SELECT p.i, CASE WHEN length(p.v) > 1000 THEN left(p.v, 1000) || '...' ELSE p.v END AS v
          FROM unnest(list) WITH ORDINALITY p (v, i)) c) w
  WHERE w.total <= 16384) END
$$;

-- The first sample of each of the queries, of those that succeeded.
CREATE FUNCTION pgtrawl.first_samples(source integer, queries bigint[])
RETURNS SETOF pgtrawl.query_samples
LANGUAGE sql STABLE SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
SELECT f.* FROM (SELECT DISTINCT unnest(queries) AS id) q
CROSS JOIN LATERAL (
  SELECT s.* FROM query_samples s
  WHERE s.query_id = q.id AND s.source_id = source AND s.competes
  ORDER BY s.day, s.executed_at, s.session_id COLLATE "C", s.session_line, s.log_offset, s.log_file_id
  LIMIT 1) f
$$;

-- Deletes the samples of these queries and days that succeeded and are neither the query's first nor
-- among the slowest of the day. The caller holds the rows of the queries: two loads that both add to
-- a day cannot both overlook what the other brings.
CREATE FUNCTION pgtrawl.prune_samples(source integer, queries bigint[], days date[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pgtrawl, pg_temp
SET enable_seqscan = off AS $$
BEGIN
  WITH firsts AS MATERIALIZED (
    SELECT f.query_id, f.log_file_id, f.log_offset FROM first_samples(source, queries) f
  ), ranked AS (
    SELECT x.query_id, x.executed_at, x.log_file_id, x.log_offset, x.duration_ms,
      row_number() OVER (PARTITION BY x.query_id, x.day
        ORDER BY x.duration_ms DESC NULLS LAST, x.executed_at, x.session_id COLLATE "C",
          x.session_line, x.log_offset, x.log_file_id) AS nth
    FROM (SELECT DISTINCT u.query, u.day FROM unnest(queries, days) u (query, day)) g
    -- LATERAL: for a table that it takes for small the planner would read the whole index each time.
    CROSS JOIN LATERAL (
      SELECT s.* FROM query_samples s
      WHERE s.query_id = g.query AND s.source_id = source AND s.day = g.day AND s.competes
      OFFSET 0) x
  )
  DELETE FROM query_samples s USING ranked r
  WHERE (r.nth > slow_samples_max() OR r.duration_ms IS NULL)
    AND s.query_id = r.query_id AND s.executed_at = r.executed_at AND s.log_file_id = r.log_file_id
    AND s.log_offset = r.log_offset
    AND NOT EXISTS (SELECT FROM firsts f WHERE f.query_id = r.query_id
                    AND f.log_file_id = r.log_file_id AND f.log_offset = r.log_offset);
END $$;

-- Adds the samples that these queries and days lack, without texts: after rows were taken away. The
-- caller holds the rows of the queries.
CREATE FUNCTION pgtrawl.refill_samples(source integer, queries bigint[], days date[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pgtrawl, pg_temp
SET enable_seqscan = off AS $$
DECLARE
  going bigint[] := ARRAY(SELECT f.id FROM log_files f WHERE f.forgotten_at IS NOT NULL);
BEGIN
  INSERT INTO query_samples (query_id, executed_at, log_file_id, log_offset, session_line, duration_ms,
    source_id, settled, session_id, sqlstate, parameters)
  SELECT e.query_id, e.executed_at, e.log_file_id, e.log_offset, e.session_line, e.duration_ms,
    e.source_id, e.settled, e.session_id, e.sqlstate, sample_parameters(e.parameters)
  FROM (
    SELECT slow.* FROM (SELECT DISTINCT u.query, u.day FROM unnest(queries, days) u (query, day)) g
    CROSS JOIN LATERAL (
      SELECT e.* FROM query_executions e
      WHERE e.query_id = g.query AND e.source_id = source
        AND e.executed_at >= g.day::timestamp AT TIME ZONE 'UTC'
        AND e.executed_at < (g.day + 1)::timestamp AT TIME ZONE 'UTC'
        AND e.settled AND e.sqlstate IS NULL AND e.duration_ms IS NOT NULL
        AND e.log_file_id <> ALL (going) AND NOT EXISTS (
          SELECT FROM query_samples t WHERE t.query_id = e.query_id AND t.executed_at = e.executed_at
            AND t.log_file_id = e.log_file_id AND t.log_offset = e.log_offset AND t.tentative)
      ORDER BY e.duration_ms DESC, e.executed_at, e.session_id COLLATE "C", e.session_line,
        e.log_offset, e.log_file_id
      LIMIT slow_samples_max()) slow
    UNION ALL
    SELECT early.* FROM (SELECT DISTINCT unnest(queries) AS query) q
    CROSS JOIN LATERAL (
      SELECT e.* FROM query_executions e
      WHERE e.query_id = q.query AND e.source_id = source AND e.settled AND e.sqlstate IS NULL
        AND e.log_file_id <> ALL (going) AND NOT EXISTS (
          SELECT FROM query_samples t WHERE t.query_id = e.query_id AND t.executed_at = e.executed_at
            AND t.log_file_id = e.log_file_id AND t.log_offset = e.log_offset AND t.tentative)
      ORDER BY e.executed_at, e.session_id COLLATE "C", e.session_line, e.log_offset, e.log_file_id
      LIMIT 1) early
  ) e
  WHERE e.query_id <> 0
  ON CONFLICT DO NOTHING;
END $$;

-- What a load adds. `queries` to `lengths`: executions that may become samples, as they stand in
-- query_executions now, with their texts where the load has them: all that are not settled or failed,
-- and of those that `compete` the first and slowest of the load, with their durations.
-- `held_files`, `held_offsets`: where a sample stands among the last four that has the text. The last
-- four: rows that were changed or turned out not to be, as they stood before. The `sure` ones are no
-- longer tentative. The caller holds the
-- rows of the queries.
CREATE FUNCTION pgtrawl.write_samples(
  source integer, queries bigint[], times timestamptz[], files bigint[], offsets bigint[],
  texts text[], lengths bigint[], compete bigint[], durations double precision[],
  tentative bigint[], held_files bigint[], held_offsets bigint[],
  sure_queries bigint[], sure_times timestamptz[], sure_files bigint[], sure_offsets bigint[],
  gone_queries bigint[], gone_times timestamptz[], gone_files bigint[], gone_offsets bigint[]
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pgtrawl, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  held   record;
  firsts record;
  added  record;
  sure   record;
  low    timestamptz;
  high   timestamptz;
BEGIN
  IF cardinality(gone_queries) > 0 THEN
    WITH gone AS (
      DELETE FROM query_samples s
      USING unnest(gone_queries, gone_times, gone_files, gone_offsets) g (query, at, file, off)
      WHERE s.query_id = g.query AND s.executed_at = g.at AND s.log_file_id = g.file
        AND s.log_offset = g.off
      RETURNING s.log_file_id, s.log_offset, s.sql, s.sql_bytes, s.query_id, s.day,
        s.competes AS competed
    )
    SELECT array_agg(log_file_id) AS files, array_agg(log_offset) AS offsets, array_agg(sql) AS texts,
      array_agg(sql_bytes) AS lengths,
      array_agg(query_id) FILTER (WHERE competed) AS freed_queries,
      array_agg(day) FILTER (WHERE competed) AS freed_days INTO held FROM gone;
  ELSE
    SELECT NULL::bigint[] AS files, NULL::bigint[] AS offsets, NULL::text[] AS texts,
      NULL::integer[] AS lengths, NULL::bigint[] AS freed_queries, NULL::date[] AS freed_days INTO held;
  END IF;
  SELECT array_agg(f.query_id) AS queries, array_agg(f.executed_at) AS times, array_agg(f.day) AS days
  INTO firsts FROM first_samples(source, queries) f;
  SELECT min(t), max(t) INTO low, high FROM unnest(times) t;
  -- Most of what competes is beaten by what stands: it is left out before its row is looked up.
  WITH c AS MATERIALIZED (
    SELECT c.*, (c.at AT TIME ZONE 'UTC')::date AS day
    FROM unnest(queries, times, files, offsets, texts, lengths, compete, durations, tentative, held_files,
        held_offsets)
      c (query, at, file, off, sql, length, competes, duration, tentative, held_file, held_off)
    WHERE c.query <> 0
  ), bars AS (
    SELECT g.query, g.day, l.duration_ms AS duration, l.executed_at AS at
    FROM (SELECT DISTINCT c.query, c.day FROM c WHERE c.competes = 1) g
    CROSS JOIN LATERAL (
      SELECT s.duration_ms, s.executed_at FROM query_samples s
      WHERE s.query_id = g.query AND s.source_id = source AND s.day = g.day AND s.competes
      ORDER BY s.duration_ms DESC NULLS LAST, s.executed_at
      OFFSET slow_samples_max() - 1 LIMIT 1) l
  ), chosen AS MATERIALIZED (
    SELECT c.* FROM c
    LEFT JOIN bars b ON b.query = c.query AND b.day = c.day
    LEFT JOIN unnest(firsts.queries, firsts.times) f (query, at) ON f.query = c.query
    WHERE c.competes IS DISTINCT FROM 1 OR b.duration IS NULL OR f.query IS NULL OR c.at <= f.at
      OR (-c.duration, c.at) <= (-b.duration, b.at)
  ), made AS (
    INSERT INTO query_samples AS s (query_id, executed_at, log_file_id, log_offset, session_line,
      duration_ms, source_id, sql_bytes, settled, tentative, session_id, sqlstate, sql, parameters)
    SELECT e.query_id, e.executed_at, e.log_file_id, e.log_offset, e.session_line, e.duration_ms,
      e.source_id, CASE WHEN c.sql IS NULL THEN h.length ELSE c.length END, e.settled,
      coalesce(c.tentative, 0) = 1, e.session_id,
      e.sqlstate, coalesce(c.sql, h.sql),
      CASE WHEN octet_length(array_to_string(e.parameters, ',', '')) <= 16384 THEN e.parameters
           ELSE sample_parameters(e.parameters) END
    FROM chosen c
    JOIN query_executions e ON e.query_id = c.query AND e.executed_at = c.at
      AND e.log_file_id = c.file AND e.log_offset = c.off AND e.executed_at BETWEEN low AND high
    LEFT JOIN unnest(held.files, held.offsets, held.texts, held.lengths) h (file, off, sql, length)
      ON h.file = c.held_file AND h.off = c.held_off
    ON CONFLICT DO NOTHING
    RETURNING s.query_id, s.day, s.executed_at, s.competes
  ), places AS (
    SELECT m.query_id, m.day FROM made m WHERE m.competes
    UNION
    -- A first that an earlier one follows may be one of its day's slowest, or go.
    SELECT f.query, f.day FROM unnest(firsts.queries, firsts.times, firsts.days) f (query, at, day)
    JOIN made m ON m.query_id = f.query AND m.competes AND m.executed_at <= f.at
  )
  SELECT array_agg(p.query_id) AS queries, array_agg(p.day) AS days INTO added FROM places p;
  WITH u AS (
    UPDATE query_samples s SET tentative = false
    FROM unnest(sure_queries, sure_times, sure_files, sure_offsets) t (query, at, file, off)
    WHERE s.query_id = t.query AND s.executed_at = t.at AND s.log_file_id = t.file
      AND s.log_offset = t.off AND s.tentative
    RETURNING s.query_id, s.day
  ), f AS (
    SELECT f.query_id, f.day FROM first_samples(source, sure_queries) f
  )
  SELECT array_agg(x.query_id) AS queries, array_agg(x.day) AS days INTO sure
  FROM (SELECT * FROM u UNION SELECT f.* FROM f WHERE EXISTS (SELECT FROM u)) x;
  IF held.freed_queries IS NOT NULL THEN
    -- A settled row was changed or taken back: the next best takes its place.
    PERFORM refill_samples(source, held.freed_queries, held.freed_days);
  END IF;
  IF added.queries IS NOT NULL OR held.freed_queries IS NOT NULL OR sure.queries IS NOT NULL THEN
    PERFORM prune_samples(source, added.queries || held.freed_queries || sure.queries,
                          added.days || held.freed_days || sure.days);
  END IF;
END $$;

-- Takes back the samples of a file that forget has begun with, brings those in line that it settled,
-- and lets the next best of the other files take their places.
CREATE FUNCTION pgtrawl.forget_samples(file bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
DECLARE
  source  integer := (SELECT f.source_id FROM log_files f WHERE f.id = file);
  touched bigint[] := ARRAY(SELECT DISTINCT s.query_id FROM query_samples s
                            WHERE s.log_file_id = file OR s.source_id = source AND NOT s.settled);
  firsts  record;
  gone    record;
  closed  record;
BEGIN
  PERFORM FROM queries q WHERE q.id = ANY (touched) ORDER BY q.id FOR UPDATE;
  SELECT array_agg(f.query_id) AS queries, array_agg(f.day) AS days INTO firsts
  FROM first_samples(source, touched) f;
  WITH d AS (DELETE FROM query_samples s WHERE s.log_file_id = file RETURNING *)
  SELECT array_agg(g.query_id) AS queries, array_agg(g.day) AS days INTO gone
  FROM (SELECT DISTINCT d.query_id, d.day FROM d WHERE d.competes) g;
  WITH u AS (
    UPDATE query_samples s SET settled = true FROM query_executions e
    WHERE NOT s.settled AND s.source_id = source AND e.settled AND e.query_id = s.query_id
      AND e.executed_at = s.executed_at AND e.log_file_id = s.log_file_id
      AND e.log_offset = s.log_offset
    RETURNING s.query_id, s.day
  )
  SELECT array_agg(u.query_id) AS queries, array_agg(u.day) AS days INTO closed FROM u;
  IF gone.queries IS NOT NULL THEN
    PERFORM refill_samples(source, gone.queries, gone.days);
  END IF;
  PERFORM prune_samples(
    source, gone.queries || closed.queries || firsts.queries, gone.days || closed.days || firsts.days);
END $$;

-- As before; the executions that plans of other files become by it get their samples, too.
ALTER FUNCTION pgtrawl.forget_range(bigint, bigint, bigint) RENAME TO forget_facts;
CREATE FUNCTION pgtrawl.forget_range(file bigint, low bigint, high bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
DECLARE
  alone record;
  gone  bigint;
BEGIN
  SELECT array_agg(p.query_id) AS queries, array_agg(p.executed_at) AS times,
    array_agg(p.log_file_id) AS files, array_agg(p.log_offset) AS offsets, min(p.source_id) AS source
  INTO alone
  FROM plan_links x JOIN query_plans p ON p.log_file_id = x.log_file_id AND p.log_offset = x.log_offset
  WHERE x.execution_log_file_id = file AND x.execution_log_offset >= low
    AND x.execution_log_offset < high AND x.log_file_id <> file;
  gone := forget_facts(file, low, high);
  IF alone.queries IS NOT NULL THEN
    PERFORM write_samples(alone.source, alone.queries, alone.times, alone.files, alone.offsets,
                          '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
                          '{}', '{}', '{}', '{}', '{}');
  END IF;
  RETURN gone;
END $$;

CREATE VIEW pgtrawl.samples AS
SELECT s.log_file_id || '-' || s.log_offset AS id, r.name AS source, s.query_id, s.executed_at,
       array_remove(ARRAY[
         CASE WHEN NOT s.settled OR s.tentative THEN 'open' END,
         CASE WHEN s.settled AND s.sqlstate IS NOT NULL THEN 'failed' END,
         CASE WHEN s.competes AND s.nth_in_time = 1 THEN 'first' END,
         CASE WHEN s.competes AND s.duration_ms IS NOT NULL
                AND s.nth_slowest <= pgtrawl.slow_samples_max() THEN 'slow' END], NULL) AS reasons,
       s.duration_ms, s.sqlstate, e.error, s.sql, s.sql_bytes, s.parameters, c.database_name,
       c.user_name, c.application_name, c.client_addr, s.session_id, s.session_line, s.source_id,
       s.log_file_id, s.log_offset
FROM (
  SELECT x.*,
    row_number() OVER (PARTITION BY x.query_id, x.source_id, x.competes
      ORDER BY x.executed_at, x.session_id COLLATE "C", x.session_line, x.log_offset,
        x.log_file_id) AS nth_in_time,
    row_number() OVER (PARTITION BY x.query_id, x.source_id, x.competes, x.day
      ORDER BY x.duration_ms DESC NULLS LAST, x.executed_at, x.session_id COLLATE "C",
        x.session_line, x.log_offset, x.log_file_id) AS nth_slowest
  FROM pgtrawl.query_samples x
) s
JOIN pgtrawl.sources r ON r.id = s.source_id
LEFT JOIN pgtrawl.query_executions e ON e.query_id = s.query_id AND e.executed_at = s.executed_at
  AND e.log_file_id = s.log_file_id AND e.log_offset = s.log_offset
LEFT JOIN pgtrawl.session_contexts c ON c.id = e.context_id;
COMMENT ON VIEW pgtrawl.samples IS
  'query_samples with names, the error, and why they stand: first, slow, failed, open';

-- Whether the samples are those that the executions ask for. A day's samples give the bar that no
-- other execution may be above: the executions are read once and not sorted.
CREATE FUNCTION pgtrawl.verify_samples()
RETURNS TABLE ("check" text, source text, log_file_id bigint, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pgtrawl, pg_temp
SET jit = off SET work_mem = '64MB' AS $$
WITH e AS NOT MATERIALIZED (
  SELECT e.query_id, e.executed_at, e.log_file_id, e.log_offset, e.session_line, e.duration_ms,
    e.source_id, e.settled, e.session_id, e.sqlstate, (e.executed_at AT TIME ZONE 'UTC')::date AS day
  FROM query_executions e
  WHERE e.query_id <> 0
    AND e.log_file_id NOT IN (SELECT f.id FROM log_files f WHERE f.forgotten_at IS NOT NULL)
), ranked AS (
  SELECT s.*, row_number() OVER (PARTITION BY s.query_id, s.source_id
      ORDER BY s.executed_at, s.session_id COLLATE "C", s.session_line, s.log_offset,
        s.log_file_id) AS nth_in_time,
    row_number() OVER (PARTITION BY s.query_id, s.source_id, s.day
      ORDER BY s.duration_ms DESC NULLS LAST, s.executed_at, s.session_id COLLATE "C",
        s.session_line, s.log_offset, s.log_file_id) AS nth_slowest
  FROM query_samples s WHERE s.competes
), bar AS (
  SELECT * FROM ranked WHERE nth_slowest = slow_samples_max() AND duration_ms IS NOT NULL
), wanted AS (
  SELECT e.* FROM e
  LEFT JOIN bar b ON b.query_id = e.query_id AND b.source_id = e.source_id AND b.day = e.day
  LEFT JOIN ranked f ON f.query_id = e.query_id AND f.source_id = e.source_id AND f.nth_in_time = 1
  WHERE NOT e.settled OR e.sqlstate IS NOT NULL OR f.query_id IS NULL
    OR (e.executed_at, e.session_id COLLATE "C", e.session_line, e.log_offset, e.log_file_id)
     < (f.executed_at, f.session_id COLLATE "C", f.session_line, f.log_offset, f.log_file_id)
    OR e.duration_ms IS NOT NULL AND (b.query_id IS NULL
      OR (-e.duration_ms, e.executed_at, e.session_id COLLATE "C", e.session_line, e.log_offset,
          e.log_file_id)
       < (-b.duration_ms, b.executed_at, b.session_id COLLATE "C", b.session_line, b.log_offset,
          b.log_file_id))
)
SELECT 'sample missing', r.name, w.log_file_id,
       format('execution %s-%s of query %s', w.log_file_id, w.log_offset, w.query_id)
FROM wanted w LEFT JOIN sources r ON r.id = w.source_id
LEFT JOIN query_samples s ON s.query_id = w.query_id AND s.executed_at = w.executed_at
  AND s.log_file_id = w.log_file_id AND s.log_offset = w.log_offset
WHERE s.query_id IS NULL
UNION ALL
SELECT 'sample without execution', r.name, s.log_file_id,
       format('sample %s-%s of query %s', s.log_file_id, s.log_offset, s.query_id)
FROM query_samples s LEFT JOIN sources r ON r.id = s.source_id
LEFT JOIN e ON e.query_id = s.query_id AND e.executed_at = s.executed_at
  AND e.log_file_id = s.log_file_id AND e.log_offset = s.log_offset
WHERE (e.source_id, e.session_id, e.session_line, e.duration_ms, e.sqlstate, e.settled)
  IS DISTINCT FROM (s.source_id, s.session_id, s.session_line, s.duration_ms, s.sqlstate, s.settled)
UNION ALL
SELECT 'sample not wanted', r.name, s.log_file_id,
       format('sample %s-%s of query %s is neither the first nor one of the slowest', s.log_file_id,
              s.log_offset, s.query_id)
FROM ranked s LEFT JOIN sources r ON r.id = s.source_id
WHERE s.nth_in_time > 1 AND (s.nth_slowest > slow_samples_max() OR s.duration_ms IS NULL)
$$;

ALTER FUNCTION pgtrawl.verify() RENAME TO verify_facts;
COMMENT ON FUNCTION pgtrawl.verify_facts() IS 'The part of verify() that is about rows, files and totals';
CREATE FUNCTION pgtrawl.verify()
RETURNS TABLE ("check" text, source text, log_file_id bigint, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
SELECT * FROM verify_facts() UNION ALL SELECT * FROM verify_samples()
$$;
COMMENT ON FUNCTION pgtrawl.verify() IS 'One row a breach of the invariants, none on a healthy store';

REVOKE ALL ON FUNCTION pgtrawl.prune_samples(integer, bigint[], date[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgtrawl.refill_samples(integer, bigint[], date[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgtrawl.write_samples(
  integer, bigint[], timestamptz[], bigint[], bigint[], text[], bigint[], bigint[],
  double precision[], bigint[], bigint[], bigint[], bigint[], timestamptz[], bigint[], bigint[],
  bigint[], timestamptz[], bigint[], bigint[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgtrawl.forget_samples(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgtrawl.forget_range(bigint, bigint, bigint) FROM PUBLIC;

INSERT INTO pgtrawl.query_samples (query_id, executed_at, log_file_id, log_offset, session_line,
  duration_ms, source_id, settled, session_id, sqlstate, parameters)
SELECT e.query_id, e.executed_at, e.log_file_id, e.log_offset, e.session_line, e.duration_ms,
  e.source_id, e.settled, e.session_id, e.sqlstate, pgtrawl.sample_parameters(e.parameters)
FROM (
  SELECT x.*, x.settled AND x.sqlstate IS NULL AS competes,
    row_number() OVER (PARTITION BY x.query_id, x.source_id, x.settled AND x.sqlstate IS NULL
      ORDER BY x.executed_at, x.session_id COLLATE "C", x.session_line, x.log_offset,
        x.log_file_id) AS nth_in_time,
    row_number() OVER (PARTITION BY x.query_id, x.source_id, x.settled AND x.sqlstate IS NULL,
      (x.executed_at AT TIME ZONE 'UTC')::date
      ORDER BY x.duration_ms DESC NULLS LAST, x.executed_at, x.session_id COLLATE "C",
        x.session_line, x.log_offset, x.log_file_id) AS nth_slowest
  FROM pgtrawl.query_executions x
  WHERE x.query_id <> 0
    AND x.log_file_id NOT IN (SELECT f.id FROM pgtrawl.log_files f WHERE f.forgotten_at IS NOT NULL)
) e
WHERE NOT e.competes OR e.nth_in_time = 1
  OR e.nth_slowest <= pgtrawl.slow_samples_max() AND e.duration_ms IS NOT NULL
-- Rows that stand twice are for verify() to tell.
ON CONFLICT DO NOTHING;

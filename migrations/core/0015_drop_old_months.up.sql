-- Retention: months whose rows are dropped, and what is remembered of them, so that files, totals and times still
-- add up and forget takes back what a file had brought.
-- Locks:     nothing that exists: tables are new, functions are replaced.
-- Backfills: queries that only sessions which were given up or forgotten waited for are deleted.
-- Undone by: 0015_drop_old_months.down.sql.

CREATE TABLE pgtrawl.dropped_rows (
  log_file_id bigint NOT NULL,
  facts       text NOT NULL CHECK (facts IN ('query_executions', 'query_plans', 'log_events')),
  rows        bigint NOT NULL,
  offset_sum  numeric NOT NULL,
  records     bigint NOT NULL,
  PRIMARY KEY (log_file_id, facts)
);
COMMENT ON TABLE pgtrawl.dropped_rows IS 'Rows of a file that retention dropped: how many, with which sum of offsets, of how many records';

CREATE TABLE pgtrawl.dropped_queries (
  query_id    bigint NOT NULL,
  log_file_id bigint NOT NULL,
  executions  bigint NOT NULL,
  first_at    timestamptz NOT NULL,
  last_at     timestamptz NOT NULL,
  PRIMARY KEY (query_id, log_file_id)
);
COMMENT ON TABLE pgtrawl.dropped_queries IS
  'What a file''s dropped rows had been to a query: queries.total_executions and its times go on counting them';
CREATE INDEX dropped_queries_file ON pgtrawl.dropped_queries (log_file_id);

-- The months (UTC) whose partitions end at or before `before`, earliest first. The partition of outliers is none.
CREATE FUNCTION pgtrawl.old_months(before timestamptz)
RETURNS TABLE (month date, row_estimate bigint, bytes bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
SELECT m.month, sum(greatest(m.reltuples, 0))::bigint, sum(pg_total_relation_size(m.leaf))::bigint
FROM (
  SELECT c.oid AS leaf, c.reltuples, make_date(p.part[1]::int, p.part[2]::int, 1) AS month
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  CROSS JOIN LATERAL regexp_match(c.relname, '_y(\d{4,})m(\d\d)$') p (part)
  WHERE p.part IS NOT NULL
    AND i.inhparent IN ('query_executions'::regclass, 'query_plans'::regclass, 'log_events'::regclass)
) m
WHERE (m.month + interval '1 month') AT TIME ZONE 'UTC' <= before
GROUP BY 1 ORDER BY 1
$$;

-- Brings rows of whole months before `before` that are among the outliers, because whoever loaded them did not know
-- that their month had been dropped, into partitions of their own.
CREATE FUNCTION pgtrawl.gather_strays(before timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
BEGIN
  PERFORM ensure_partition(m.month) FROM (
    SELECT date_trunc('month', u.at AT TIME ZONE 'UTC')::date AS month FROM (
      SELECT e.executed_at AS at FROM query_executions_outlier e
      UNION ALL SELECT p.executed_at FROM query_plans_outlier p
      UNION ALL SELECT v.occurred_at FROM log_events_outlier v
    ) u WHERE u.at >= '2000-01-01 00:00:00+00' AND u.at < before
    GROUP BY 1
  ) m WHERE (m.month + interval '1 month') AT TIME ZONE 'UTC' <= before;
END $$;

-- The partition of one of the three tables for the month that holds the day; null where there is none.
CREATE FUNCTION pgtrawl.month_partition(parent regclass, day date) RETURNS regclass
LANGUAGE sql STABLE SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
SELECT i.inhrelid::regclass FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = parent
  AND c.relname = (SELECT p.relname FROM pg_class p WHERE p.oid = parent) || to_char(day, '"_y"YYYY"m"MM')
$$;

-- Nobody adds, changes or removes rows of the month that holds the day until the transaction ends; they can be
-- read, and other months be written.
CREATE FUNCTION pgtrawl.hold_month(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
DECLARE
  leaf regclass;
BEGIN
  FOREACH leaf IN ARRAY ARRAY[month_partition('query_executions', day),
                              month_partition('query_plans', day), month_partition('log_events', day)] LOOP
    CONTINUE WHEN leaf IS NULL;
    EXECUTE format('LOCK TABLE %s IN SHARE MODE', leaf);
  END LOOP;
END $$;

-- Gives sessions up: what is open in them is settled as it is, and the lines that they miss are counted for their
-- files; queries that only they waited for go. The caller holds the rows of the source's files. The number of segments.
CREATE FUNCTION pgtrawl.give_up_sessions(source integer, idle text[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
DECLARE
  touched bigint[];
  waited  bigint[];
  settled record;
  freed   record;
  gone    bigint;
BEGIN
  IF coalesce(cardinality(idle), 0) = 0 THEN
    RETURN 0;
  END IF;

  WITH u AS (
    UPDATE query_executions e SET settled = true
    WHERE NOT e.settled AND e.source_id = source AND e.session_id = ANY (idle)
    RETURNING e.query_id, e.nesting, e.log_file_id, e.executed_at
  )
  SELECT array_agg(u.query_id) AS queries, array_agg(u.query_id) FILTER (WHERE u.nesting = 0) AS counted,
    array_agg(u.log_file_id) AS files, array_agg(u.executed_at) AS times INTO settled FROM u;
  touched := settled.queries || ARRAY(
    SELECT DISTINCT p.query_id FROM query_samples p
    WHERE p.source_id = source AND p.session_id = ANY (idle) AND (p.tentative OR NOT p.settled));
  waited := ARRAY(
    SELECT q.id FROM queries q WHERE q.first_seen_at IS NULL AND q.id <> 0 AND q.id IN (
      SELECT unnest(o.query_ids) FROM open_sessions o
      WHERE o.source_id = source AND o.session_id = ANY (idle)));
  PERFORM FROM queries q WHERE q.id = ANY (touched || waited) ORDER BY q.id FOR UPDATE;
  IF settled.queries IS NOT NULL THEN
    UPDATE queries q SET total_executions = q.total_executions + m.n
    FROM (SELECT c AS id, count(*) AS n FROM unnest(settled.counted) c GROUP BY 1) m WHERE q.id = m.id;
    PERFORM touch_hours(source, settled.files, settled.times);
  END IF;
  IF cardinality(touched) > 0 THEN
    WITH u AS (
      UPDATE query_samples p SET settled = true, tentative = false
      WHERE p.source_id = source AND p.session_id = ANY (idle) AND p.query_id = ANY (touched)
        AND (p.tentative OR NOT p.settled)
      RETURNING p.query_id, p.day
    ), f AS (
      SELECT f.query_id, f.day FROM first_samples(source, touched) f
    ), t AS (
      SELECT * FROM u UNION SELECT * FROM f
    )
    SELECT array_agg(t.query_id) AS queries, array_agg(t.day) AS days INTO freed FROM t;
    PERFORM prune_samples(source, freed.queries, freed.days);
  END IF;

  WITH hole AS MATERIALIZED (
    SELECT h.log_file_id, date_trunc('hour', h.ended_at, 'UTC') AS hour, sum(h.lines) AS lines
    FROM session_holes h JOIN log_files f ON f.id = h.log_file_id
    WHERE h.source_id = source AND h.session_id = ANY (idle) GROUP BY 1, 2
  ), hours AS (
    INSERT INTO missing_lines AS m (log_file_id, hour, lines)
    SELECT h.* FROM hole h ORDER BY 1, 2
    ON CONFLICT (log_file_id, hour) DO UPDATE SET lines = m.lines + excluded.lines
  )
  UPDATE log_files f SET missing_lines = f.missing_lines + h.lines
  FROM (SELECT log_file_id, sum(lines) AS lines FROM hole GROUP BY 1) h WHERE f.id = h.log_file_id;
  DELETE FROM open_sessions o WHERE o.source_id = source AND o.session_id = ANY (idle);
  GET DIAGNOSTICS gone = ROW_COUNT;
  PERFORM refresh_queries(waited);
  RETURN gone;
END $$;

-- As before.
CREATE OR REPLACE FUNCTION pgtrawl.prune_sessions(source integer, keeping bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
BEGIN
  -- Whoever commits something of the source holds one of these: nothing changes from here on.
  PERFORM FROM log_files f WHERE f.source_id = source ORDER BY f.id FOR UPDATE;
  RETURN give_up_sessions(source, ARRAY(SELECT s.session_id FROM (
    SELECT o.session_id, max(o.open_records) AS waiting,
      sum(count(*)) OVER (ORDER BY max(o.last_time) DESC, o.session_id) AS segments
    FROM open_sessions o WHERE o.source_id = source GROUP BY o.session_id
  ) s WHERE s.segments > keeping AND s.waiting = 0));
END $$;

-- Gives up the sessions of a source that have had no line since `before`, and those with a row from before it that is
-- not settled, all but those in which a parse or bind waits: retention drops what their state names. Others that
-- began before it are not joined any more to lines that precede them. The number of segments.
CREATE FUNCTION pgtrawl.leave_sessions(source integer, before timestamptz) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
BEGIN
  PERFORM FROM log_files f WHERE f.source_id = source ORDER BY f.id FOR UPDATE;
  UPDATE open_sessions o SET head = NULL
  WHERE o.source_id = source AND o.head IS NOT NULL AND coalesce(o.first_time, o.last_time) < before;
  RETURN give_up_sessions(source, ARRAY(
    SELECT o.session_id FROM open_sessions o WHERE o.source_id = source
    GROUP BY o.session_id
    HAVING max(o.open_records) = 0 AND (max(o.last_time) < before OR EXISTS (
      SELECT FROM query_executions e WHERE e.source_id = source AND e.session_id = o.session_id
        AND NOT e.settled AND e.executed_at < before))));
END $$;

-- Drops what the month (UTC) that holds the day has of executions, plans and events, with their links, samples and
-- hours; the number of rows. Queries stay, and their totals and times. Runs as the owner, so that the role that
-- analyzes needs no DDL.
--
-- Locks: the month is read and counted while others write to other months. Then everybody who reads or writes
-- executions, plans or events waits until the end of the transaction, which is short: what is left to do is to
-- drop, and to find another first sample for queries that lose theirs. lock_timeout bounds how long others queue
-- up behind the wait for that lock.
CREATE FUNCTION pgtrawl.drop_month(day date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pgtrawl, pg_temp
SET jit = off SET work_mem = '64MB' AS $$
DECLARE
  low        timestamptz := date_trunc('month', day::timestamp) AT TIME ZONE 'UTC';
  high       timestamptz := (date_trunc('month', day::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
  parent     text;
  leaf       regclass;
  moment     text;
  parts      text := '';
  unsettled  jsonb;
  sampled    record;
  gone       bigint := 0;
  n          bigint;
BEGIN
  PERFORM hold_month(day);
  FOREACH parent IN ARRAY ARRAY['query_executions', 'query_plans', 'log_events'] LOOP
    leaf := month_partition(parent::regclass, day);
    CONTINUE WHEN leaf IS NULL;
    moment := CASE parent WHEN 'log_events' THEN 'occurred_at' ELSE 'executed_at' END;
    EXECUTE format(
      'INSERT INTO dropped_rows AS d (log_file_id, facts, rows, offset_sum, records) '
      'SELECT x.log_file_id, %L, count(*), sum(x.log_offset), %s FROM %s x GROUP BY 1 '
      'ON CONFLICT (log_file_id, facts) DO UPDATE SET rows = d.rows + excluded.rows, '
      'offset_sum = d.offset_sum + excluded.offset_sum, records = d.records + excluded.records',
      parent, CASE parent WHEN 'query_plans' THEN 'count(*)' ELSE 'sum(x.records)' END, leaf);
    EXECUTE format('SELECT count(*) FROM %s', leaf) INTO n;
    gone := gone + n;
    parts := parts || CASE parts WHEN '' THEN '' ELSE ' UNION ALL ' END || format(
      'SELECT x.query_id, x.log_file_id, %s AS n, x.%I AS at FROM %s x',
      CASE parent WHEN 'query_executions' THEN '(x.nesting = 0)::int' ELSE '0' END, moment, leaf);
    IF parent = 'query_executions' THEN
      EXECUTE format('SELECT jsonb_object_agg(u.query_id, u.n) FROM (SELECT x.query_id, count(*) AS n FROM %s x '
                     'WHERE NOT x.settled AND x.nesting = 0 GROUP BY 1) u', leaf) INTO unsettled;
    ELSIF parent = 'query_plans' THEN
      EXECUTE format('DELETE FROM plan_links l USING %s x '
                     'WHERE l.log_file_id = x.log_file_id AND l.log_offset = x.log_offset', leaf);
    END IF;
  END LOOP;
  IF parts = '' THEN
    RETURN 0;
  END IF;
  EXECUTE format(
    'INSERT INTO dropped_queries AS d (query_id, log_file_id, executions, first_at, last_at) '
    'SELECT u.query_id, u.log_file_id, sum(u.n), min(u.at), max(u.at) FROM (%s) u GROUP BY 1, 2 ORDER BY 1, 2 '
    'ON CONFLICT (query_id, log_file_id) DO UPDATE SET executions = d.executions + excluded.executions, '
    'first_at = least(d.first_at, excluded.first_at), last_at = greatest(d.last_at, excluded.last_at)', parts);
  DELETE FROM file_hours h WHERE h.hour >= low AND h.hour < high;

  PERFORM pg_advisory_xact_lock(hashtextextended('pgtrawl.ensure_partition', 0));
  LOCK TABLE ONLY query_executions, ONLY query_plans, ONLY log_events IN ACCESS EXCLUSIVE MODE;
  FOREACH parent IN ARRAY ARRAY['query_executions', 'query_plans', 'log_events'] LOOP
    leaf := month_partition(parent::regclass, day);
    CONTINUE WHEN leaf IS NULL;
    EXECUTE format('DROP TABLE %s', leaf);
  END LOOP;
  SELECT array_agg(DISTINCT s.query_id) AS queries INTO sampled
  FROM query_samples s WHERE s.executed_at >= low AND s.executed_at < high;
  PERFORM FROM queries q
  WHERE q.id = ANY (sampled.queries || ARRAY(SELECT k::bigint FROM jsonb_object_keys(unsettled) k))
  ORDER BY q.id FOR UPDATE;
  UPDATE queries q SET total_executions = q.total_executions + j.value::bigint
  FROM jsonb_each_text(unsettled) j WHERE q.id = j.key::bigint;
  FOR sampled IN
    WITH d AS (
      DELETE FROM query_samples s WHERE s.executed_at >= low AND s.executed_at < high
      RETURNING s.source_id, s.query_id
    )
    SELECT d.source_id, array_agg(DISTINCT d.query_id) AS queries FROM d GROUP BY 1
  LOOP
    -- No days: of each query only the first.
    PERFORM refill_samples(sampled.source_id, sampled.queries, '{}');
  END LOOP;
  RETURN gone;
END $$;

-- Takes back what dropped rows of a file had added to totals and times of queries.
CREATE FUNCTION pgtrawl.forget_dropped(file bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
DECLARE
  ids bigint[] := ARRAY(SELECT d.query_id FROM dropped_queries d WHERE d.log_file_id = file);
BEGIN
  DELETE FROM dropped_rows d WHERE d.log_file_id = file;
  IF cardinality(ids) = 0 THEN
    RETURN;
  END IF;
  PERFORM FROM queries q WHERE q.id = ANY (ids) ORDER BY q.id FOR UPDATE;
  WITH d AS (
    DELETE FROM dropped_queries x WHERE x.log_file_id = file RETURNING x.query_id, x.executions
  )
  UPDATE queries q SET total_executions = q.total_executions - d.executions FROM d WHERE q.id = d.query_id;
  PERFORM refresh_queries(ids);
END $$;

-- As before; what retention dropped of a query still counts.
CREATE OR REPLACE FUNCTION pgtrawl.refresh_queries(ids bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
BEGIN
  PERFORM FROM queries q WHERE q.id = ANY (ids) ORDER BY q.id FOR UPDATE;
  UPDATE queries q SET first_seen_at = n.low, last_seen_at = n.high
  FROM (
    SELECT i.id,
           least((SELECT min(e.executed_at) FROM query_executions e WHERE e.query_id = i.id),
                 (SELECT min(p.executed_at) FROM query_plans p WHERE p.query_id = i.id),
                 (SELECT min(v.occurred_at) FROM log_events v WHERE v.query_id = i.id),
                 (SELECT min(d.first_at) FROM dropped_queries d WHERE d.query_id = i.id)) AS low,
           greatest((SELECT max(e.executed_at) FROM query_executions e WHERE e.query_id = i.id),
                    (SELECT max(p.executed_at) FROM query_plans p WHERE p.query_id = i.id),
                    (SELECT max(v.occurred_at) FROM log_events v WHERE v.query_id = i.id),
                    (SELECT max(d.last_at) FROM dropped_queries d WHERE d.query_id = i.id)) AS high
    FROM (SELECT DISTINCT unnest(ids) AS id) i WHERE i.id <> 0
  ) n
  WHERE q.id = n.id AND (q.first_seen_at, q.last_seen_at) IS DISTINCT FROM (n.low, n.high);
  DELETE FROM queries q
  WHERE q.id = ANY (ids) AND q.id <> 0 AND q.first_seen_at IS NULL AND q.total_executions = 0
    AND q.id NOT IN (SELECT unnest(o.query_ids) FROM open_sessions o);
END $$;

-- As before; what retention dropped is counted with the rows that are there.
CREATE OR REPLACE FUNCTION pgtrawl.verify_facts()
RETURNS TABLE ("check" text, source text, log_file_id bigint, detail text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pgtrawl, pg_temp
SET jit = off SET work_mem = '64MB' AS $$
WITH ex AS (
  SELECT e.log_file_id, count(*) AS n, sum(e.log_offset) AS offsets, min(e.log_offset) AS low,
         max(e.log_offset) AS high, count(DISTINCT e.log_offset) AS places
  FROM query_executions e GROUP BY 1
), pl AS (
  SELECT p.log_file_id, count(*) AS n, sum(p.log_offset) AS offsets, min(p.log_offset) AS low,
         max(p.log_offset) AS high, count(DISTINCT p.log_offset) AS places
  FROM query_plans p GROUP BY 1
), ev AS (
  SELECT v.log_file_id, count(*) AS n, sum(v.log_offset) AS offsets, min(v.log_offset) AS low,
         max(v.log_offset) AS high, count(DISTINCT v.log_offset) AS places
  FROM log_events v GROUP BY 1
), rj AS (
  SELECT r.log_file_id, count(*) AS n, sum(r.log_offset) AS offsets, min(r.log_offset) AS low,
         max(r.log_offset + r.length) AS high, sum(r.length) AS bytes,
         count(*) FILTER (WHERE r.length > 0) AS records
  FROM rejected_records r GROUP BY 1
), gap AS (
  SELECT g.log_file_id, sum(g.to_offset - g.from_offset) AS bytes FROM file_gaps g
  JOIN log_files f ON f.id = g.log_file_id WHERE g.to_offset <= f.committed_offset GROUP BY 1
), file AS (
  SELECT f.*, s.name AS source,
         f.bytes_execution + f.bytes_plan + f.bytes_event + f.bytes_open + f.bytes_rejected
           + coalesce(gap.bytes, 0) AS accounted
  FROM log_files f LEFT JOIN sources s ON s.id = f.source_id LEFT JOIN gap ON gap.log_file_id = f.id
), kept AS (
  SELECT 'query_executions' AS facts, file.id, file.source, file.committed_offset, execution_rows AS want,
         execution_offset_sum AS want_sum, coalesce(n, 0) AS n, coalesce(offsets, 0) AS offsets, low, high, places
  FROM file LEFT JOIN ex ON ex.log_file_id = file.id
  UNION ALL
  SELECT 'query_plans', file.id, file.source, file.committed_offset, plan_rows, plan_offset_sum,
         coalesce(n, 0), coalesce(offsets, 0), low, high, places
  FROM file LEFT JOIN pl ON pl.log_file_id = file.id
  UNION ALL
  SELECT 'log_events', file.id, file.source, file.committed_offset, event_rows, event_offset_sum,
         coalesce(n, 0), coalesce(offsets, 0), low, high, places
  FROM file LEFT JOIN ev ON ev.log_file_id = file.id
  UNION ALL
  SELECT 'rejected_records', file.id, file.source, file.committed_offset + 1, reject_rows, reject_offset_sum,
         coalesce(n, 0), coalesce(offsets, 0), low, high, n
  FROM file LEFT JOIN rj ON rj.log_file_id = file.id
), facts AS (
  SELECT k.facts, k.id, k.source, k.committed_offset, k.want - coalesce(d.rows, 0) AS want,
         k.want_sum - coalesce(d.offset_sum, 0) AS want_sum, k.n, k.offsets, k.low, k.high, k.places
  FROM kept k LEFT JOIN dropped_rows d ON d.log_file_id = k.id AND d.facts = k.facts
), refused AS (
  SELECT f.source_id, r.refused_row, r.folded_records, r.log_file_id, r.log_offset
  FROM rejected_records r JOIN log_files f ON f.id = r.log_file_id WHERE r.refused_row IS NOT NULL
), told AS (
  SELECT e.source_id, 'execution' AS part, sum(e.records) AS records FROM query_executions e GROUP BY 1
  UNION ALL
  SELECT p.source_id, 'plan', count(*) FROM query_plans p GROUP BY 1
  UNION ALL
  SELECT v.source_id, 'event', sum(v.records) FROM log_events v GROUP BY 1
  UNION ALL
  SELECT o.source_id, 'open', sum(o.open_records) FROM open_sessions o GROUP BY 1
  UNION ALL
  SELECT r.source_id, r.refused_row, sum(r.folded_records) FROM refused r GROUP BY 1, 2
  UNION ALL
  SELECT f.source_id, CASE d.facts WHEN 'query_executions' THEN 'execution' WHEN 'query_plans' THEN 'plan'
           ELSE 'event' END, sum(d.records)
  FROM dropped_rows d JOIN log_files f ON f.id = d.log_file_id GROUP BY 1, 2
), counted AS (
  SELECT f.source_id, p.part, sum(p.records) AS records
  FROM log_files f CROSS JOIN LATERAL (VALUES ('execution', f.records_execution),
    ('plan', f.records_plan), ('event', f.records_event), ('open', f.records_open)) p (part, records)
  GROUP BY 1, 2
), seen AS (
  SELECT u.query_id, min(u.low) AS low, max(u.high) AS high, sum(u.n) AS n
  FROM (
    SELECT e.query_id, min(e.executed_at) AS low, max(e.executed_at) AS high,
           count(*) FILTER (WHERE e.settled AND e.nesting = 0) AS n
    FROM query_executions e GROUP BY 1
    UNION ALL
    SELECT p.query_id, min(p.executed_at), max(p.executed_at), 0 FROM query_plans p GROUP BY 1
    UNION ALL
    SELECT v.query_id, min(v.occurred_at), max(v.occurred_at), 0 FROM log_events v GROUP BY 1
    UNION ALL
    SELECT d.query_id, min(d.first_at), max(d.last_at), sum(d.executions) FROM dropped_queries d GROUP BY 1
  ) u GROUP BY 1
), waiting AS (
  SELECT DISTINCT unnest(o.query_ids) AS id FROM open_sessions o
)
SELECT 'bytes by disposition', source, id,
       format('%s bytes are accounted for, committed are %s', accounted, committed_offset - start_offset)
FROM file WHERE accounted <> committed_offset - start_offset
UNION ALL
SELECT 'forget unfinished', source, id, 'run forget again' FROM file WHERE forgotten_at IS NOT NULL
UNION ALL
SELECT 'rows of file', source, id, format('%s has %s rows, loaded were %s', facts, n, want)
FROM facts WHERE n <> want
UNION ALL
SELECT 'offsets of file', source, id,
       format('%s has offsets that sum to %s, loaded were %s', facts, offsets, want_sum)
FROM facts WHERE n = want AND offsets <> want_sum
UNION ALL
SELECT 'rows doubled', source, id, format('%s has %s rows at %s offsets', facts, n, places)
FROM facts WHERE n <> places
UNION ALL
SELECT 'offset beyond checkpoint', source, id,
       format('%s has offsets from %s to %s, committed are %s', facts, low, high, committed_offset)
FROM facts WHERE high >= committed_offset OR low < 0
UNION ALL
SELECT 'rejects of file', file.source, file.id,
       format('%s rejects of %s bytes, counted are %s of %s', coalesce(rj.records, 0), coalesce(rj.bytes, 0),
              records_rejected, bytes_rejected)
FROM file LEFT JOIN rj ON rj.log_file_id = file.id
WHERE coalesce(rj.records, 0) <> records_rejected OR coalesce(rj.bytes, 0) <> bytes_rejected
UNION ALL
SELECT 'records of source', s.name, NULL,
       format('%s: rows hold %s records, files count %s', c.part, coalesce(t.records, 0), c.records)
FROM counted c JOIN sources s ON s.id = c.source_id
LEFT JOIN (SELECT source_id, part, sum(records) AS records FROM told GROUP BY 1, 2) t
       ON t.source_id = c.source_id AND t.part = c.part
WHERE coalesce(t.records, 0) <> c.records
UNION ALL
SELECT 'file unknown', NULL, u.log_file_id, format('%s has %s rows of it', u.facts, u.n)
FROM (SELECT 'query_executions' AS facts, ex.log_file_id, n FROM ex
      UNION ALL SELECT 'query_plans', pl.log_file_id, n FROM pl
      UNION ALL SELECT 'log_events', ev.log_file_id, n FROM ev
      UNION ALL SELECT 'plan_links', l.log_file_id, count(*) FROM plan_links l GROUP BY 2
      UNION ALL SELECT 'dropped_rows', d.log_file_id, sum(d.rows) FROM dropped_rows d GROUP BY 2
      UNION ALL SELECT 'dropped_queries', d.log_file_id, count(*) FROM dropped_queries d GROUP BY 2) u
WHERE NOT EXISTS (SELECT FROM log_files f WHERE f.id = u.log_file_id)
UNION ALL
SELECT 'query unknown', NULL, NULL, format('query %s is not in queries', query_id)
FROM seen WHERE NOT EXISTS (SELECT FROM queries q WHERE q.id = seen.query_id)
UNION ALL
SELECT 'query without rows', NULL, NULL, format('query %s', q.id)
FROM queries q WHERE q.id <> 0 AND NOT EXISTS (SELECT FROM seen WHERE seen.query_id = q.id)
  AND NOT EXISTS (SELECT FROM waiting w WHERE w.id = q.id)
UNION ALL
SELECT 'total of query', NULL, NULL,
       format('query %s has %s executions, its total is %s', q.id, coalesce(seen.n, 0), q.total_executions)
FROM queries q LEFT JOIN seen ON seen.query_id = q.id
WHERE q.total_executions <> coalesce(seen.n, 0)
UNION ALL
SELECT 'times of query', NULL, NULL,
       format('query %s was seen %s to %s, its rows say %s to %s', q.id, q.first_seen_at, q.last_seen_at,
              seen.low, seen.high)
FROM queries q LEFT JOIN seen ON seen.query_id = q.id
WHERE q.id <> 0 AND (q.first_seen_at, q.last_seen_at) IS DISTINCT FROM (seen.low, seen.high)
UNION ALL
SELECT 'context unknown', NULL, NULL, format('context %s of %s', u.context_id, u.facts)
FROM (SELECT DISTINCT 'query_executions' AS facts, e.context_id FROM query_executions e
      UNION ALL SELECT DISTINCT 'log_events', v.context_id FROM log_events v) u
WHERE u.context_id <> 0 AND NOT EXISTS (SELECT FROM session_contexts c WHERE c.id = u.context_id)
UNION ALL
SELECT 'plan without link', s.name, p.log_file_id, format('plan %s-%s', p.log_file_id, p.log_offset)
FROM query_plans p LEFT JOIN sources s ON s.id = p.source_id
WHERE p.ran AND NOT EXISTS (SELECT FROM plan_links l
                            WHERE l.log_file_id = p.log_file_id AND l.log_offset = p.log_offset)
UNION ALL
SELECT 'link without plan', s.name, l.log_file_id,
       format('line %s of session %s, plan %s-%s', l.plan_line, l.session_id, l.log_file_id, l.log_offset)
FROM plan_links l LEFT JOIN sources s ON s.id = l.source_id
WHERE NOT EXISTS (SELECT FROM query_plans p WHERE p.log_file_id = l.log_file_id AND p.log_offset = l.log_offset
                  AND p.source_id = l.source_id AND p.session_id = l.session_id
                  AND p.session_line = l.plan_line)
  AND NOT EXISTS (SELECT FROM refused r WHERE r.refused_row = 'plan'
                  AND r.log_file_id = l.log_file_id AND r.log_offset = l.log_offset)
UNION ALL
SELECT 'link without execution', s.name, l.log_file_id,
       format('line %s of session %s, execution %s-%s, plan %s-%s', l.execution_line, l.session_id,
              l.execution_log_file_id, l.execution_log_offset, l.log_file_id, l.log_offset)
FROM plan_links l LEFT JOIN sources s ON s.id = l.source_id
WHERE NOT EXISTS (SELECT FROM query_executions e WHERE e.log_file_id = l.execution_log_file_id
                  AND e.log_offset = l.execution_log_offset AND e.source_id = l.source_id
                  AND e.session_id = l.session_id AND e.session_line = l.execution_line)
  AND NOT EXISTS (SELECT FROM refused r WHERE r.refused_row = 'execution'
                  AND r.log_file_id = l.execution_log_file_id
                  AND r.log_offset = l.execution_log_offset)
  -- A plan can be of a later month than its execution.
  AND NOT EXISTS (SELECT FROM dropped_rows d WHERE d.log_file_id = l.execution_log_file_id
                  AND d.facts = 'query_executions')
UNION ALL
SELECT 'provisional without session', s.name, e.log_file_id,
       format('execution %s-%s', e.log_file_id, e.log_offset)
FROM query_executions e LEFT JOIN sources s ON s.id = e.source_id
WHERE NOT e.settled AND NOT EXISTS (
  SELECT FROM open_sessions o WHERE o.source_id = e.source_id AND o.session_id = e.session_id
    AND e.session_line <= o.last_line AND e.log_file_id = ANY (o.log_file_ids))
$$;

REVOKE ALL ON FUNCTION pgtrawl.old_months(timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgtrawl.gather_strays(timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgtrawl.month_partition(regclass, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgtrawl.hold_month(date) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgtrawl.give_up_sessions(integer, text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgtrawl.leave_sessions(integer, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgtrawl.drop_month(date) FROM PUBLIC;
REVOKE ALL ON FUNCTION pgtrawl.forget_dropped(bigint) FROM PUBLIC;

SELECT pgtrawl.refresh_queries(ARRAY(
  SELECT q.id FROM pgtrawl.queries q WHERE q.first_seen_at IS NULL AND q.id <> 0 AND q.total_executions = 0));

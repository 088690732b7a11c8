-- Forgets that rows were dropped: what they had been to files and queries is taken out of the counts, so that verify()
-- finds what is there. Queries that only dropped rows named go.
-- Locks:     EXCLUSIVE on log_files until the end: loads wait.
-- Backfills: the counts of files with dropped rows, totals and times of their queries.
-- Undone by: 0015_drop_old_months.up.sql, but the counts do not come back.

LOCK TABLE pgtrawl.log_files IN EXCLUSIVE MODE;
UPDATE pgtrawl.log_files f SET execution_rows = execution_rows - d.rows,
  execution_offset_sum = execution_offset_sum - d.offset_sum, records_execution = records_execution - d.records
FROM pgtrawl.dropped_rows d WHERE d.log_file_id = f.id AND d.facts = 'query_executions';
UPDATE pgtrawl.log_files f SET plan_rows = plan_rows - d.rows,
  plan_offset_sum = plan_offset_sum - d.offset_sum, records_plan = records_plan - d.records
FROM pgtrawl.dropped_rows d WHERE d.log_file_id = f.id AND d.facts = 'query_plans';
UPDATE pgtrawl.log_files f SET event_rows = event_rows - d.rows,
  event_offset_sum = event_offset_sum - d.offset_sum, records_event = records_event - d.records
FROM pgtrawl.dropped_rows d WHERE d.log_file_id = f.id AND d.facts = 'log_events';
UPDATE pgtrawl.queries q SET total_executions = q.total_executions - d.executions
FROM (SELECT query_id, sum(executions)::bigint AS executions FROM pgtrawl.dropped_queries GROUP BY 1) d
WHERE q.id = d.query_id;

CREATE OR REPLACE FUNCTION pgtrawl.refresh_queries(ids bigint[]) RETURNS void
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

SELECT pgtrawl.refresh_queries(array_agg(DISTINCT query_id)) FROM pgtrawl.dropped_queries
HAVING count(*) > 0;

CREATE OR REPLACE FUNCTION pgtrawl.prune_sessions(source integer, keeping bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pgtrawl, pg_temp AS $$
DECLARE
  idle    text[];
  touched bigint[];
  settled record;
  freed   record;
  gone    bigint;
BEGIN
  -- Whoever commits something of the source holds one of these: nothing changes from here on.
  PERFORM FROM log_files f WHERE f.source_id = source ORDER BY f.id FOR UPDATE;
  SELECT array_agg(s.session_id) INTO idle FROM (
    SELECT o.session_id, max(o.open_records) AS waiting,
      sum(count(*)) OVER (ORDER BY max(o.last_time) DESC, o.session_id) AS segments
    FROM open_sessions o WHERE o.source_id = source GROUP BY o.session_id
  ) s WHERE s.segments > keeping AND s.waiting = 0;
  IF idle IS NULL THEN
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
  PERFORM FROM queries q WHERE q.id = ANY (touched) ORDER BY q.id FOR UPDATE;
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
  RETURN gone;
END $$;

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
), facts AS (
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
      UNION ALL SELECT 'plan_links', l.log_file_id, count(*) FROM plan_links l GROUP BY 2) u
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
UNION ALL
SELECT 'provisional without session', s.name, e.log_file_id,
       format('execution %s-%s', e.log_file_id, e.log_offset)
FROM query_executions e LEFT JOIN sources s ON s.id = e.source_id
WHERE NOT e.settled AND NOT EXISTS (
  SELECT FROM open_sessions o WHERE o.source_id = e.source_id AND o.session_id = e.session_id
    AND e.session_line <= o.last_line AND e.log_file_id = ANY (o.log_file_ids))
$$;

DROP FUNCTION pgtrawl.forget_dropped(bigint);
DROP FUNCTION pgtrawl.drop_month(date);
DROP FUNCTION pgtrawl.leave_sessions(integer, timestamptz);
DROP FUNCTION pgtrawl.give_up_sessions(integer, text[]);
DROP FUNCTION pgtrawl.hold_month(date);
DROP FUNCTION pgtrawl.month_partition(regclass, date);
DROP FUNCTION pgtrawl.gather_strays(timestamptz);
DROP FUNCTION pgtrawl.old_months(timestamptz);
DROP TABLE pgtrawl.dropped_queries;
DROP TABLE pgtrawl.dropped_rows;

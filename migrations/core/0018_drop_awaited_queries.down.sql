-- Gives up sessions as before: queries that only they waited for stay.
-- Locks:     none beside the catalog's.
-- Backfills: nothing.
-- Undone by: 0018_drop_awaited_queries.up.sql.

-- Gives up the sessions of a source with the earliest log times, all but those that the latest `keeping` segments
-- belong to and those in which a parse or bind waits; the number of segments. What is open in them is settled as it
-- is, and the lines that they miss are counted for their files.
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

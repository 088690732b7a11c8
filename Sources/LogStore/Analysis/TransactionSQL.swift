/// Transactions of sessions: those that last, those in which nothing happens. Parameters of `insert` are those
/// of `RollupSQL`.
///
/// An hour is read by itself, so that it does not matter in which order hours come: what its edge cuts is kept
/// in both, and put together when a day is looked at.
enum TransactionSQL {
  /// From which time on a transaction is long, and a session idle.
  static let longMinutes = 5
  static let idleSeconds = 30

  /// Inserts what the hours have.
  static let insert = """
    WITH busy AS MATERIALIZED (
      SELECT DISTINCT date_trunc('hour', e.executed_at, 'UTC') AS hour, e.session_id
      FROM pgtrawl.query_executions e
      WHERE \(inHours) AND e.query_id IN (SELECT q.id FROM pgtrawl.queries q WHERE \(isControl))
    ), counted AS (
      SELECT b.hour, e.session_id, e.session_line, e.log_file_id, e.log_offset, e.query_id,
        e.executed_at, e.duration_ms, q.statement_kind AS kind,
        -- COMMIT belongs to what it ends.
        count(*) FILTER (WHERE \(isControl)) OVER (PARTITION BY e.session_id, b.hour
          ORDER BY e.session_line, e.log_file_id, e.log_offset)
          - (\(isControl) AND q.statement_kind <> 'begin')::int AS part
      FROM pgtrawl.query_executions e
      JOIN busy b ON b.session_id = e.session_id
        AND b.hour = date_trunc('hour', e.executed_at, 'UTC')
      JOIN pgtrawl.queries q ON q.id = e.query_id
      WHERE \(inHours)
    ), stepped AS MATERIALIZED (
      SELECT c.*, lag(c.query_id) OVER own AS before_query,
        max(c.part) OVER (PARTITION BY c.session_id, c.hour) AS last_part,
        -- Where no duration is told, the time between two records is not that of doing nothing.
        CASE WHEN lag(c.duration_ms) OVER own IS NOT NULL OR lag(c.kind) OVER own = 'begin' THEN
          extract(epoch FROM c.executed_at - lag(c.executed_at) OVER own)::float8 * 1000
            - coalesce(c.duration_ms, 0) END AS idle_ms
      FROM counted c
      WINDOW own AS (PARTITION BY c.session_id, c.hour, c.part
        ORDER BY c.session_line, c.log_file_id, c.log_offset)
    ), whole AS (
      SELECT s.hour, s.session_id, s.part, min(s.session_line) AS first_line,
        max(s.session_line) AS last_line,
        min(s.executed_at - coalesce(s.duration_ms, 0) * interval '1 ms') AS started_at,
        max(s.executed_at) AS ended_at, bool_or(s.kind = 'begin') AS begun,
        bool_or(s.kind IN (\(endings))) AS ended, count(*) AS statements,
        bool_or(s.kind IN ('insert', 'update', 'delete', 'merge', 'truncate', 'lock')) AS writes,
        max(s.idle_ms) AS idle_ms, min(s.last_part) AS last_part
      FROM stepped s GROUP BY 1, 2, 3
    ), told AS MATERIALIZED (
      SELECT w.* FROM whole w
      WHERE w.begun AND w.ended AND (w.ended_at - w.started_at >= interval '\(longMinutes) min'
          OR w.idle_ms >= \(idleSeconds)000)
        OR w.begun AND NOT w.ended AND w.part = w.last_part
        OR NOT w.begun AND w.ended AND w.part = 0
    ), named AS (
      SELECT t.hour, t.session_id, t.part,
        (array_agg(s.query_id ORDER BY s.duration_ms DESC NULLS LAST, s.session_line)
          FILTER (WHERE s.kind NOT IN ('begin', \(endings))))[1] AS query_id,
        (array_agg(s.before_query ORDER BY s.idle_ms DESC NULLS LAST, s.session_line))[1] AS idle_query
      FROM told t JOIN stepped s
        ON s.session_id = t.session_id AND s.hour = t.hour AND s.part = t.part
      GROUP BY 1, 2, 3
    )
    INSERT INTO pgtrawl.session_transactions (source_id, hour, session_id, first_line, last_line,
      started_at, ended_at, begun, ended, timed_out, statements, writes, query_id, idle_ms,
      idle_query_id)
    SELECT $1::int, t.hour, t.session_id, t.first_line, t.last_line, t.started_at, t.ended_at, t.begun,
      t.ended, false, t.statements, t.writes, coalesce(n.query_id, 0), t.idle_ms,
      coalesce(n.idle_query, 0)
    FROM told t JOIN named n USING (hour, session_id, part)
    UNION ALL
    SELECT $1::int, date_trunc('hour', v.occurred_at, 'UTC'), v.session_id, v.session_line,
      v.session_line, v.occurred_at, v.occurred_at, false, true, true, 0, false, 0, NULL, 0
    FROM pgtrawl.log_events v
    WHERE v.source_id = $1 AND v.occurred_at >= $3 AND v.occurred_at < $4
      AND date_trunc('hour', v.occurred_at, 'UTC') = ANY ($2) AND v.sqlstate IN ('25P03', '25P04')
    ON CONFLICT DO NOTHING
    """

  /// What a day ($2 to $3) has by query: waits with nothing to do, timeouts, and long transactions. What began in
  /// the day before belongs to the day of its end.
  static let figures = """
    WITH x AS (
      SELECT t.*, NOT t.begun AND lag(t.begun AND NOT t.ended, 1, false) OVER own AS is_joined,
        lag(t.started_at) OVER own AS first_started, lag(t.ended_at) OVER own AS first_ended,
        lag(t.writes) OVER own AS first_writes, lag(t.query_id) OVER own AS first_query,
        lag(t.idle_ms) OVER own AS first_idle_ms, lag(t.idle_query_id) OVER own AS first_idle_query
      FROM pgtrawl.session_transactions t
      WHERE t.source_id = $1 AND t.hour >= $2::timestamptz - interval '1 day' AND t.hour < $3
      -- Every row is a begin or an end: the other half is the one before.
      WINDOW own AS (PARTITION BY t.session_id ORDER BY t.first_line, t.hour)
    ), sampled AS (
      -- Between two statements others may be left out.
      SELECT coalesce((SELECT s.setting FROM pgtrawl.source_settings s
        WHERE s.source_id = $1 AND s.name = 'log_min_duration_sample' AND s.valid_from < $3
        ORDER BY s.valid_from DESC LIMIT 1), '-1') <> '-1' AS is_sampled
    ), joined AS (
      SELECT CASE WHEN x.is_joined THEN x.first_started ELSE x.started_at END AS started_at,
        x.ended_at, x.timed_out, x.writes OR x.is_joined AND x.first_writes AS writes,
        CASE WHEN x.query_id <> 0 OR NOT x.is_joined THEN x.query_id ELSE x.first_query END
          AS query_id,
        CASE WHEN NOT x.is_joined THEN x.idle_ms
          WHEN x.timed_out THEN extract(epoch FROM x.ended_at - x.first_ended)::float8 * 1000
          ELSE greatest(x.idle_ms, x.first_idle_ms) END AS idle_ms,
        CASE WHEN NOT x.is_joined THEN x.idle_query_id
          WHEN x.timed_out THEN x.first_query
          WHEN x.first_idle_ms > coalesce(x.idle_ms, 0) THEN x.first_idle_query
          ELSE x.idle_query_id END AS idle_query, x.begun OR x.is_joined AS is_whole
      FROM x WHERE x.ended AND x.hour >= $2
    ), idle AS (
      SELECT j.idle_query AS query_id,
        count(*) FILTER (WHERE NOT j.timed_out) AS n, count(*) FILTER (WHERE j.timed_out) AS timeouts,
        max(j.idle_ms) AS longest, sum(j.idle_ms::numeric)::float8 AS total, bool_or(j.writes) AS writes
      FROM joined j CROSS JOIN sampled s
      WHERE j.timed_out OR j.idle_ms >= \(idleSeconds)000 AND NOT s.is_sampled
      GROUP BY 1
    ), long AS (
      SELECT j.query_id, count(*) AS n, bool_or(j.writes) AS writes,
        max(extract(epoch FROM j.ended_at - j.started_at))::float8 * 1000 AS longest
      FROM joined j
      WHERE j.is_whole AND NOT j.timed_out
        AND j.ended_at - j.started_at >= interval '\(longMinutes) min'
      GROUP BY 1
    )
    SELECT coalesce(i.query_id, l.query_id), coalesce(i.n, 0), coalesce(i.timeouts, 0),
      coalesce(i.longest, 0), coalesce(i.total, 0), coalesce(i.writes, false), coalesce(l.n, 0),
      coalesce(l.longest, 0), coalesce(l.writes, false)
    FROM idle i FULL JOIN long l ON l.query_id = i.query_id ORDER BY 1
    """

  private static let endings = "'commit', 'rollback', 'prepare transaction'"
  private static let isControl = "q.statement_kind IN ('begin', \(endings))"
  private static let inHours = RollupSQL.inHours + " AND e.nesting = 0"
}

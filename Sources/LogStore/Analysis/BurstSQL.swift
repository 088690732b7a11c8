/// Runs of one query behind each other in a session, with almost no time between them: what a loop in a
/// program looks like. Parameters are those of `RollupSQL`.
enum BurstSQL {
  /// Executions of a run, their time in ms, and the longest time between two of them in ms.
  static let runMin = 10
  static let totalMsMin = 50
  static let gapMsMax = 50

  /// Inserts the runs of the hours, summed up by query and what came before them.
  static let insert = """
    WITH ordered AS (
      SELECT e.executed_at, e.query_id, e.session_id, e.session_line, e.duration_ms,
        e.parameters, greatest(e.rows_returned, e.rows_affected) AS row_count,
        date_trunc('hour', e.executed_at, 'UTC') AS hour,
        lag(e.query_id) OVER session AS before_query,
        lag(greatest(e.rows_returned, e.rows_affected)) OVER session AS before_rows,
        lag(e.executed_at) OVER session AS before_at
      FROM pgtrawl.query_executions e
      WHERE e.source_id = $1 AND e.executed_at >= $3 AND e.executed_at < $4 AND e.settled
        AND date_trunc('hour', e.executed_at, 'UTC') = ANY ($2) AND e.nesting = 0
      WINDOW session AS (PARTITION BY e.session_id, date_trunc('hour', e.executed_at, 'UTC')
        ORDER BY e.session_line, e.log_file_id, e.log_offset)
    ), stepped AS (
      SELECT o.*, extract(epoch FROM o.executed_at - o.before_at) * 1000 - o.duration_ms AS gap_ms,
        -- What overlaps its predecessor is no loop; log times are whole milliseconds.
        coalesce(o.query_id = o.before_query AND o.duration_ms IS NOT NULL
          AND extract(epoch FROM o.executed_at - o.before_at) * 1000 - o.duration_ms
            BETWEEN -2 AND \(gapMsMax), false) AS goes_on
      FROM ordered o
    ), numbered AS (
      SELECT s.*, count(*) FILTER (WHERE NOT s.goes_on) OVER (PARTITION BY s.session_id, s.hour
        ORDER BY s.session_line, s.executed_at) AS run
      FROM stepped s
    ), runs AS (
      SELECT n.hour, n.query_id, count(*) AS calls, sum(n.duration_ms) AS total_ms,
        sum(greatest(n.gap_ms, 0)) FILTER (WHERE n.goes_on) AS gap_ms,
        count(n.parameters) AS with_parameters, count(DISTINCT n.parameters) AS parameter_lists,
        min(n.before_query) FILTER (WHERE NOT n.goes_on) AS before_query,
        min(n.before_rows) FILTER (WHERE NOT n.goes_on) AS before_rows
      FROM numbered n WHERE n.query_id <> 0
      GROUP BY n.session_id, n.run, n.hour, n.query_id 
      HAVING count(*) >= \(runMin) AND sum(n.duration_ms) >= \(totalMsMin)
    )
    INSERT INTO pgtrawl.query_bursts (source_id, hour, query_id, before_query_id, bursts, calls,
      longest, total_ms, gap_ms, identical, distinct_lists, led)
    SELECT $1, r.hour, r.query_id, coalesce(r.before_query, 0), count(*), sum(r.calls), max(r.calls),
      round(sum(r.total_ms::numeric), 3)::float8, round(sum(r.gap_ms::numeric), 3)::float8,
      count(*) FILTER (WHERE r.with_parameters = r.calls AND r.parameter_lists = 1),
      count(*) FILTER (WHERE r.parameter_lists > 1),
      count(*) FILTER (WHERE r.before_rows >= 0.8 * r.calls)
    FROM runs r GROUP BY 1, 2, 3, 4
    """
}

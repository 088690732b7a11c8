/// Rollups from rows: $1 is the source, $2 the hours, $3 and $4 the plain bounds of their times, by which
/// the planner leaves partitions and ranges of pages out.
///
/// Sums are taken of whole microseconds and millionths, so that they do not depend on the order of rows.
enum RollupSQL {
  /// Inserts the rollups of the hours, which must not have any; returns how many executions were read.
  static let insert = """
    WITH \(period),
    flag AS (
      SELECT h.hour, bool_or(NOT p.complete) AS is_lower_bound
      FROM unnest($2::timestamptz[]) h (hour)
      JOIN period p ON p.low < h.hour + interval '1 hour' AND p.high > h.hour
      GROUP BY 1
    ),
    \(executions),
    \(events),
    \(sketched),
    merged AS (
      SELECT \(names), nested, sqlstate, sum(calls) AS calls, sum(errors) AS errors,
        sum(timeouts) AS timeouts, sum(cancels) AS cancels, sum(timed) AS timed,
        sum(total_us) AS total_us, min(min_ms) AS min_ms, max(max_ms) AS max_ms,
        sum(ln_count) AS ln_count, sum(ln_sum) AS ln_sum, sum(ln_squares) AS ln_squares,
        sum(weight) AS weight, sum(weighted_us) AS weighted_us, sum(parse_us) AS parse_us,
        sum(bind_us) AS bind_us, sum(execute_us) AS execute_us, sum(plan_us) AS plan_us,
        sum(plans) AS plans, sum(row_count) AS row_count, sum(rows_known) AS rows_known,
        0::numeric AS lock_waits, 0::numeric AS lock_us, 0::numeric AS deadlocks,
        0::numeric AS temp_files, 0::numeric AS temp_bytes, 0::numeric AS temp_runs,
        NULL::integer AS bucket, NULL::numeric AS n
      FROM executed x LEFT JOIN pgtrawl.session_contexts c ON c.id = x.context_id
      GROUP BY 1, 2, 3, 4, 5, 6, 7
      UNION ALL
      SELECT \(names), false, NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        sum(lock_waits), sum(lock_us), sum(deadlocks), sum(temp_files), sum(temp_bytes),
        sum(temp_runs), NULL, NULL
      FROM happened x LEFT JOIN pgtrawl.session_contexts c ON c.id = x.context_id
      GROUP BY 1, 2, 3, 4, 5
      UNION ALL
      -- Sums pass over NULL: the buckets, which are many, cost nothing there.
      SELECT \(names), nested, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        bucket, sum(n)
      FROM sketched x LEFT JOIN pgtrawl.session_contexts c ON c.id = x.context_id
      GROUP BY 1, 2, 3, 4, 5, 6, bucket
    ),
    made AS (
      INSERT INTO pgtrawl.query_rollups (hour, query_id, database_name, user_name,
        application_name, nested, source_id, is_lower_bound, calls, errors, timeouts, cancels, timed,
        total_ms, min_ms, max_ms, ln_count, ln_sum, ln_squares, calls_estimate, total_estimate,
        parse_ms, bind_ms, execute_ms, plan_ms, plans, row_count, rows_known, lock_waits,
        lock_wait_ms, deadlocks, temp_files, temp_bytes, temp_runs, sqlstates, sketch)
      SELECT m.hour, m.query_id, m.database_name, m.user_name, m.application_name, m.nested, $1,
        m.is_lower_bound, m.calls, m.errors, m.timeouts, m.cancels, m.timed, m.total_ms, m.min_ms,
        m.max_ms, m.ln_count, m.ln_sum, m.ln_squares, m.calls_estimate, m.total_estimate,
        m.parse_ms, m.bind_ms, m.execute_ms, m.plan_ms, m.plans, m.row_count, m.rows_known,
        m.lock_waits, m.lock_wait_ms, m.deadlocks, m.temp_files, m.temp_bytes, m.temp_runs,
        m.sqlstates, coalesce(m.sketch, '')
      FROM (
        SELECT m.hour, query_id, database_name, user_name, application_name, nested,
          bool_or(f.is_lower_bound) AS is_lower_bound, sum(calls) AS calls, sum(errors) AS errors,
          sum(timeouts) AS timeouts, sum(cancels) AS cancels, sum(timed) AS timed,
          (sum(total_us) / 1000)::float8 AS total_ms, min(min_ms) AS min_ms, max(max_ms) AS max_ms,
          sum(ln_count) AS ln_count, (sum(ln_sum) / 1000000)::float8 AS ln_sum,
          (sum(ln_squares) / 1000000)::float8 AS ln_squares,
          (sum(weight) / 1000000)::float8 AS calls_estimate,
          (sum(weighted_us) / 1000)::float8 AS total_estimate,
          (sum(parse_us) / 1000)::float8 AS parse_ms, (sum(bind_us) / 1000)::float8 AS bind_ms,
          (sum(execute_us) / 1000)::float8 AS execute_ms, (sum(plan_us) / 1000)::float8 AS plan_ms,
          sum(plans) AS plans, sum(row_count) AS row_count, sum(rows_known) AS rows_known,
          sum(lock_waits) AS lock_waits, (sum(lock_us) / 1000)::float8 AS lock_wait_ms,
          sum(deadlocks) AS deadlocks, sum(temp_files) AS temp_files, sum(temp_bytes) AS temp_bytes,
          sum(temp_runs) AS temp_runs,
          jsonb_object_agg(sqlstate, calls) FILTER (WHERE sqlstate IS NOT NULL) AS sqlstates,
          string_agg(pgtrawl.sketch_entry(bucket, n::bigint), ''::bytea ORDER BY bucket)
            FILTER (WHERE bucket IS NOT NULL) AS sketch
        FROM merged m JOIN flag f ON f.hour = m.hour
        GROUP BY 1, 2, 3, 4, 5, 6
      ) m
    )
    SELECT coalesce(sum(calls), 0)::bigint FROM executed
    """

  private static let names = """
    x.hour, x.query_id, coalesce(c.database_name, '') AS database_name,
    coalesce(c.user_name, '') AS user_name, coalesce(c.application_name, '') AS application_name
    """

  /// Settled executions by context: names are looked up once a group, not once a row.
  private static let executions = """
    executed AS MATERIALIZED (
      SELECT date_trunc('hour', e.executed_at, 'UTC') AS hour, e.query_id, e.context_id,
        e.nesting > 0 AS nested, e.sqlstate,
        count(*) AS calls, count(e.sqlstate) AS errors,
        count(*) FILTER (WHERE e.sqlstate = '57014' AND e.error LIKE '%statement timeout%') AS timeouts,
        count(*) FILTER (WHERE e.sqlstate = '57014' AND e.error LIKE '%user request%') AS cancels,
        count(e.duration_ms) AS timed, coalesce(sum(\(micros("e.duration_ms"))), 0) AS total_us,
        min(e.duration_ms) AS min_ms, max(e.duration_ms) AS max_ms,
        count(*) FILTER (WHERE e.duration_ms > 0) AS ln_count,
        coalesce(sum(round(ln(nullif(greatest(e.duration_ms, 0), 0)) * 1e6)::bigint), 0) AS ln_sum,
        coalesce(sum(round(ln(nullif(greatest(e.duration_ms, 0), 0)) ^ 2 * 1e6)::bigint), 0)
          AS ln_squares,
        coalesce(sum(round(\(weight) * 1e6)::bigint), 0) AS weight,
        coalesce(sum(round(\(weight) * e.duration_ms * 1000)::bigint), 0) AS weighted_us,
        coalesce(sum(\(micros("e.parse_ms"))), 0) AS parse_us,
        coalesce(sum(\(micros("e.bind_ms"))), 0) AS bind_us,
        coalesce(sum(\(micros("e.execute_ms"))), 0) AS execute_us,
        coalesce(sum(\(micros("e.plan_ms"))), 0) AS plan_us, count(e.plan_ms) AS plans,
        coalesce(sum(greatest(e.rows_returned, e.rows_affected)), 0) AS row_count,
        count(greatest(e.rows_returned, e.rows_affected)) AS rows_known
      FROM pgtrawl.query_executions e
      JOIN period p ON e.executed_at >= p.low AND e.executed_at < p.high
      WHERE \(inHours)
      GROUP BY 1, 2, 3, 4, 5
    )
    """

  /// The same executions by bucket, for which there are many more groups: only counted.
  private static let sketched = """
    sketched AS (
      SELECT date_trunc('hour', e.executed_at, 'UTC') AS hour, e.query_id, e.context_id,
        e.nesting > 0 AS nested, pgtrawl.sketch_bucket(e.duration_ms) AS bucket, count(*) AS n
      FROM pgtrawl.query_executions e
      WHERE \(inHours) AND e.duration_ms IS NOT NULL
      GROUP BY 1, 2, 3, 4, 5
    )
    """

  /// Settled executions of the source in these hours.
  static let inHours = """
    e.source_id = $1 AND e.executed_at >= $3 AND e.executed_at < $4 AND e.settled
      AND date_trunc('hour', e.executed_at, 'UTC') = ANY ($2)
    """

  /// Waits that ended count with what they took, those that did not with what is known. Temporary files of
  /// consecutive records of a session are those of one run of the query.
  private static let events = """
    happened AS (
      SELECT v.hour, v.query_id, v.context_id,
        count(*) FILTER (WHERE v.counts) AS lock_waits,
        coalesce(sum((v.fields->>'waited_us')::bigint) FILTER (WHERE v.counts), 0) AS lock_us,
        count(*) FILTER (WHERE v.sqlstate = '40P01') AS deadlocks,
        count(*) FILTER (WHERE v.event_class = 'temporary_file') AS temp_files,
        coalesce(sum((v.fields->>'bytes')::bigint) FILTER (WHERE v.event_class = 'temporary_file'), 0)
          AS temp_bytes,
        count(*) FILTER (WHERE v.event_class = 'temporary_file'
          AND v.before_line IS DISTINCT FROM v.session_line - 1) AS temp_runs
      FROM (
        SELECT date_trunc('hour', v.occurred_at, 'UTC') AS hour, v.query_id, v.context_id,
          v.event_class, v.sqlstate, v.fields, v.session_line,
          lag(v.session_line) OVER kind AS before_line,
          v.event_class = 'lock_acquired' OR v.event_class = 'lock_wait'
            AND lead(v.event_class) OVER kind IS DISTINCT FROM 'lock_acquired' AS counts
        FROM pgtrawl.log_events v
        WHERE v.source_id = $1 AND v.occurred_at >= $3 AND v.occurred_at < $4 AND v.query_id <> 0
          AND date_trunc('hour', v.occurred_at, 'UTC') = ANY ($2)
          AND v.event_class IN ('lock_wait', 'lock_acquired', 'deadlock', 'temporary_file')
        WINDOW kind AS (PARTITION BY v.session_id, v.event_class = 'temporary_file',
          date_trunc('hour', v.occurred_at, 'UTC') ORDER BY v.session_line, v.log_file_id, v.log_offset)
      ) v
      GROUP BY 1, 2, 3
    )
    """

  private static func micros(_ column: String) -> String { "round(\(column) * 1000)::bigint" }

  /// 1 / probability that an execution was logged, by the rule of the server; 1 where it should not be in
  /// the log, or nothing is known.
  private static let weight = """
    (CASE WHEN p.logs OR p.floor_ms >= 0 AND e.duration_ms >= p.floor_ms OR e.duration_ms IS NULL THEN 1
      ELSE coalesce(1 / nullif(1 - (1 - CASE WHEN p.sample_ms >= 0 AND e.duration_ms >= p.sample_ms
        THEN p.statement_rate ELSE 0 END) * (1 - p.transaction_rate), 0), 1) END)
    """

  /// What the settings of the source were, when: known texts are `250`, `250ms`, `1.5 s`, `on`.
  private static let period = """
    setting AS MATERIALIZED (
      SELECT s.name, s.valid_from, lower(trim(s.setting)) IN ('on', 'true', 'yes', '1', 't') AS flag,
        substring(s.setting FROM '^\\s*(-?[0-9]{1,12}(\\.[0-9]{1,12})?)')::float8
          * CASE coalesce(nullif(substring(lower(s.setting) FROM '[a-z]+'), ''), s.unit, 'ms')
            WHEN 'us' THEN 0.001 WHEN 's' THEN 1000 WHEN 'min' THEN 60000 WHEN 'h' THEN 3600000
            WHEN 'd' THEN 86400000 ELSE 1 END AS number
      FROM pgtrawl.source_settings s
      WHERE s.source_id = $1 AND s.name IN \(Store.samplingSettings)
    ), bound AS (
      SELECT '-infinity'::timestamptz AS low UNION SELECT valid_from FROM setting
    ), held AS (
      SELECT b.low, coalesce(lead(b.low) OVER (ORDER BY b.low), 'infinity') AS high,
        \(value("number", of: "log_min_duration_statement")) AS floor_ms,
        \(value("number", of: "log_min_duration_sample")) AS sample_ms,
        coalesce(\(value("number", of: "log_statement_sample_rate")), 1) AS statement_rate,
        coalesce(\(value("number", of: "log_transaction_sample_rate")), 0) AS transaction_rate,
        coalesce(\(value("flag", of: "log_duration")), false) AS logs
      FROM bound b
    ), period AS MATERIALIZED (
      SELECT h.*, coalesce(h.logs OR h.floor_ms = 0 OR h.sample_ms = 0 AND h.statement_rate > 0
          OR h.transaction_rate > 0, false) AS complete
      FROM held h WHERE h.low < $4 AND h.high > $3
    )
    """

  private static func value(_ column: String, of name: String) -> String {
    """
    (SELECT s.\(column) FROM setting s WHERE s.name = '\(name)' AND s.valid_from <= b.low
      ORDER BY s.valid_from DESC LIMIT 1)
    """
  }
}

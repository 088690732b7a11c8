internal import LogModel
public import WorkloadAnalysis
internal import Postgres

extension Store {
  /// The stretch of time that a month's changes are looked for in: it begins 14 days before and ends seven
  /// days after.
  static func range(of span: AnalysisSpan) -> [PostgresParameter] {
    let day: Int64 = 86_400_000_000
    return [
      .int(Int64(span.source)),
      Column.time(LogTime(microseconds: span.start.microseconds - 14 * day)),
      Column.time(LogTime(microseconds: span.end.microseconds + 7 * day)),
    ]
  }

  /// The time of all queries by hour in ms, and the hours in which settings changed what the log shows.
  public func hourTotals(
    around span: AnalysisSpan
  ) async throws(LoadError) -> (totals: [Int64: Double], settingHours: [Int64]) {
    let rows = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        WITH t AS MATERIALIZED (
          SELECT r.hour, sum(r.total_ms::numeric)::float8 AS total_ms FROM pgtrawl.query_rollups r
          WHERE r.source_id = $1 AND r.hour >= $2 AND r.hour < $3 AND NOT r.nested GROUP BY 1
        )
        SELECT (extract(epoch FROM a.hour) / 3600)::bigint, coalesce(t.total_ms, 0),
          a.settings IS DISTINCT FROM lag(a.settings, 1, a.settings) OVER (ORDER BY a.hour)
        FROM pgtrawl.analyzed_hours a LEFT JOIN t ON t.hour = a.hour
        WHERE a.source_id = $1 AND a.hour >= $2 AND a.hour < $3
        """, Self.range(of: span))
    }
    var totals: [Int64: Double] = [:]
    for row in rows { totals[row.count(0)] = row.double(1) ?? 0 }
    return (totals, rows.filter { $0.bool(2) == true }.map { $0.count(0) }.sorted())
  }

  /// Queries that had a hundredth of the time on some day: the others cannot have made a difference.
  public func weightyQueries(around span: AnalysisSpan) async throws(LoadError) -> [Int64] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT DISTINCT d.query_id FROM (
          SELECT r.query_id, sum(r.total_ms::numeric) AS ms,
            sum(sum(r.total_ms::numeric)) OVER (PARTITION BY date_trunc('day', r.hour, 'UTC')) AS all_ms
          FROM pgtrawl.query_rollups r
          WHERE r.source_id = $1 AND r.hour >= $2 AND r.hour < $3 AND NOT r.nested
          GROUP BY r.query_id, date_trunc('day', r.hour, 'UTC')
        ) d WHERE d.query_id <> 0 AND d.ms > 0 AND d.ms >= 0.01 * d.all_ms ORDER BY 1
        """, Self.range(of: span))
    }.map { $0.count(0) }
  }

  /// A query's hours.
  public func series(
    of query: Int64, around span: AnalysisSpan
  ) async throws(LoadError) -> LatencySeries {
    let rows = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT (extract(epoch FROM r.hour) / 3600)::bigint, sum(r.calls)::bigint,
          sum(r.timed)::bigint, sum(r.total_ms::numeric)::float8,
          sum(r.lock_wait_ms::numeric)::float8, sum(r.row_count)::bigint,
          sum(r.rows_known)::bigint, string_agg(r.sketch, ''::bytea)
        FROM pgtrawl.query_rollups r
        WHERE r.source_id = $1 AND r.hour >= $2 AND r.hour < $3 AND r.query_id = $4
          AND NOT r.nested
        GROUP BY r.hour ORDER BY r.hour
        """, Self.range(of: span) + [.int(query)])
    }
    var hours: [HourFigures] = []
    for row in rows {
      do throws(DurationSketch.BytesError) {
        hours.append(
          HourFigures(
            hour: row.count(0), calls: row.count(1), timed: row.count(2),
            totalMs: row.double(3) ?? 0, sketch: try DurationSketch(bytes: row.bytea(7) ?? []),
            lockWaitMs: row.double(4) ?? 0, rows: row.count(5), rowsKnown: row.count(6)))
      } catch {
        throw LoadError(code: .data, message: error.description)
      }
    }
    return LatencySeries(query: query, hours: hours)
  }

  /// Queries that had more than one plan.
  public func queriesOfSeveralPlans(
    around span: AnalysisSpan
  ) async throws(LoadError) -> [Int64] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT a.query_id FROM pgtrawl.query_analysis a
        WHERE a.source_id = $1 AND a.executed_at >= $2 AND a.executed_at < $3 AND a.query_id <> 0
          AND a.plan_id IS NOT NULL
        GROUP BY 1 HAVING count(DISTINCT a.plan_id) > 1 ORDER BY 1
        """, Self.range(of: span))
    }.map { $0.count(0) }
  }

  /// The runs of a query with their plans, without what they waited for locks, in the order of time; at most
  /// `limit`, the earliest.
  public func planRuns(
    of query: Int64, around span: AnalysisSpan, limit: Int = 200_000
  ) async throws(LoadError) -> [PlanRun] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT (extract(epoch FROM a.executed_at) * 1000000)::bigint, a.log_file_id, a.log_offset,
          a.plan_id, greatest(a.execution_time_ms - coalesce(a.lock_wait_ms, 0), 0.001),
          (a.shared_hit + a.shared_read)::float8,
          a.shared_read::float8, a.root_rows, a.total_cost
        FROM pgtrawl.query_analysis a
        WHERE a.source_id = $1 AND a.executed_at >= $2 AND a.executed_at < $3 AND a.query_id = $4
          AND a.plan_id IS NOT NULL AND a.execution_time_ms IS NOT NULL
        ORDER BY a.executed_at, a.log_file_id, a.log_offset LIMIT $5
        """, Self.range(of: span) + [.int(query), .int(limit)])
    }.map { row in
      PlanRun(
        time: row.count(0), file: row.count(1), offset: row.count(2), plan: row.count(3),
        ms: row.double(4) ?? 0, blocks: row.double(5), blocksRead: row.double(6),
        rows: row.double(7), cost: row.double(8))
    }
  }
}

public import LogModel
public import Postgres

/// What the runs of a query with one plan add up to.
public struct QueryPlan: Sendable, Equatable {
  /// Equal for plans that do the same.
  public var plan: Int64
  /// Runs with it.
  public var runs: Int64
  /// The first, RFC 3339.
  public var firstAt: String
  /// The last, RFC 3339.
  public var lastAt: String
  /// Mean of the executor's time in ms; nil for plans that never ran.
  public var meanMs: Double?
  /// The longest in ms.
  public var maxMs: Double?
  /// Mean of the planner's cost.
  public var cost: Double?
  /// Mean of the rows of the root.
  public var rows: Double?
  /// Mean of the blocks that it touched.
  public var blocks: Double?
  /// A table was read as a whole.
  public var hasSeqScan: Bool
  /// Some were made for all values of the parameters.
  public var isGeneric: Bool?
  /// The latest of them.
  public var latest: FactKey
}

/// A day of a query.
public struct QueryDay: Sendable, Equatable {
  /// Its begin (UTC), RFC 3339.
  public var day: String
  /// Executions, at least.
  public var calls: Int64
  /// Failed executions.
  public var errors: Int64
  /// Sum of durations in ms.
  public var totalMs: Double
  /// Mean; nil when the log tells no duration. Percentiles likewise, within 1 %.
  public var meanMs: Double?
  /// Half of the executions took no longer.
  public var medianMs: Double?
  /// 95 of 100 executions took no longer.
  public var p95Ms: Double?
  /// 99 of 100 executions took no longer.
  public var p99Ms: Double?
  /// Rows returned or changed, as far as plans tell.
  public var rows: Int64
}

extension StoreReports {
  /// The latest `limit` days on which a query ran, earliest first, as the analysis summed them up.
  public func days(ofQuery query: Int64, limit: Int) async throws(PostgresError) -> [QueryDay] {
    try await connection.query(
      """
      WITH daily AS (
        SELECT date_trunc('day', r.hour, 'UTC') AS day, sum(r.calls)::bigint AS calls,
          sum(r.errors)::bigint AS errors, sum(r.total_ms::numeric)::float8 AS total_ms,
          sum(r.timed) AS timed, sum(r.row_count)::bigint AS row_count,
          pgtrawl.sketch_quantiles(pgtrawl.merge_sketches(r.sketch), ARRAY[0.5, 0.95, 0.99]) AS p
        FROM pgtrawl.query_rollups r WHERE r.query_id = $1 GROUP BY 1
        HAVING sum(r.calls) > 0 ORDER BY 1 DESC LIMIT $2
      )
      SELECT d.day, d.calls, d.errors, d.total_ms, d.total_ms / nullif(d.timed, 0)::float8, d.p[1],
        d.p[2], d.p[3], d.row_count
      FROM daily d ORDER BY d.day
      """, [.int(query), .int(limit)]
    ).map { row in
      QueryDay(
        day: row.time(0) ?? "", calls: row.count(1), errors: row.count(2),
        totalMs: row.double(3) ?? 0, meanMs: row.double(4), medianMs: row.double(5),
        p95Ms: row.double(6), p99Ms: row.double(7), rows: row.count(8))
    }
  }

  /// How long a plan waited for locks in ms, as the analysis found it; nil when it did not, or was not analyzed.
  public func lockWait(ofPlan key: FactKey) async throws(PostgresError) -> Double? {
    guard try await hasAnalysis() else { return nil }
    return try await connection.query(
      """
      SELECT a.lock_wait_ms FROM pgtrawl.query_analysis a
      WHERE a.log_file_id = $1 AND a.log_offset = $2
      """, [.int(key.file), .int(key.offset)]
    ).first?.double(0)
  }

  /// The plans of a query as they were analyzed, those that ran most first.
  public func analyzedPlans(
    ofQuery query: Int64, limit: Int
  ) async throws(PostgresError) -> [QueryPlan] {
    try await connection.query(
      """
      SELECT a.plan_id, count(*), min(a.executed_at), max(a.executed_at), avg(a.execution_time_ms),
        max(a.execution_time_ms), avg(a.total_cost), avg(a.root_rows),
        avg(a.shared_hit + a.shared_read)::float8, bool_or(a.seq_scan_detected),
        bool_or(a.is_generic),
        (array_agg(a.log_file_id ORDER BY a.executed_at DESC, a.log_file_id, a.log_offset))[1],
        (array_agg(a.log_offset ORDER BY a.executed_at DESC, a.log_file_id, a.log_offset))[1]
      FROM pgtrawl.query_analysis a WHERE a.query_id = $1 AND a.plan_id IS NOT NULL
      GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $2
      """, [.int(query), .int(limit)]
    ).map { row in
      QueryPlan(
        plan: row.count(0), runs: row.count(1), firstAt: row.time(2) ?? "",
        lastAt: row.time(3) ?? "", meanMs: row.double(4), maxMs: row.double(5),
        cost: row.double(6), rows: row.double(7), blocks: row.double(8),
        hasSeqScan: row.bool(9) ?? false, isGeneric: row.bool(10),
        latest: FactKey(file: row.count(11), offset: row.count(12)))
    }
  }
}

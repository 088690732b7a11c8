public import Postgres

/// By what `StoreReports.queries` orders, highest first.
public enum QueryOrder: String, Sendable, CaseIterable {
  /// Total time.
  case total
  /// Mean time.
  case mean
  /// The time that 95 of 100 executions don't exceed.
  case p95
  /// The time that 99 of 100 executions don't exceed.
  case p99
  /// Longest time.
  case max
  /// Executions.
  case calls
  /// Failed executions.
  case errors
  /// Rows.
  case rows
  /// Bytes of temporary files.
  case temp

  var column: String {
    switch self {
    case .total: "total_ms"
    case .mean: "mean_ms"
    case .p95: "p95_ms"
    case .p99: "p99_ms"
    case .max: "max_ms"
    case .calls: "calls"
    case .errors: "errors"
    case .rows: "row_count"
    case .temp: "temp_bytes"
    }
  }

  /// Whether the percentiles of all patterns are needed, not only of those that are shown.
  var isByPercentile: Bool { self == .p95 || self == .p99 }
}

/// One query pattern in a report.
public struct QueryFigures: Sendable, Equatable {
  /// `queries.id`
  public var id: Int64
  /// Executions, provisional and failed ones included.
  public var calls: Int64
  /// Failed executions.
  public var errors: Int64
  /// Executions of which the log tells a duration.
  public var timed: Int64
  /// Sum of durations in ms; nil when the log tells none.
  public var totalMs: Double?
  /// Mean duration in ms over those that have one.
  public var meanMs: Double?
  /// Shortest duration in ms.
  public var minMs: Double?
  /// 95 of 100 durations in ms are no longer.
  public var p95Ms: Double?
  /// 99 of 100 durations in ms are no longer.
  public var p99Ms: Double?
  /// Longest duration in ms.
  public var maxMs: Double?
  /// Part of the total time of everything that the filter lets through, 0 … 1.
  public var share: Double?
  /// Rows returned or changed, as far as plans tell.
  public var rows: Int64?
  /// Bytes of the temporary files that the log names it for (log_temp_files).
  public var tempBytes: Int64
  /// Databases in which it ran.
  public var databases: [String]
  /// Users that ran it.
  public var users: [String]
  /// `queries.statement_kind`
  public var kind: String
  /// Normalized text; nil where the log has no text.
  public var text: String?
}

extension StoreReports {
  /// The `limit` query patterns that come first by `order`, and how many there are in all.
  public func queries(
    _ filter: ReportFilter, order: QueryOrder, limit: Int
  ) async throws(PostgresError) -> (rows: [QueryFigures], patterns: Int64) {
    let result = try await connection.query(
      Self.queriesSQL(order: order), filter.parameters + [.int(limit)])
    let rows = result.map { row in
      QueryFigures(
        id: row.count(0), calls: row.count(1), errors: row.count(2), timed: row.count(3),
        totalMs: row.double(4), meanMs: row.double(5), minMs: row.double(6), p95Ms: row.double(7),
        p99Ms: row.double(8), maxMs: row.double(9), share: row.double(10), rows: row.int(11),
        tempBytes: row.count(12), databases: row.list(13), users: row.list(14),
        kind: row.string(15) ?? "", text: row.string(16))
    }
    return (rows, result.first?.int(17) ?? 0)
  }

  /// Grouped by session context first: the names are then looked up once a group, not once a row.
  /// Percentiles need every duration in order: they are those of the rows shown, unless they rank.
  private static func queriesSQL(order: QueryOrder) -> String {
    let limit = "ORDER BY \(order.column) DESC NULLS LAST, calls DESC, query_id LIMIT $8"
    let ofShown = "AND e.query_id IN (SELECT query_id FROM first)"
    return """
      WITH \(figures),
      first AS MATERIALIZED (
        SELECT * FROM figures \(order.isByPercentile ? "" : limit)
      ), tails AS (
        SELECT e.query_id,
          percentile_cont(ARRAY[0.95, 0.99]) WITHIN GROUP (ORDER BY e.duration_ms) AS t
        FROM pgtrawl.query_executions e
        WHERE \(ReportFilter.executions) \(order.isByPercentile ? "" : ofShown)
        GROUP BY e.query_id
      ), ranked AS (
        SELECT f.*, t.t[1] AS p95_ms, t.t[2] AS p99_ms
        FROM first f LEFT JOIN tails t ON t.query_id = f.query_id \(limit)
      )
      SELECT r.query_id, r.calls, r.errors, r.timed, r.total_ms, r.mean_ms, r.min_ms, r.p95_ms,
        r.p99_ms, r.max_ms, r.share, r.row_count, r.temp_bytes, r.databases, r.users,
        q.statement_kind, nullif(q.normalized_sql, ''), r.patterns
      FROM ranked r LEFT JOIN pgtrawl.queries q ON q.id = r.query_id
      ORDER BY r.\(order.column) DESC NULLS LAST, r.calls DESC, r.query_id
      """
  }

  private static let figures = """
    grouped AS (
      SELECT e.query_id, e.context_id, count(*) AS calls, count(e.sqlstate) AS errors,
        count(e.duration_ms) AS timed, sum(e.duration_ms) AS total_ms,
        min(e.duration_ms) AS min_ms, max(e.duration_ms) AS max_ms,
        sum(greatest(e.rows_returned, e.rows_affected)) AS row_count
      FROM pgtrawl.query_executions e
      WHERE \(ReportFilter.executions)
      GROUP BY e.query_id, e.context_id
    ), written AS (
      SELECT v.query_id, sum((v.fields->>'bytes')::bigint)::bigint AS temp_bytes
      FROM pgtrawl.log_events v
      WHERE \(ReportFilter.events) AND v.event_class = 'temporary_file'
      GROUP BY v.query_id
    ), figures AS (
      SELECT s.*, coalesce(w.temp_bytes, 0) AS temp_bytes,
        s.total_ms / nullif(sum(s.total_ms) OVER (), 0) AS share, count(*) OVER () AS patterns
      FROM (
        SELECT g.query_id, sum(calls)::bigint AS calls, sum(errors)::bigint AS errors,
          sum(timed)::bigint AS timed, sum(total_ms) AS total_ms,
          sum(total_ms) / nullif(sum(timed), 0)::float8 AS mean_ms, min(min_ms) AS min_ms,
          max(max_ms) AS max_ms, sum(row_count)::bigint AS row_count,
          string_agg(DISTINCT c.database_name, E'\\x1f') AS databases,
          string_agg(DISTINCT c.user_name, E'\\x1f') AS users
        FROM grouped g LEFT JOIN pgtrawl.session_contexts c ON c.id = g.context_id
        GROUP BY g.query_id
      ) s LEFT JOIN written w ON w.query_id = s.query_id
    )
    """
}

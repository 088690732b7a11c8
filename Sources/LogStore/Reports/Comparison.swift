public import LogModel
public import Postgres

/// How a query differs between a baseline and a window; figures are per day.
public struct QueryChange: Sendable, Equatable {
  /// `queries.id`
  public var id: Int64
  /// `new`, `gone`, `slower`, `faster`, `more calls` or `fewer calls`.
  public var change: String
  /// What the log shows as the cause: `plan changed`, `more rows`, `lock waits`, `more calls`, `unknown` …
  public var why: String
  /// Time a day that came or went, in ms.
  public var deltaMs: Double
  /// That as part of all time of the baseline; nil when there was none.
  public var deltaShare: Double?
  /// Executions a day before.
  public var callsBefore: Double
  /// Executions a day in the window.
  public var callsAfter: Double
  /// Mean duration in ms before; nil without any.
  public var meanBeforeMs: Double?
  /// Mean duration in ms in the window.
  public var meanAfterMs: Double?
  /// Geometric mean, after by before.
  public var ratio: Double?
  /// 95th percentile in ms before.
  public var p95BeforeMs: Double?
  /// 95th percentile in ms in the window.
  public var p95AfterMs: Double?
  /// The log does not show everything: there was at least so much.
  public var isLowerBound: Bool
  /// Normalized text; nil where the log has no text.
  public var text: String?
}

extension StoreReports {
  /// Whether the database holds the analysis layer.
  public func hasAnalysis() async throws(PostgresError) -> Bool {
    let result = try await connection.query(
      "SELECT to_regclass('pgtrawl.query_rollups') IS NOT NULL")
    return result.first?.bool(0) ?? false
  }

  /// What changed between `baseline` and `window`, greatest difference in time first; `filter` chooses
  /// source, database, user and application. Times are taken down to whole hours.
  public func comparison(
    of window: Range<LogTime>, with baseline: Range<LogTime>, _ filter: ReportFilter, limit: Int
  ) async throws(PostgresError) -> [QueryChange] {
    try await connection.query(
      """
      SELECT c.query_id, c.change, c.why, c.delta_ms, c.delta_share, c.calls_before, c.calls_after,
        c.mean_before_ms, c.mean_after_ms, c.ratio, c.p95_before_ms, c.p95_after_ms,
        c.is_lower_bound, nullif(q.normalized_sql, '')
      FROM pgtrawl.compare($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY c
      LEFT JOIN pgtrawl.queries q ON q.id = c.query_id
      ORDER BY c.ordinality LIMIT $9
      """,
      [
        Column.time(baseline.lowerBound), Column.time(baseline.upperBound),
        Column.time(window.lowerBound), Column.time(window.upperBound), .text(filter.source),
        .text(filter.database), .text(filter.user), .text(filter.application), .int(limit),
      ]
    ).map { row in
      QueryChange(
        id: row.count(0), change: row.string(1) ?? "", why: row.string(2) ?? "",
        deltaMs: row.double(3) ?? 0, deltaShare: row.double(4), callsBefore: row.double(5) ?? 0,
        callsAfter: row.double(6) ?? 0, meanBeforeMs: row.double(7), meanAfterMs: row.double(8),
        ratio: row.double(9), p95BeforeMs: row.double(10), p95AfterMs: row.double(11),
        isLowerBound: row.bool(12) ?? false, text: row.string(13))
    }
  }
}

public import Postgres

/// What the store holds of a period.
public struct StoreSummary: Sendable, Equatable {
  /// First and last execution, RFC 3339; nil without any.
  public var firstAt: String?
  /// See `firstAt`.
  public var lastAt: String?
  /// Executions.
  public var executions: Int64
  /// Those of them that later records may still change.
  public var provisional: Int64
  /// Those of them that failed.
  public var failed: Int64
  /// Those of them without a duration in the log that did not fail.
  public var untimed: Int64
  /// Those of them without a text in the log.
  public var textless: Int64
  /// Those of them with a text that was no UTF-8.
  public var transcoded: Int64
  /// Sum of durations in ms.
  public var totalMs: Double
  /// Query patterns among them.
  public var patterns: Int64
  /// Plans.
  public var plans: Int64
  /// Events.
  public var events: Int64

  /// Executions of one source.
  public struct Source: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// Executions.
    public var executions: Int64
    /// Those of them that failed.
    public var failed: Int64
    /// Sum of durations in ms.
    public var totalMs: Double
    /// First and last execution, RFC 3339.
    public var firstAt: String?
    /// See `firstAt`.
    public var lastAt: String?
  }

  /// Events of one SQLSTATE.
  public struct Failure: Sendable, Equatable {
    /// SQLSTATE.
    public var sqlstate: String
    /// ERROR, FATAL or PANIC.
    public var severity: String
    /// How many.
    public var count: Int64
    /// Message of the latest.
    public var message: String?
    /// Time of the latest, RFC 3339.
    public var lastAt: String?
  }
}

extension StoreReports {
  /// Counts and sums of what `filter` lets through.
  public func summary(_ filter: ReportFilter) async throws(PostgresError) -> StoreSummary {
    let plans = try await count("query_plans p", ReportFilter.plans, filter)
    let events = try await count("log_events v", ReportFilter.events, filter)
    let result = try await connection.query(
      """
      SELECT min(e.executed_at), max(e.executed_at), count(*), count(*) FILTER (WHERE NOT settled),
        count(e.sqlstate), count(*) FILTER (WHERE e.duration_ms IS NULL AND e.sqlstate IS NULL),
        count(*) FILTER (WHERE e.query_id = 0), count(*) FILTER (WHERE e.transcoded),
        sum(e.duration_ms), count(DISTINCT e.query_id)
      FROM pgtrawl.query_executions e WHERE \(ReportFilter.executions)
      """, filter.parameters)
    let row = result.first
    return StoreSummary(
      firstAt: row?.time(0), lastAt: row?.time(1), executions: row?.int(2) ?? 0,
      provisional: row?.int(3) ?? 0, failed: row?.int(4) ?? 0, untimed: row?.int(5) ?? 0,
      textless: row?.int(6) ?? 0, transcoded: row?.int(7) ?? 0, totalMs: row?.double(8) ?? 0,
      patterns: row?.int(9) ?? 0, plans: plans, events: events)
  }

  private func count(
    _ table: String, _ condition: String, _ filter: ReportFilter
  ) async throws(PostgresError) -> Int64 {
    try await connection.query(
      "SELECT count(*) FROM pgtrawl.\(table) WHERE \(condition)", filter.parameters
    ).first?.int(0) ?? 0
  }

  /// The same by source, the one with the most time first.
  public func summaryBySource(
    _ filter: ReportFilter
  ) async throws(PostgresError) -> [StoreSummary.Source] {
    try await connection.query(
      """
      SELECT s.name, count(*), count(e.sqlstate), coalesce(sum(e.duration_ms), 0),
        min(e.executed_at), max(e.executed_at)
      FROM pgtrawl.query_executions e JOIN pgtrawl.sources s ON s.id = e.source_id
      WHERE \(ReportFilter.executions)
      GROUP BY s.name ORDER BY 4 DESC, 1
      """, filter.parameters
    ).map { row in
      StoreSummary.Source(
        name: row.string(0) ?? "", executions: row.count(1), failed: row.count(2),
        totalMs: row.double(3) ?? 0, firstAt: row.time(4), lastAt: row.time(5))
    }
  }

  /// ERROR, FATAL and PANIC records by SQLSTATE, the most frequent `limit`.
  public func failures(
    _ filter: ReportFilter, limit: Int
  ) async throws(PostgresError) -> [StoreSummary.Failure] {
    try await connection.query(
      """
      SELECT v.sqlstate, v.severity, count(*), max(v.occurred_at),
        (array_agg(v.message ORDER BY v.occurred_at DESC, v.log_file_id, v.log_offset))[1]
      FROM pgtrawl.log_events v
      WHERE v.severity IN ('ERROR', 'FATAL', 'PANIC') AND \(ReportFilter.events)
      GROUP BY v.sqlstate, v.severity ORDER BY 3 DESC, 1, 2 LIMIT $8
      """, filter.parameters + [.int(limit)]
    ).map { row in
      StoreSummary.Failure(
        sqlstate: row.string(0) ?? "", severity: row.string(1) ?? "", count: row.count(2),
        message: row.string(4), lastAt: row.time(3))
    }
  }
}

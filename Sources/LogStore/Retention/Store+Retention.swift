public import LogModel
internal import Postgres

/// A month (UTC) of executions, plans and events that retention drops as a whole.
public struct OldMonth: Sendable, Equatable {
  /// Its first day, as `2026-01-01`.
  public var firstDay: String
  /// Its rows, as the server estimates them.
  public var rowEstimate: Int64
  /// What they take on disk in bytes, with indexes.
  public var bytes: Int64
}

extension Store {
  /// How long a try waits for those who read or write, while others queue up behind it.
  private static let dropLockTimeout = "2s"

  /// The months that ended at or before `time`, earliest first.
  public func oldMonths(before time: LogTime) async throws(LoadError) -> [OldMonth] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        "SELECT to_char(month, 'YYYY-MM-DD'), row_estimate, bytes FROM pgtrawl.old_months($1)",
        [Column.time(time)])
    }.map { row in
      OldMonth(firstDay: row.string(0) ?? "", rowEstimate: row.count(1), bytes: row.count(2))
    }
  }

  /// Finds rows of such months again that were loaded after their month had been dropped.
  public func gatherStrays(before time: LogTime) async throws(LoadError) {
    try await attempt { connection throws(PostgresError) -> Void in
      try await connection.query("SELECT pgtrawl.gather_strays($1)", [Column.time(time)])
    }
  }

  /// Gives up the sessions that hold rows of `month` or before, or had their last line then; the number of
  /// segments. What is open in them is settled as it is.
  @discardableResult
  public func leaveSessions(through month: OldMonth) async throws(LoadError) -> Int64 {
    let sources = try await attempt { connection throws(PostgresError) in
      try await connection.query("SELECT id FROM pgtrawl.sources ORDER BY id")
    }.map { $0.count(0) }
    var segments: Int64 = 0
    for source in sources {
      segments += try await attempt { connection throws(PostgresError) in
        try await connection.query(
          "SELECT pgtrawl.leave_sessions($1::int, \(Self.end(of: "$2")))",
          [.int(source), .text(month.firstDay)]
        ).first?.count(0) ?? 0
      }
    }
    return segments
  }

  /// Drops the rows of a month with their links, samples, hours and what was read of their plans; the number of
  /// rows, nil when rows of it are not summed up yet. Rollups, queries and their totals stay.
  ///
  /// One transaction: killed at any moment, the month is there or gone. Whoever reads or writes executions, plans
  /// or events waits for its end; before that it waits at most two seconds a try for them. The caller has the
  /// lock of the analysis.
  public func drop(_ month: OldMonth) async throws(LoadError) -> Int64? {
    let day = [PostgresParameter.text(month.firstDay)]
    return try await attempt { connection throws(PostgresError) -> Int64? in
      try await connection.execute("BEGIN")
      try await connection.execute("SET LOCAL lock_timeout = '\(Self.dropLockTimeout)'")
      try await connection.query("SELECT pgtrawl.hold_month($1::date)", day)
      let hasAnalysis = try await connection.query(
        "SELECT to_regclass('pgtrawl.analyzed_hours') IS NOT NULL"
      ).first?.bool(0)
      if hasAnalysis == true {
        guard try await Self.isSummedUp(day, connection) else {
          await connection.rollback()
          return nil
        }
        try await connection.query("SELECT pgtrawl.freeze_rollups(\(Self.end(of: "$1")))", day)
        try await connection.query(
          """
          DELETE FROM pgtrawl.query_analysis
          WHERE executed_at >= \(Self.start(of: "$1")) AND executed_at < \(Self.end(of: "$1"))
          """, day)
      }
      let rows = try await connection.query("SELECT pgtrawl.drop_month($1::date)", day)
        .first?.count(0)
      FailPoint.beforeCommit.pass()
      try await connection.execute("COMMIT")
      return rows ?? 0
    }
  }

  /// Nobody changes rows of the month any more.
  private static func isSummedUp(
    _ day: [PostgresParameter], _ connection: PostgresConnection
  ) async throws(PostgresError) -> Bool {
    let isPending = try await connection.query(
      """
      WITH month AS (SELECT \(start(of: "$2")) AS low, \(end(of: "$2")) AS high)
      SELECT EXISTS (SELECT FROM (\(pendingSQL)) p (source, micros, files, changes, settings), month m
          WHERE p.micros >= extract(epoch FROM m.low) * 1000000
            AND p.micros < extract(epoch FROM m.high) * 1000000)
        OR EXISTS (SELECT FROM pgtrawl.analyzed_hours a, month m
          WHERE a.hour >= m.low AND a.hour < m.high AND a.plans <> a.changes AND NOT a.frozen)
      """, [Column.time(nil)] + day
    ).first?.bool(0)
    return isPending == false
  }

  private static func start(of day: String) -> String {
    "\(day)::date::timestamp AT TIME ZONE 'UTC'"
  }

  private static func end(of day: String) -> String {
    "(\(day)::date + interval '1 month') AT TIME ZONE 'UTC'"
  }
}

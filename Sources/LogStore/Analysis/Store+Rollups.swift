internal import LogModel
internal import Postgres

extension Store {
  /// What is made of the rows of an hour.
  private static let tablesOfHours = [
    "query_rollups", "query_bursts", "session_transactions", "heavy_runs", "minute_loads",
  ]

  /// Makes the rollups of these hours of one source anew from their rows, in one transaction; the number
  /// of executions that were read.
  public func redo(_ hours: [HourState]) async throws(LoadError) -> Int64 {
    guard let first = hours.first else { return 0 }
    precondition(hours.allSatisfy { $0.source == first.source })
    let marked = hours.filter { $0.mark != nil }
    return try await attempt { connection throws(PostgresError) in
      try await connection.execute("BEGIN; SET LOCAL work_mem = '64MB'")
      let all: [PostgresParameter] = [
        .int(Int64(first.source)), Column.times(hours.map(\.hour)),
      ]
      for table in Self.tablesOfHours {
        try await connection.query(
          "DELETE FROM pgtrawl.\(table) WHERE source_id = $1 AND hour = ANY ($2)", all)
      }
      try await connection.query(
        """
        DELETE FROM pgtrawl.analyzed_hours
        WHERE source_id = $1 AND hour = ANY ($2) AND NOT hour = ANY ($3)
        """, all + [Column.times(marked.map(\.hour))])
      // Of hours that are gone the plans are, too; those of the others their reader looks through.
      try await connection.query(
        """
        DELETE FROM pgtrawl.finding_rollups
        WHERE source_id = $1 AND hour = ANY ($2) AND NOT hour = ANY ($3)
        """, all + [Column.times(marked.map(\.hour))])
      try await connection.query(
        """
        DELETE FROM pgtrawl.query_analysis a USING unnest($2::timestamptz[]) h (hour)
        WHERE a.source_id = $1 AND a.executed_at >= h.hour
          AND a.executed_at < h.hour + interval '1 hour' AND NOT h.hour = ANY ($3)
        """, all + [Column.times(marked.map(\.hour))])
      guard let low = marked.map(\.hour).min(), let high = marked.map(\.hour).max() else {
        try await connection.execute("COMMIT")
        return 0
      }
      let range: [PostgresParameter] = [
        .int(Int64(first.source)), Column.times(marked.map(\.hour)), Column.time(low),
        Column.time(LogTime(microseconds: high.microseconds + 3_600_000_000)),
      ]
      let rows = try await connection.query(RollupSQL.insert, range).first?.int(0) ?? 0
      try await connection.query(BurstSQL.insert, range)
      try await connection.query(TransactionSQL.insert, range)
      for sql in Self.insertScheduledLoad { try await connection.query(sql, range) }
      try await connection.query(
        """
        INSERT INTO pgtrawl.analyzed_hours AS a (source_id, hour, files, changes, settings)
        SELECT $1::int, * FROM unnest($2::timestamptz[], $3::bigint[], $4::text[]::numeric[], $5::text[])
        ON CONFLICT (source_id, hour) DO UPDATE SET files = excluded.files,
          changes = excluded.changes, settings = excluded.settings, version = excluded.version
        """,
        [
          .int(Int64(first.source)), Column.times(marked.map(\.hour)),
          .bigintArray(marked.compactMap(\.mark?.files)),
          .textArray(marked.map(\.mark?.changes)), .textArray(marked.map(\.mark?.settings)),
        ])
      FailPoint.beforeCommit.pass()
      try await connection.execute("COMMIT")
      return rows
    }
  }

  /// Empties the layer, except for hours whose rows are gone by retention: what follows is made anew.
  /// Only tables of the layer are locked.
  public func clearAnalysis() async throws(LoadError) {
    try await attempt { connection throws(PostgresError) in
      try await connection.execute("BEGIN")
      let isKept = try await connection.query(
        "SELECT EXISTS (SELECT FROM pgtrawl.analyzed_hours WHERE frozen)"
      ).first?.bool(0)
      if isKept == true {
        for sql in Self.clearSpans { try await connection.execute(sql) }
        for table in Self.tablesOfHours + ["finding_rollups"] {
          try await connection.execute(
            """
            DELETE FROM pgtrawl.\(table) r WHERE NOT EXISTS (SELECT FROM pgtrawl.analyzed_hours a
              WHERE a.source_id = r.source_id AND a.hour = r.hour AND a.frozen)
            """)
        }
        try await connection.execute(
          """
          DELETE FROM pgtrawl.query_analysis r WHERE NOT EXISTS (SELECT FROM pgtrawl.analyzed_hours a
            WHERE a.source_id = r.source_id AND a.frozen
              AND a.hour = date_trunc('hour', r.executed_at, 'UTC'))
          """)
        try await connection.execute("DELETE FROM pgtrawl.analyzed_hours WHERE NOT frozen")
      } else {
        try await connection.execute(
          """
          TRUNCATE \(Self.tablesOfHours.map { "pgtrawl.\($0)" }.joined(separator: ", ")), pgtrawl.query_analysis,
            pgtrawl.finding_rollups, pgtrawl.analyzed_hours, pgtrawl.analyzed_spans,
            pgtrawl.workload_findings, pgtrawl.plan_changes, pgtrawl.query_regressions
          """)
      }
      try await connection.execute("COMMIT")
    }
  }

  /// Deletes the days and months that can be made anew, and what was found in them.
  private static let clearSpans = [
    """
    DELETE FROM pgtrawl.analyzed_spans k WHERE (
      SELECT bool_and(a.frozen) FROM pgtrawl.analyzed_hours a WHERE a.source_id = k.source_id
        AND a.hour >= k.starts_at AND a.hour < k.starts_at + ('1 ' || k.kind)::interval) IS NOT TRUE
    """,
    """
    DELETE FROM pgtrawl.workload_findings f WHERE NOT EXISTS (
      SELECT FROM pgtrawl.analyzed_spans k WHERE k.source_id = f.source_id
        AND k.starts_at = f.window_from
        AND k.starts_at + ('1 ' || k.kind)::interval = f.window_until)
    """,
    clearMonths("plan_changes", time: "changed_at"),
    clearMonths("query_regressions", time: "started_at"),
  ]

  private static func clearMonths(_ table: String, time: String) -> String {
    """
    DELETE FROM pgtrawl.\(table) c WHERE NOT EXISTS (
      SELECT FROM pgtrawl.analyzed_spans k WHERE k.source_id = c.source_id AND k.kind = 'month'
        AND k.starts_at = date_trunc('month', c.\(time), 'UTC'))
    """
  }
}

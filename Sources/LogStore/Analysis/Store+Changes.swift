public import WorkloadAnalysis
internal import LogModel
internal import Postgres

/// A row of `query_regressions` to be.
public struct RegressionRow: Sendable, Equatable {
  /// `queries.id`
  public var query: Int64
  /// Since when, in µs since 1970.
  public var startedAt: Int64
  /// Whether it was found in plans or in the times of executions.
  public var isOfPlan: Bool
  /// Level before, in ms.
  public var beforeMs: Double
  /// Level after, in ms.
  public var afterMs: Double
  /// By which factor.
  public var ratio: Double
  /// The probability of chance.
  public var p: Double
  /// Time that it adds a day, in ms.
  public var addedMsPerDay: Double
  /// As part of the time of all queries, 0 … 1; nil where that is not known.
  public var share: Double?
  /// How much it matters.
  public var severity: FindingSeverity
  /// Why.
  public var cause: String
  /// The figures it rests on.
  public var evidence: Evidence

  /// A regression by its parts.
  public init(
    query: Int64, startedAt: Int64, isOfPlan: Bool, beforeMs: Double, afterMs: Double,
    ratio: Double, p: Double, addedMsPerDay: Double, share: Double?, severity: FindingSeverity,
    cause: String, evidence: Evidence
  ) {
    self.query = query
    self.startedAt = startedAt
    self.isOfPlan = isOfPlan
    self.beforeMs = beforeMs
    self.afterMs = afterMs
    self.ratio = ratio
    self.p = p
    self.addedMsPerDay = addedMsPerDay
    self.share = share
    self.severity = severity
    self.cause = cause
    self.evidence = evidence
  }
}

extension Store {
  /// Replaces the changes that begin in a month, and notes in which state the month was looked at.
  public func write(
    flips: [(query: Int64, flip: PlanFlip)], regressions: [RegressionRow],
    findings: [WorkloadFinding], of span: AnalysisSpan, rulesVersion: Int
  ) async throws(LoadError) {
    let range: [PostgresParameter] = [
      .int(Int64(span.source)), Column.time(span.start), Column.time(span.end),
    ]
    try await attempt { connection throws(PostgresError) in
      try await connection.execute("BEGIN")
      for (table, column) in [("plan_changes", "changed_at"), ("query_regressions", "started_at")] {
        try await connection.query(
          """
          DELETE FROM pgtrawl.\(table)
          WHERE source_id = $1 AND \(column) >= $2 AND \(column) < $3
          """, range)
      }
      try await Self.insert(flips, span, connection)
      try await Self.insert(regressions, span, connection)
      try await Self.replaceFindings(findings, of: span, connection)
      try await Self.mark(span, rulesVersion: rulesVersion, connection)
      FailPoint.beforeCommit.pass()
      try await connection.execute("COMMIT")
    }
  }

  private static func insert(
    _ flips: [(query: Int64, flip: PlanFlip)], _ span: AnalysisSpan,
    _ connection: PostgresConnection
  ) async throws(PostgresError) {
    try await connection.query(
      """
      INSERT INTO pgtrawl.plan_changes (source_id, query_id, changed_at, from_plan_id, to_plan_id,
        log_file_id, log_offset, before_runs, after_runs, before_ms, after_ms, ratio, p, evidence)
      SELECT $1::int, t.query, t.at, t.old, t.new, t.file, t.off, t.n1, t.n2, t.m1::float8,
        t.m2::float8, t.ratio::float8, t.p::float8, t.evidence::jsonb
      FROM unnest($2::bigint[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::text[],
        $13::text[], $14::text[])
        AS t (query, at, old, new, file, off, n1, n2, m1, m2, ratio, p, evidence)
      """,
      [
        .int(Int64(span.source)), .bigintArray(flips.map(\.query)),
        Column.times(flips.map { LogTime(microseconds: $0.flip.first.time) }),
        .bigintArray(flips.map(\.flip.from)), .bigintArray(flips.map(\.flip.first.plan)),
        .bigintArray(flips.map(\.flip.first.file)), .bigintArray(flips.map(\.flip.first.offset)),
        .bigintArray(flips.map(\.flip.effect.runsBefore)),
        .bigintArray(flips.map(\.flip.effect.runsAfter)),
        .textArray(flips.map { text($0.flip.effect.beforeMs) }),
        .textArray(flips.map { text($0.flip.effect.afterMs) }),
        .textArray(flips.map { text($0.flip.effect.test?.ratio) }),
        .textArray(flips.map { text($0.flip.effect.test?.p) }),
        .textArray(flips.map(\.flip.evidence.json)),
      ])
  }

  private static func insert(
    _ rows: [RegressionRow], _ span: AnalysisSpan, _ connection: PostgresConnection
  ) async throws(PostgresError) {
    try await connection.query(
      """
      INSERT INTO pgtrawl.query_regressions (source_id, query_id, started_at, kind, before_ms,
        after_ms, ratio, p, added_ms_per_day, share, severity, cause, evidence)
      SELECT $1::int, t.query, t.at, t.kind, t.m1::float8, t.m2::float8, t.ratio::float8,
        t.p::float8, t.added::float8, t.share::float8, t.severity, t.cause, t.evidence::jsonb
      FROM unnest($2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
        AS t (query, at, kind, m1, m2, ratio, p, added, share, severity, cause, evidence)
      """,
      [
        .int(Int64(span.source)), .bigintArray(rows.map(\.query)),
        Column.times(rows.map { LogTime(microseconds: $0.startedAt) }),
        .textArray(rows.map { $0.isOfPlan ? "plan" : "latency" }),
        .textArray(rows.map { text($0.beforeMs) }), .textArray(rows.map { text($0.afterMs) }),
        .textArray(rows.map { text($0.ratio) }), .textArray(rows.map { text($0.p) }),
        .textArray(rows.map { text($0.addedMsPerDay) }), .textArray(rows.map { text($0.share) }),
        .textArray(rows.map(\.severity.rawValue)), .textArray(rows.map(\.cause)),
        .textArray(rows.map(\.evidence.json)),
      ])
  }

  /// A float8 as SQL reads it back to the last bit; infinite ones as PostgreSQL writes them.
  private static func text(_ value: Double?) -> String? {
    value.map { $0.isFinite ? "\($0)" : $0.isNaN ? "NaN" : $0 > 0 ? "Infinity" : "-Infinity" }
  }
}

internal import LogModel
public import Postgres

/// A finding over the executions of a query.
public struct StoredFinding: Sendable, Equatable {
  /// Name of the source.
  public var source: String
  /// `queries.id`
  public var query: Int64
  /// The rule's id: `slow-mean`.
  public var rule: String
  /// `info` to `critical`.
  public var severity: String
  /// Begin of the window, RFC 3339.
  public var from: String
  /// Its end, RFC 3339.
  public var until: String
  /// The time in ms that it is about; nil where it is about none.
  public var costMs: Double?
  /// One sentence.
  public var summary: String
  /// The figures it rests on, a JSON object.
  public var evidence: String
  /// The log does not show everything.
  public var isLowerBound: Bool
  /// Normalized text; nil where the log has no text.
  public var text: String?
}

/// That a query got slower for good.
public struct StoredRegression: Sendable, Equatable {
  /// Name of the source.
  public var source: String
  /// `queries.id`
  public var query: Int64
  /// Since when, RFC 3339.
  public var startedAt: String
  /// `plan` or `latency`: where it was found.
  public var kind: String
  /// `info` to `critical`.
  public var severity: String
  /// Level before, in ms.
  public var beforeMs: Double
  /// Level since, in ms.
  public var afterMs: Double
  /// By which factor.
  public var ratio: Double
  /// Time that it adds a day, in ms.
  public var addedMsPerDay: Double
  /// Why, as far as the log shows.
  public var cause: String
  /// The figures it rests on, a JSON object.
  public var evidence: String
  /// Normalized text; nil where the log has no text.
  public var text: String?
}

/// That the dominant plan of a query changed.
public struct StoredPlanChange: Sendable, Equatable {
  /// Name of the source.
  public var source: String
  /// `queries.id`
  public var query: Int64
  /// When, RFC 3339.
  public var changedAt: String
  /// The first plan after the change: file and offset.
  public var file: Int64
  /// Offset of that plan.
  public var offset: Int64
  /// The plan's id before.
  public var fromPlan: Int64
  /// The plan's id since.
  public var toPlan: Int64
  /// Level before, in ms.
  public var beforeMs: Double?
  /// Level since, in ms.
  public var afterMs: Double?
  /// By which factor.
  public var ratio: Double?
  /// The figures it rests on, a JSON object.
  public var evidence: String
  /// Normalized text; nil where the log has no text.
  public var text: String?
}

extension StoreReports {
  /// Findings of windows that overlap the filter's period, worst and most costly first; `severities` and
  /// `rules` restrict when they are not empty, `query` to those of one query. Database, user and application do not.
  public func findings(
    _ filter: ReportFilter, severities: [String], rules: [String], query: Int64? = nil, limit: Int
  ) async throws(PostgresError) -> [StoredFinding] {
    try await connection.query(
      """
      SELECT s.name, f.query_id, f.rule, f.severity, f.window_from, f.window_until, f.cost_ms,
        f.summary, f.evidence, f.is_lower_bound, nullif(q.normalized_sql, '')
      FROM pgtrawl.workload_findings f JOIN pgtrawl.sources s ON s.id = f.source_id
      LEFT JOIN pgtrawl.queries q ON q.id = f.query_id
      WHERE ($1::timestamptz IS NULL OR f.window_until > $1)
        AND ($2::timestamptz IS NULL OR f.window_from < $2) AND ($3::text IS NULL OR s.name = $3)
        AND (cardinality($4::text[]) = 0 OR f.severity = ANY ($4))
        AND (cardinality($5::text[]) = 0 OR f.rule = ANY ($5))
        AND ($7::bigint IS NULL OR f.query_id = $7)
      ORDER BY \(Self.worstFirst("f")), f.cost_ms DESC NULLS LAST, f.window_from DESC, f.query_id, f.rule
      LIMIT $6
      """,
      [
        Column.time(filter.since), Column.time(filter.until), .text(filter.source),
        .textArray(severities), .textArray(rules), .int(limit), .int(query),
      ]
    ).map { row in
      StoredFinding(
        source: row.string(0) ?? "", query: row.count(1), rule: row.string(2) ?? "",
        severity: row.string(3) ?? "", from: row.time(4) ?? "", until: row.time(5) ?? "",
        costMs: row.double(6), summary: row.string(7) ?? "", evidence: row.string(8) ?? "{}",
        isLowerBound: row.bool(9) ?? true, text: row.string(10))
    }
  }

  /// Regressions that began in the filter's period, those that add most time first.
  public func regressions(
    _ filter: ReportFilter, limit: Int
  ) async throws(PostgresError) -> [StoredRegression] {
    try await connection.query(
      """
      SELECT s.name, r.query_id, r.started_at, r.kind, r.severity, r.before_ms, r.after_ms, r.ratio,
        r.added_ms_per_day, r.cause, r.evidence, nullif(q.normalized_sql, '')
      FROM pgtrawl.query_regressions r JOIN pgtrawl.sources s ON s.id = r.source_id
      LEFT JOIN pgtrawl.queries q ON q.id = r.query_id
      WHERE ($1::timestamptz IS NULL OR r.started_at >= $1)
        AND ($2::timestamptz IS NULL OR r.started_at < $2) AND ($3::text IS NULL OR s.name = $3)
      ORDER BY r.added_ms_per_day DESC, r.started_at, r.query_id, r.kind LIMIT $4
      """, Self.period(filter) + [.int(limit)]
    ).map { row in
      StoredRegression(
        source: row.string(0) ?? "", query: row.count(1), startedAt: row.time(2) ?? "",
        kind: row.string(3) ?? "", severity: row.string(4) ?? "", beforeMs: row.double(5) ?? 0,
        afterMs: row.double(6) ?? 0, ratio: row.double(7) ?? 0,
        addedMsPerDay: row.double(8) ?? 0, cause: row.string(9) ?? "",
        evidence: row.string(10) ?? "{}", text: row.string(11))
    }
  }

  /// Plan changes in the filter's period, latest first.
  public func planChanges(
    _ filter: ReportFilter, limit: Int
  ) async throws(PostgresError) -> [StoredPlanChange] {
    try await connection.query(
      """
      SELECT s.name, c.query_id, c.changed_at, c.log_file_id, c.log_offset, c.from_plan_id,
        c.to_plan_id, c.before_ms, c.after_ms, c.ratio, c.evidence, nullif(q.normalized_sql, '')
      FROM pgtrawl.plan_changes c JOIN pgtrawl.sources s ON s.id = c.source_id
      LEFT JOIN pgtrawl.queries q ON q.id = c.query_id
      WHERE ($1::timestamptz IS NULL OR c.changed_at >= $1)
        AND ($2::timestamptz IS NULL OR c.changed_at < $2) AND ($3::text IS NULL OR s.name = $3)
      ORDER BY c.changed_at DESC, c.log_file_id DESC, c.log_offset DESC LIMIT $4
      """, Self.period(filter) + [.int(limit)]
    ).map { row in
      StoredPlanChange(
        source: row.string(0) ?? "", query: row.count(1), changedAt: row.time(2) ?? "",
        file: row.count(3), offset: row.count(4), fromPlan: row.count(5), toPlan: row.count(6),
        beforeMs: row.double(7), afterMs: row.double(8), ratio: row.double(9),
        evidence: row.string(10) ?? "{}", text: row.string(11))
    }
  }

  /// $1 to $3: since, until, name of the source.
  static func period(_ filter: ReportFilter) -> [PostgresParameter] {
    [Column.time(filter.since), Column.time(filter.until), .text(filter.source)]
  }

  private static func worstFirst(_ alias: String) -> String {
    "array_position(ARRAY['critical', 'high', 'medium', 'low', 'info'], \(alias).severity)"
  }
}

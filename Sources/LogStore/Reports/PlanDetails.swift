public import LogModel
public import Postgres

/// One plan with its document.
public struct PlanDetails: Sendable, Equatable {
  /// What a list tells of it too.
  public var figures: PlanFigures
  /// `queries.id` of PostgreSQL's own; 0 = none.
  public var nativeQueryID: Int64
  /// The session and the line of its record.
  public var session: String
  /// See `session`.
  public var line: Int64
  /// Where its log was last seen.
  public var path: String
  /// json, text, xml or yaml.
  public var format: String
  /// False for a plan that was written but never executed.
  public var ran: Bool
  /// Why the document is kept as text beside or instead of jsonb; nil when it is jsonb.
  public var unfitReason: String?
  /// The document; UTF-8, with the keys in jsonb's order where it is jsonb.
  public var document: [UInt8]
  /// The execution that it belongs to; nil when it is not known.
  public var execution: FactKey?
}

extension StoreReports {
  /// The plan `key`; nil when there is none.
  public func plan(_ key: FactKey) async throws(PostgresError) -> PlanDetails? {
    try await connection.query(
      """
      \(Self.planColumns), p.native_query_id, p.session_id, p.session_line, f.path, p.format,
        p.ran, p.unfit_reason, coalesce(p.plan_text, p.plan::text), l.execution_log_file_id,
        l.execution_log_offset
      FROM pgtrawl.query_plans p \(Self.planJoins)
      JOIN pgtrawl.log_files f ON f.id = p.log_file_id
      LEFT JOIN pgtrawl.plan_links l
        ON l.log_file_id = p.log_file_id AND l.log_offset = p.log_offset
      WHERE p.log_file_id = $1 AND p.log_offset = $2
      """, [.int(key.file), .int(key.offset)]
    ).first.map { row in
      PlanDetails(
        figures: PlanFigures(row), nativeQueryID: row.count(11), session: row.string(12) ?? "",
        line: row.count(13), path: row.string(14) ?? "", format: row.string(15) ?? "",
        ran: row.bool(16) ?? false, unfitReason: row.string(17),
        document: row[18].map(Array.init) ?? [],
        execution: row.int(19).map { FactKey(file: $0, offset: row.count(20)) })
    }
  }

  /// The execution that `plan` belongs to; nil when it is not known or not there.
  ///
  /// Looked for within a day of the plan first, which leaves out almost every partition.
  public func execution(of plan: PlanDetails) async throws(PostgresError) -> FactKey? {
    guard let key = plan.execution else { return nil }
    for isNear in [true, false] {
      let row = try await connection.query(
        """
        SELECT 1 FROM pgtrawl.query_executions
        WHERE log_file_id = $1 AND log_offset = $2
          AND (NOT $4 OR executed_at BETWEEN $3::timestamptz - interval '1 day'
            AND $3::timestamptz + interval '1 day')
        """,
        [
          .int(key.file), .int(key.offset), .text(plan.figures.executedAt), .bool(isNear),
        ]
      ).first
      if row != nil { return key }
    }
    return nil
  }
}

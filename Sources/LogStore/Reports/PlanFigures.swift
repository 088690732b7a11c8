public import LogModel
public import Postgres

/// One plan in a report.
public struct PlanFigures: Sendable, Equatable {
  /// Where it stands; its public id.
  public var key: FactKey
  /// Log time, RFC 3339.
  public var executedAt: String
  /// The executor's time in ms.
  public var planMs: Double
  /// `queries.id` of its statement.
  public var queryID: Int64
  /// Number of plan nodes; 0 for plans that are not JSON.
  public var nodes: Int64
  /// Hash of its structure; 0 for plans that are not JSON.
  public var shape: Int64
  /// The type of its root node; nil for plans that are not JSON.
  public var rootNode: String?
  /// 0 = of a statement that the client sent.
  public var nesting: Int64
  /// Name of the source.
  public var source: String
  /// Normalized text of its statement; nil where the log has none.
  public var text: String?

  init(_ row: PostgresRow) {
    key = FactKey(file: row.count(0), offset: row.count(1))
    executedAt = row.time(2) ?? ""
    planMs = row.double(3) ?? 0
    queryID = row.count(4)
    nodes = row.count(5)
    shape = row.count(6)
    rootNode = row.string(7)
    nesting = row.count(8)
    source = row.string(9) ?? ""
    text = row.string(10)
  }
}

extension StoreReports {
  /// The `limit` slowest plans that ran.
  public func plans(
    _ filter: ReportFilter, limit: Int
  ) async throws(PostgresError) -> [PlanFigures] {
    try await connection.query(
      """
      WITH slowest AS (
        SELECT p.log_file_id, p.log_offset, p.executed_at
        FROM pgtrawl.query_plans p
        WHERE p.ran AND \(ReportFilter.plans)
        ORDER BY p.plan_ms DESC, p.log_file_id, p.log_offset
        LIMIT $8
      )
      \(Self.planColumns)
      FROM slowest w
      JOIN pgtrawl.query_plans p ON p.executed_at = w.executed_at
        AND p.log_file_id = w.log_file_id AND p.log_offset = w.log_offset
      \(Self.planJoins)
      ORDER BY p.plan_ms DESC, p.log_file_id, p.log_offset
      """, filter.parameters + [.int(limit)]
    ).map(PlanFigures.init)
  }

  /// The `limit` latest plans of the query `id`.
  public func latestPlans(
    ofQuery id: Int64, limit: Int
  ) async throws(PostgresError) -> [PlanFigures] {
    try await connection.query(
      """
      \(Self.planColumns) FROM pgtrawl.query_plans p \(Self.planJoins)
      WHERE p.query_id = $1::bigint
      ORDER BY p.executed_at DESC, p.log_file_id DESC, p.log_offset DESC
      LIMIT $2
      """, [.int(id), .int(limit)]
    ).map(PlanFigures.init)
  }

  static let planColumns = """
    SELECT p.log_file_id, p.log_offset, p.executed_at, p.plan_ms, p.query_id, p.nodes, p.shape,
      p.plan #>> '{Plan,Node Type}', p.nesting, s.name, nullif(q.normalized_sql, '')
    """
  static let planJoins = """
    JOIN pgtrawl.sources s ON s.id = p.source_id
    LEFT JOIN pgtrawl.queries q ON q.id = p.query_id
    """
}

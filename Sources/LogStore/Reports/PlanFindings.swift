internal import LogModel
public import Postgres

/// What a rule found at a place of a query's plans, over its executions.
public struct StoredPlanFinding: Sendable, Equatable {
  /// Name of the source.
  public var source: String
  /// `queries.id`
  public var query: Int64
  /// The rule's id: `seq-scan-selective-filter`.
  public var rule: String
  /// The node in the document, as `jsonb`'s `#>` takes it.
  public var path: String
  /// The worst one, `info` to `critical`.
  public var severity: String
  /// Plans in which it was found.
  public var plans: Int64
  /// What all of them would save at most, in ms.
  public var savingMs: Double
  /// The first of these plans, RFC 3339.
  public var from: String
  /// The last one, RFC 3339.
  public var until: String
  /// The node for people, in the plan that would save most.
  public var node: String
  /// What to do about that plan.
  public var remedy: String
  /// The finding in that plan, a JSON object.
  public var finding: String
  /// Normalized text; nil where the log has no text.
  public var text: String?
}

extension StoreReports {
  /// Findings of plans in the filter's period that are sure enough to be shown, folded by query, rule and
  /// node, worst and most rewarding first; `severities` and `rules` restrict when they are not empty.
  /// `query` restricts to those of one query. Database, user and application do not.
  public func planFindings(
    _ filter: ReportFilter, severities: [String], rules: [String], query: Int64? = nil, limit: Int
  ) async throws(PostgresError) -> [StoredPlanFinding] {
    try await connection.query(
      """
      WITH found AS (
        SELECT a.source_id, a.query_id, j.value->>'rule' AS rule, j.value->>'path' AS path,
          min(\(Self.rank("j.value->>'severity'"))) AS rank, count(*) AS plans,
          sum((j.value->>'saving_ms')::numeric)::float8 AS saving_ms,
          min(a.executed_at) AS low, max(a.executed_at) AS high
        FROM pgtrawl.query_analysis a CROSS JOIN LATERAL jsonb_array_elements(a.findings) j
        WHERE ($1::timestamptz IS NULL OR a.executed_at >= $1)
          AND ($2::timestamptz IS NULL OR a.executed_at < $2)
          AND (j.value->>'confidence')::float8 >= 0.4
          AND (cardinality($5::text[]) = 0 OR j.value->>'rule' = ANY ($5))
          AND ($7::bigint IS NULL OR a.query_id = $7)
        GROUP BY 1, 2, 3, 4
      ), top AS (
        SELECT s.name, f.* FROM found f JOIN pgtrawl.sources s ON s.id = f.source_id
        WHERE ($3::text IS NULL OR s.name = $3)
          AND (cardinality($4::text[]) = 0 OR (\(Self.severities))[f.rank] = ANY ($4))
        ORDER BY f.rank, f.saving_ms DESC, f.query_id, f.rule, f.path, s.name LIMIT $6
      )
      SELECT t.name, t.query_id, t.rule, t.path, (\(Self.severities))[t.rank], t.plans, t.saving_ms,
        t.low, t.high, x.finding->>'node', x.finding->>'remedy', x.finding,
        nullif(q.normalized_sql, '')
      FROM top t LEFT JOIN pgtrawl.queries q ON q.id = t.query_id
      CROSS JOIN LATERAL (
        SELECT j.value AS finding
        FROM pgtrawl.query_analysis a CROSS JOIN LATERAL jsonb_array_elements(a.findings) j
        WHERE a.query_id = t.query_id AND a.source_id = t.source_id
          AND a.executed_at BETWEEN t.low AND t.high AND j.value->>'rule' = t.rule
          AND j.value->>'path' = t.path AND (j.value->>'confidence')::float8 >= 0.4
        ORDER BY (j.value->>'saving_ms')::float8 DESC, a.executed_at, a.log_file_id, a.log_offset
        LIMIT 1
      ) x
      ORDER BY t.rank, t.saving_ms DESC, t.query_id, t.rule, t.path, t.name
      """,
      [
        Column.time(filter.since), Column.time(filter.until), .text(filter.source),
        .textArray(severities), .textArray(rules), .int(limit), .int(query),
      ]
    ).map { row in
      StoredPlanFinding(
        source: row.string(0) ?? "", query: row.count(1), rule: row.string(2) ?? "",
        path: row.string(3) ?? "", severity: row.string(4) ?? "", plans: row.count(5),
        savingMs: row.double(6) ?? 0, from: row.time(7) ?? "", until: row.time(8) ?? "",
        node: row.string(9) ?? "", remedy: row.string(10) ?? "", finding: row.string(11) ?? "{}",
        text: row.string(12))
    }
  }

  /// SQL for the severities, the worst first.
  private static let severities = "ARRAY['critical', 'high', 'medium', 'low', 'info']"

  private static func rank(_ severity: String) -> String {
    "array_position(\(severities), \(severity))"
  }
}

public import WorkloadAnalysis
internal import LogModel
internal import Postgres

extension Store {
  /// Statements that can have changed plans of these queries, in the order of time: those that name one of their
  /// tables, and those that name none.
  public func planChangingStatements(
    around span: AnalysisSpan, of queries: [Int64]
  ) async throws(LoadError) -> [Int64: [PlanCause]] {
    guard !queries.isEmpty else { return [:] }
    let rows = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        Self.changingSQL, Self.range(of: span) + [.bigintArray(queries)])
    }
    var causes: [Int64: [PlanCause]] = [:]
    for row in rows {
      causes[row.count(0), default: []].append(
        PlanCause(time: row.count(1), text: row.string(2) ?? ""))
    }
    return causes
  }

  /// Schemas are left out of the comparison: a query names them or not. DROP INDEX names no table.
  private static let changingSQL = """
    WITH cause AS MATERIALIZED (
      SELECT q.id, left(q.normalized_sql, 200) AS text, q.normalized_sql ~* '^drop index' AS is_drop,
        ARRAY(SELECT regexp_replace(r, '^.*\\.', '') FROM unnest(q.relations) r) AS relations
      FROM pgtrawl.queries q
      WHERE q.normalized_sql ~* '^(create( unique)? index|drop index|alter (index|table)|analyze|vacuum|reindex|cluster|truncate|(create|drop|alter) statistics)'
    ), ran AS MATERIALIZED (
      SELECT c.id, c.text, c.is_drop, c.relations, e.executed_at
      FROM cause c JOIN pgtrawl.query_executions e ON e.query_id = c.id
      WHERE e.source_id = $1 AND e.executed_at >= $2 AND e.executed_at < $3 AND e.sqlstate IS NULL
    ), asked AS MATERIALIZED (
      SELECT q.id, ARRAY(SELECT regexp_replace(r, '^.*\\.', '') FROM unnest(q.relations) r) AS relations
      FROM pgtrawl.queries q WHERE q.id = ANY ($4)
    )
    SELECT a.id, (extract(epoch FROM r.executed_at) * 1000000)::bigint, r.text
    FROM asked a JOIN ran r ON r.is_drop OR cardinality(r.relations) = 0 OR r.relations && a.relations
    ORDER BY 1, r.executed_at, r.id
    """
}

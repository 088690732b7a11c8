public import WorkloadAnalysis
internal import LogModel
internal import Postgres

extension Store {
  /// Executions of a query in a span with what may explain their durations, the earliest `limit`.
  public func executionSamples(
    of query: Int64, in span: AnalysisSpan, limit: Int = 5_000
  ) async throws(LoadError) -> [ExecutionSample] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT e.duration_ms, extract(hour FROM e.executed_at)::int,
          greatest(e.rows_returned, e.rows_affected)::float8,
          (SELECT min(a.plan_id) FROM pgtrawl.plan_links l
           JOIN pgtrawl.query_analysis a ON a.log_file_id = l.log_file_id
             AND a.log_offset = l.log_offset
           WHERE l.execution_log_file_id = e.log_file_id
             AND l.execution_log_offset = e.log_offset),
          (SELECT string_agg(CASE WHEN p.v IS NULL THEN '-' ELSE '+' || left(p.v, 200) END, E'\\x1f'
             ORDER BY p.i) FROM unnest(e.parameters) WITH ORDINALITY p (v, i))
        FROM pgtrawl.query_executions e
        WHERE e.query_id = $1 AND e.source_id = $2 AND e.executed_at >= $3 AND e.executed_at < $4
          AND e.settled AND e.nesting = 0 AND e.duration_ms IS NOT NULL
        ORDER BY e.executed_at, e.log_file_id, e.log_offset LIMIT $5
        """,
        [
          .int(query), .int(Int64(span.source)), Column.time(span.start), Column.time(span.end),
          .int(limit),
        ])
    }.map { row in
      let values = row.string(4)?.split(separator: "\u{1F}", omittingEmptySubsequences: false)
      return ExecutionSample(
        ms: row.double(0) ?? 0, hour: Int(row.count(1)), rows: row.double(2), plan: row.int(3),
        parameters: values?.map { $0.hasPrefix("+") ? String($0.dropFirst()) : nil })
    }
  }
}

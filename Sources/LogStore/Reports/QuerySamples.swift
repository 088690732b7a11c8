public import LogModel
public import Postgres

/// A real statement of a query.
public struct QuerySample: Sendable, Equatable {
  /// Its execution's public id.
  public var key: FactKey
  /// Why it is kept: first, slow, failed, open.
  public var reasons: [String]
  /// Log time of its end, RFC 3339.
  public var executedAt: String
  /// What the client waited for, in ms; nil when the log tells none.
  public var durationMs: Double?
  /// SQLSTATE of the error that ended it; nil = it succeeded.
  public var sqlstate: String?
  /// The error's message.
  public var error: String?
  /// Name of the source.
  public var source: String
  /// Database and user; nil where the log tells none.
  public var database: String?
  /// See `database`.
  public var user: String?
  /// The statement, cut; nil where it is not kept.
  public var sql: String?
  /// Length of the whole statement in bytes.
  public var sqlBytes: Int64?
  /// A JSON array of the parameters, cut; nil without any.
  public var parameters: String?
}

extension StoreReports {
  /// Samples of the query `id`: the first of each source, the slowest, the latest that failed and
  /// that are not settled; of each kind at most `limit`.
  public func samples(
    ofQuery id: Int64, limit: Int
  ) async throws(PostgresError) -> [QuerySample] {
    try await connection.query(
      """
      SELECT log_file_id, log_offset, array_to_string(reasons, E'\\x1f'), executed_at, duration_ms,
        sqlstate, error, source, database_name, user_name, sql, sql_bytes, to_jsonb(parameters)
      FROM (
        SELECT k.*, row_number() OVER (PARTITION BY k.kind
          ORDER BY CASE k.kind WHEN 2 THEN k.duration_ms END DESC,
            CASE k.kind WHEN 1 THEN k.executed_at END, k.executed_at DESC, k.log_file_id,
            k.log_offset) AS nth
        FROM (
          SELECT s.*, CASE WHEN 'first' = ANY (reasons) THEN 1 WHEN 'slow' = ANY (reasons) THEN 2
            WHEN 'failed' = ANY (reasons) THEN 3 ELSE 4 END AS kind
          FROM pgtrawl.samples s WHERE s.query_id = $1) k
      ) n
      WHERE n.nth <= $2 ORDER BY n.kind, n.nth
      """, [.int(id), .int(limit)]
    ).map { row in
      QuerySample(
        key: FactKey(file: row.count(0), offset: row.count(1)), reasons: row.list(2),
        executedAt: row.time(3) ?? "", durationMs: row.double(4), sqlstate: row.string(5),
        error: row.string(6), source: row.string(7) ?? "", database: row.string(8),
        user: row.string(9), sql: row.string(10), sqlBytes: row.int(11), parameters: row.string(12))
    }
  }

  /// The statement of `execution` as the log has it, cut; nil where no sample keeps it.
  public func statement(
    of execution: ExecutionDetails
  ) async throws(PostgresError) -> String? {
    try await connection.query(
      """
      SELECT sql FROM pgtrawl.query_samples
      WHERE query_id = $1 AND executed_at = $2::timestamptz AND log_file_id = $3 AND log_offset = $4
      """,
      [
        .int(execution.queryID), .text(execution.executedAt), .int(execution.key.file),
        .int(execution.key.offset),
      ]
    ).first?.string(0)
  }
}

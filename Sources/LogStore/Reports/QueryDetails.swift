public import LogModel
public import Postgres

/// A query pattern: what it is and what is known of it.
public struct QueryDetails: Sendable, Equatable {
  /// `queries.id`
  public var id: Int64
  /// libpg_query's fingerprint; 0 = none.
  public var family: Int64
  /// `queries.statement_kind`
  public var kind: String
  /// Relations that it names.
  public var relations: [String]
  /// parsed, lexed, truncated or oversize.
  public var parseStatus: String
  /// First and last time that it was seen, RFC 3339.
  public var firstSeenAt: String?
  /// See `firstSeenAt`.
  public var lastSeenAt: String?
  /// Settled top-level executions over its whole life.
  public var totalExecutions: Int64
  /// Normalized text; empty for the query "no text in the log".
  public var normalizedSQL: String
  /// A real statement; nil when none is kept.
  public var example: String?
}

/// How long and how often a query ran.
public struct QueryTiming: Sendable, Equatable {
  /// Executions.
  public var calls: Int64
  /// Those of them that failed.
  public var errors: Int64
  /// Those of them that later records may still change.
  public var provisional: Int64
  /// Sum of durations in ms; nil when the log tells none. The other times likewise.
  public var totalMs: Double?
  /// Mean.
  public var meanMs: Double?
  /// Shortest.
  public var minMs: Double?
  /// Half of the executions took no longer.
  public var medianMs: Double?
  /// 95 of 100 executions took no longer.
  public var p95Ms: Double?
  /// 99 of 100 executions took no longer.
  public var p99Ms: Double?
  /// Longest.
  public var maxMs: Double?
  /// Rows returned or changed, as far as plans tell.
  public var rows: Int64?
}

/// Who ran a query.
public struct QueryUse: Sendable, Equatable {
  /// Name of the source.
  public var source: String
  /// Database, user and application; nil where the log tells none.
  public var database: String?
  /// See `database`.
  public var user: String?
  /// See `database`.
  public var application: String?
  /// Executions.
  public var calls: Int64
  /// Those of them that failed.
  public var errors: Int64
  /// Sum of durations in ms; nil when the log tells none.
  public var totalMs: Double?
}

/// One execution in a list.
public struct ExecutionFigures: Sendable, Equatable {
  /// Where it stands; its public id.
  public var key: FactKey
  /// Log time of its end, RFC 3339.
  public var executedAt: String
  /// What the client waited for, in ms; nil when the log tells none.
  public var durationMs: Double?
  /// SQLSTATE of the error that ended it.
  public var sqlstate: String?
}

extension StoreReports {
  /// The query `id`; nil when there is none.
  public func query(_ id: Int64) async throws(PostgresError) -> QueryDetails? {
    try await connection.query(
      """
      SELECT id, family, statement_kind, array_to_string(relations, E'\\x1f'), parse_status,
        first_seen_at, last_seen_at, total_executions, normalized_sql, raw_example_sql
      FROM pgtrawl.queries WHERE id = $1
      """, [.int(id)]
    ).first.map { row in
      QueryDetails(
        id: row.count(0), family: row.count(1), kind: row.string(2) ?? "", relations: row.list(3),
        parseStatus: row.string(4) ?? "", firstSeenAt: row.time(5), lastSeenAt: row.time(6),
        totalExecutions: row.count(7), normalizedSQL: row.string(8) ?? "", example: row.string(9))
    }
  }

  /// The times of the query `id`, nested executions included; nil when it never ran.
  public func timing(ofQuery id: Int64) async throws(PostgresError) -> QueryTiming? {
    try await connection.query(
      """
      SELECT count(*), count(sqlstate), count(*) FILTER (WHERE NOT settled), sum(duration_ms),
        avg(duration_ms), min(duration_ms), p.t[1], p.t[2], p.t[3], max(duration_ms),
        sum(greatest(rows_returned, rows_affected))::bigint
      FROM pgtrawl.query_executions e, (
        SELECT percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration_ms) AS t
        FROM pgtrawl.query_executions WHERE query_id = $1) p
      WHERE e.query_id = $1 GROUP BY p.t
      """, [.int(id)]
    ).first.map { row in
      QueryTiming(
        calls: row.count(0), errors: row.count(1), provisional: row.count(2),
        totalMs: row.double(3), meanMs: row.double(4), minMs: row.double(5),
        medianMs: row.double(6), p95Ms: row.double(7), p99Ms: row.double(8), maxMs: row.double(9),
        rows: row.int(10))
    }
  }

  /// Who ran the query `id`, by time, the first `limit`.
  public func uses(ofQuery id: Int64, limit: Int) async throws(PostgresError) -> [QueryUse] {
    try await connection.query(
      """
      SELECT s.name, c.database_name, c.user_name, c.application_name, count(*),
        count(e.sqlstate), sum(e.duration_ms)
      FROM pgtrawl.query_executions e JOIN pgtrawl.sources s ON s.id = e.source_id
      LEFT JOIN pgtrawl.session_contexts c ON c.id = e.context_id
      WHERE e.query_id = $1
      GROUP BY 1, 2, 3, 4 ORDER BY 7 DESC NULLS LAST, 5 DESC, 1, 2, 3, 4 LIMIT $2
      """, [.int(id), .int(limit)]
    ).map { row in
      QueryUse(
        source: row.string(0) ?? "", database: row.string(1), user: row.string(2),
        application: row.string(3), calls: row.count(4), errors: row.count(5),
        totalMs: row.double(6))
    }
  }

  /// The `limit` slowest executions of the query `id`.
  public func slowestExecutions(
    ofQuery id: Int64, limit: Int
  ) async throws(PostgresError) -> [ExecutionFigures] {
    try await connection.query(
      """
      SELECT log_file_id, log_offset, executed_at, duration_ms, sqlstate
      FROM pgtrawl.query_executions WHERE query_id = $1
      ORDER BY duration_ms DESC NULLS LAST, executed_at DESC, log_file_id, log_offset LIMIT $2
      """, [.int(id), .int(limit)]
    ).map { row in
      ExecutionFigures(
        key: FactKey(file: row.count(0), offset: row.count(1)), executedAt: row.time(2) ?? "",
        durationMs: row.double(3), sqlstate: row.string(4))
    }
  }
}

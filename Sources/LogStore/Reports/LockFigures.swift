public import LogModel
public import Postgres

/// How long a query waited for locks.
public struct LockFigures: Sendable, Equatable {
  /// `queries.id`; 0 where the log has no text.
  public var query: Int64
  /// Waits longer than `deadlock_timeout`.
  public var waits: Int64
  /// Their time in ms.
  public var waitMs: Double
  /// Part of the query's time, 0 … 1; nil when the log tells none.
  public var share: Double?
  /// Executions that a deadlock ended.
  public var deadlocks: Int64
  /// Executions.
  public var calls: Int64
  /// Normalized text; nil where the log has no text.
  public var text: String?
}

/// A record of the log that is no execution.
public struct StoredEvent: Sendable, Equatable {
  /// Where it stands; its public id.
  public var key: FactKey
  /// Log time, RFC 3339.
  public var occurredAt: String
  /// `log_events.event_class`
  public var eventClass: String
  /// As PostgreSQL names it: `ERROR`.
  public var severity: String
  /// `00000` where nothing is wrong.
  public var sqlstate: String
  /// Name of the source.
  public var source: String
  /// Database, user and application; nil where the log tells none.
  public var database: String?
  /// See `database`.
  public var user: String?
  /// See `database`.
  public var application: String?
  /// The server process.
  public var process: Int64
  /// The message.
  public var message: String?
  /// What PostgreSQL said besides.
  public var detail: String?
  /// Figures of the message, a JSON object; nil without any.
  public var fields: String?
  /// `queries.id` of the statement that it names; 0 is none.
  public var query: Int64
}

/// Records of one class, severity and SQLSTATE.
public struct EventCount: Sendable, Equatable {
  /// `log_events.event_class`
  public var eventClass: String
  /// As PostgreSQL names it: `ERROR`.
  public var severity: String
  /// `00000` where nothing is wrong.
  public var sqlstate: String
  /// How many.
  public var count: Int64
  /// The first, RFC 3339.
  public var firstAt: String
  /// The last, RFC 3339.
  public var lastAt: String
  /// The last one's message.
  public var message: String?
}

extension StoreReports {
  /// Queries that waited for locks, or that deadlocks ended, most time first; in the filter's period and source.
  public func lockWaits(
    _ filter: ReportFilter, limit: Int
  ) async throws(PostgresError) -> [LockFigures] {
    try await connection.query(
      """
      SELECT r.query_id, sum(r.lock_waits)::bigint, sum(r.lock_wait_ms::numeric)::float8,
        (sum(r.lock_wait_ms::numeric) / nullif(sum(r.total_ms::numeric), 0))::float8,
        sum(r.deadlocks)::bigint, sum(r.calls)::bigint,
        (SELECT nullif(q.normalized_sql, '') FROM pgtrawl.queries q WHERE q.id = r.query_id)
      FROM pgtrawl.query_rollups r WHERE \(Self.inPeriod("r"))
      GROUP BY 1 HAVING sum(r.lock_waits) > 0 OR sum(r.deadlocks) > 0
      ORDER BY 3 DESC, 5 DESC, 1 LIMIT $4
      """, Self.period(filter) + [.int(limit)]
    ).map { row in
      LockFigures(
        query: row.count(0), waits: row.count(1), waitMs: row.double(2) ?? 0,
        share: row.double(3), deadlocks: row.count(4), calls: row.count(5), text: row.string(6))
    }
  }

  /// Events that the filter lets through, by class, severity and SQLSTATE, most first; `classes` and
  /// `severities` restrict when they are not empty.
  public func eventCounts(
    _ filter: ReportFilter, classes: [String], severities: [String], limit: Int
  ) async throws(PostgresError) -> [EventCount] {
    try await connection.query(
      """
      SELECT v.event_class, v.severity, v.sqlstate, count(*), min(v.occurred_at), max(v.occurred_at),
        (array_agg(v.message ORDER BY v.occurred_at DESC, v.log_file_id DESC, v.log_offset DESC))[1]
      FROM pgtrawl.log_events v
      WHERE \(ReportFilter.events) AND \(Self.eventKinds)
      GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT $10
      """,
      filter.parameters + [.textArray(classes), .textArray(severities), .int(limit)]
    ).map { row in
      EventCount(
        eventClass: row.string(0) ?? "", severity: row.string(1) ?? "",
        sqlstate: row.string(2) ?? "", count: row.count(3), firstAt: row.time(4) ?? "",
        lastAt: row.time(5) ?? "", message: row.string(6))
    }
  }

  /// Events that the filter lets through, latest first; `classes` and `severities` restrict when they are not
  /// empty.
  public func events(
    _ filter: ReportFilter, classes: [String], severities: [String], limit: Int
  ) async throws(PostgresError) -> [StoredEvent] {
    try await connection.query(
      """
      SELECT v.log_file_id, v.log_offset, v.occurred_at, v.event_class, v.severity, v.sqlstate, s.name,
        c.database_name, c.user_name, c.application_name, v.process_id, v.message, v.detail, v.fields,
        v.query_id
      FROM pgtrawl.log_events v LEFT JOIN pgtrawl.sources s ON s.id = v.source_id
      LEFT JOIN pgtrawl.session_contexts c ON c.id = v.context_id
      WHERE \(ReportFilter.events) AND \(Self.eventKinds)
      ORDER BY v.occurred_at DESC, v.log_file_id DESC, v.log_offset DESC LIMIT $10
      """,
      filter.parameters + [.textArray(classes), .textArray(severities), .int(limit)]
    ).map { row in
      StoredEvent(
        key: FactKey(file: row.count(0), offset: row.count(1)), occurredAt: row.time(2) ?? "",
        eventClass: row.string(3) ?? "", severity: row.string(4) ?? "",
        sqlstate: row.string(5) ?? "", source: row.string(6) ?? "", database: row.string(7),
        user: row.string(8), application: row.string(9), process: row.count(10),
        message: row.string(11), detail: row.string(12), fields: row.string(13),
        query: row.count(14))
    }
  }

  private static let eventKinds = """
    (cardinality($8::text[]) = 0 OR v.event_class = ANY ($8))
    AND (cardinality($9::text[]) = 0 OR v.severity = ANY ($9))
    """
}

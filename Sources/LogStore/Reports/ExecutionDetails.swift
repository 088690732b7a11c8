public import LogModel
public import Postgres

/// One execution with everything that is stored of it.
public struct ExecutionDetails: Sendable, Equatable {
  /// Where it stands; its public id.
  public var key: FactKey
  /// Where its log was last seen.
  public var path: String
  /// Name of the source.
  public var source: String
  /// `queries.id`
  public var queryID: Int64
  /// Normalized text; nil where the log has no text.
  public var text: String?
  /// Log time of its end, RFC 3339.
  public var executedAt: String
  /// statement, execute, prepare, fetch, fastpath, plan_only or said.
  public var kind: String
  /// simple or extended.
  public var `protocol`: String
  /// Statements of the message.
  public var statements: Int64
  /// 0 = sent by the client.
  public var nesting: Int64
  /// False while later records may change it.
  public var isSettled: Bool
  /// Some text of it was no UTF-8.
  public var isTranscoded: Bool
  /// What the client waited for, in ms; nil when the log tells none. The parts likewise.
  public var durationMs: Double?
  /// Parsing.
  public var parseMs: Double?
  /// Binding, which is planning for the most part.
  public var bindMs: Double?
  /// Executing, with all fetches.
  public var executeMs: Double?
  /// The executor's part, by its plans.
  public var planMs: Double?
  /// Rows that went to the client, by the plan.
  public var rowsReturned: Int64?
  /// Rows that were changed, by the plan.
  public var rowsAffected: Int64?
  /// SQLSTATE of the error that ended it; nil = it succeeded.
  public var sqlstate: String?
  /// The error's message.
  public var error: String?
  /// Database, user, application, client; nil where the log tells none.
  public var database: String?
  /// See `database`.
  public var user: String?
  /// See `database`.
  public var application: String?
  /// See `database`.
  public var client: String?
  /// The session and the line of its first record.
  public var session: String
  /// See `session`.
  public var line: Int64
  /// The server process.
  public var process: Int64
  /// PostgreSQL's own query id; 0 = none.
  public var nativeQueryID: Int64
  /// Parameters; nil without any, an element is nil for NULL.
  public var parameters: [String?]?
  /// Tags of the statement's comments, JSON; nil without any.
  public var tags: String?
  /// Log records folded into it.
  public var records: Int64
  var sourceID: Int64
}

/// What a record of the server says about a failed execution.
public struct ErrorDetails: Sendable, Equatable {
  /// Where it stands; its public id.
  public var key: FactKey
  /// ERROR, FATAL or PANIC.
  public var severity: String
  /// SQLSTATE.
  public var sqlstate: String
  /// The texts; nil where the record has none.
  public var message: String?
  /// See `message`.
  public var detail: String?
  /// See `message`.
  public var hint: String?
  /// See `message`.
  public var context: String?
}

extension StoreReports {
  /// The execution `key`; nil when there is none.
  public func execution(_ key: FactKey) async throws(PostgresError) -> ExecutionDetails? {
    let result = try await connection.query(
      """
      SELECT e.log_file_id, e.log_offset, f.path, e.source, e.query_id,
        nullif(q.normalized_sql, ''), e.executed_at, e.kind, e.protocol, e.statements, e.nesting,
        e.settled, e.transcoded, e.duration_ms, e.parse_ms, e.bind_ms, e.execute_ms, e.plan_ms,
        e.rows_returned, e.rows_affected, e.sqlstate, e.error, e.database_name, e.user_name,
        e.application_name, e.client_addr, e.session_id, e.session_line, e.process_id,
        e.native_query_id, cardinality(e.parameters), e.tags, e.records, e.source_id
      FROM pgtrawl.executions e JOIN pgtrawl.log_files f ON f.id = e.log_file_id
      LEFT JOIN pgtrawl.queries q ON q.id = e.query_id
      WHERE e.log_file_id = $1 AND e.log_offset = $2
      """, [.int(key.file), .int(key.offset)])
    guard let row = result.first else { return nil }
    var details = ExecutionDetails(row)
    if !row.isNull(30) { details.parameters = try await parameters(of: details) }
    return details
  }

  private func parameters(
    of execution: ExecutionDetails
  ) async throws(PostgresError) -> [String?] {
    try await connection.query(
      """
      SELECT v FROM pgtrawl.query_executions e, unnest(e.parameters) WITH ORDINALITY p(v, i)
      WHERE e.log_file_id = $1 AND e.log_offset = $2 AND e.executed_at = $3::timestamptz
      ORDER BY i
      """, [.int(execution.key.file), .int(execution.key.offset), .text(execution.executedAt)]
    ).map { $0.string(0) }
  }

  /// The plans of `execution`, in the order of the log.
  public func plans(
    of execution: ExecutionDetails
  ) async throws(PostgresError) -> [PlanFigures] {
    try await connection.query(
      """
      \(Self.planColumns)
      FROM pgtrawl.plan_links l
      JOIN pgtrawl.query_plans p ON p.log_file_id = l.log_file_id AND p.log_offset = l.log_offset
      \(Self.planJoins)
      WHERE l.execution_log_file_id = $1 AND l.execution_log_offset = $2
      ORDER BY l.plan_line
      """, [.int(execution.key.file), .int(execution.key.offset)]
    ).map(PlanFigures.init)
  }

  /// The records of the errors that ended `execution`.
  public func errors(
    of execution: ExecutionDetails
  ) async throws(PostgresError) -> [ErrorDetails] {
    guard execution.sqlstate != nil else { return [] }
    return try await connection.query(
      """
      SELECT DISTINCT ON (session_line)
        log_file_id, log_offset, severity, sqlstate, message, detail, hint, context
      FROM pgtrawl.log_events
      WHERE source_id = $1 AND session_id = $2 AND occurred_at = $3::timestamptz
        AND sqlstate = $4 AND session_line >= $5
      ORDER BY session_line, log_file_id <> $6
      """,
      [
        .int(execution.sourceID), .text(execution.session), .text(execution.executedAt),
        .text(execution.sqlstate), .int(execution.line), .int(execution.key.file),
      ]
    ).map { row in
      ErrorDetails(
        key: FactKey(file: row.count(0), offset: row.count(1)), severity: row.string(2) ?? "",
        sqlstate: row.string(3) ?? "", message: row.string(4), detail: row.string(5),
        hint: row.string(6), context: row.string(7))
    }
  }
}

extension ExecutionDetails {
  fileprivate init(_ row: PostgresRow) {
    key = FactKey(file: row.count(0), offset: row.count(1))
    path = row.string(2) ?? ""
    source = row.string(3) ?? ""
    queryID = row.count(4)
    text = row.string(5)
    executedAt = row.time(6) ?? ""
    kind = row.string(7) ?? ""
    `protocol` = row.string(8) ?? ""
    statements = row.count(9)
    nesting = row.count(10)
    isSettled = row.bool(11) ?? false
    isTranscoded = row.bool(12) ?? false
    durationMs = row.double(13)
    parseMs = row.double(14)
    bindMs = row.double(15)
    executeMs = row.double(16)
    planMs = row.double(17)
    rowsReturned = row.int(18)
    rowsAffected = row.int(19)
    sqlstate = row.string(20)
    error = row.string(21)
    database = row.string(22)
    user = row.string(23)
    application = row.string(24)
    client = row.string(25)
    session = row.string(26) ?? ""
    line = row.count(27)
    process = row.count(28)
    nativeQueryID = row.count(29)
    tags = row.string(31)
    records = row.count(32)
    sourceID = row.count(33)
  }
}

import LogModel
import LogParsing
import Postgres
import TestSupport
import Testing

/// Reading csvlog beside the server's own `COPY … CSV` into the table of PostgreSQL's manual.
@Suite struct CopyTests {
  private static let table = """
    CREATE TABLE postgres_log (
      log_time timestamp(3) with time zone, user_name text, database_name text, process_id integer,
      connection_from text, session_id text, session_line_num bigint, command_tag text,
      session_start_time timestamp with time zone, virtual_transaction_id text,
      transaction_id bigint, error_severity text, sql_state_code text, message text, detail text,
      hint text, internal_query text, internal_query_pos integer, context text, query text,
      query_pos integer, location text, application_name text, backend_type text,
      leader_pid integer, query_id bigint,
      PRIMARY KEY (session_id, session_line_num))
    """

  /// Everything that a record is read as, in the table's words.
  private static let query = """
    SELECT (extract(epoch FROM log_time) * 1000000)::bigint, user_name, database_name, process_id,
      CASE WHEN connection_from LIKE '%:%' THEN regexp_replace(connection_from, ':[^:]*$', '')
        ELSE connection_from END,
      session_id, session_line_num, command_tag,
      coalesce(nullif(split_part(virtual_transaction_id, '/', 2), ''), '0'),
      regexp_replace(error_severity, '[0-9]', ''), sql_state_code, message, detail, hint,
      internal_query, context, query, coalesce(query_pos, internal_query_pos, 0), location,
      application_name, backend_type, coalesce(query_id, 0), query IS NOT NULL
    FROM postgres_log ORDER BY session_line_num
    """

  private static func fields(_ record: LogRecord, _ bytes: [UInt8]) -> [String] {
    func text(_ range: ByteRange) -> String {
      String(decoding: bytes[range.indices], as: UTF8.self)
    }
    return [
      "\(record.time.microseconds)", text(record.user), text(record.database), "\(record.process)",
      text(record.client), record.session.description, "\(record.line)", text(record.commandTag),
      "\(record.localTransaction)", "\(record.severity)".uppercased(),
      record.sqlstate.description, text(record.message), text(record.detail), text(record.hint),
      text(record.internalQuery), text(record.context), text(record.statement),
      "\(record.cursorPosition)", text(record.location), text(record.application),
      text(record.backendType), "\(record.nativeQueryID)", record.hasStatement ? "t" : "f",
    ]
  }

  @Test(arguments: [23, 24, 26])
  func everyFieldIsReadAsTheServerReadsIt(columns: Int) async throws {
    var log = GeneratedLog(seed: UInt64(columns) + TestAmount.seed)
    let bytes = Array(log.records(TestAmount.records, columns: columns).utf8)
    let cluster = try await TestCluster.shared()
    let connection = try await PostgresConnection.open(
      conninfo: try await cluster.createDatabase())
    try await connection.execute("SET timezone = 'UTC'")
    try await connection.execute(Self.table)
    let names = GeneratedLog.columns.prefix(columns).joined(separator: ", ")
    try await connection.copyIn(
      "COPY postgres_log (\(names)) FROM STDIN WITH (FORMAT csv)", buffers: [bytes])
    let rows = try await connection.execute(Self.query)
    await connection.close()

    var parser = CSVLogParser(startOffset: 0, encoding: .latin1, zones: FixedZones())
    parser.append(bytes)
    let batch = try #require(try parser.parse(.finished))
    #expect(batch.rejects.isEmpty)
    #expect(batch.records.count == rows.rowCount)
    #expect(rows.rowCount == TestAmount.records)
    for (record, row) in zip(batch.records, rows) {
      let expected = (0..<row.columnCount).map { row.string($0) ?? "" }
      #expect(Self.fields(record, batch.bytes) == expected)
    }
  }
}

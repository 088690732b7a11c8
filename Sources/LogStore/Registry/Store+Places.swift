public import LogModel
internal import Postgres

/// Where the store has a record of a file, or a reject.
public struct StoredPlace: Sendable, Equatable {
  /// `log_files.id`
  public var file: Int64
  /// Offset in the decompressed stream.
  public var offset: Int64
  /// Session of the record; nil for a reject.
  public var session: SessionID?
  /// Line within its session.
  public var line: Int64
  /// Length of a reject; 0 for a record.
  public var length: Int64

  /// A place in `file`.
  public init(file: Int64, offset: Int64, session: SessionID?, line: Int64, length: Int64) {
    self.file = file
    self.offset = offset
    self.session = session
    self.line = line
    self.length = length
  }
}

extension Store {
  /// The rows and rejects that files have from offset `low` to `high`, by offset. Records that were
  /// folded into another one have no row.
  public func places(
    files: [Int64], from low: Int64, to high: Int64
  ) async throws(LoadError) -> [StoredPlace] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT log_file_id, log_offset, session_id, session_line, 0 FROM pgtrawl.query_executions
        WHERE log_file_id = ANY ($1) AND log_offset >= $2 AND log_offset < $3
        UNION ALL
        SELECT log_file_id, log_offset, session_id, session_line, 0 FROM pgtrawl.query_plans
        WHERE log_file_id = ANY ($1) AND log_offset >= $2 AND log_offset < $3
        UNION ALL
        SELECT log_file_id, log_offset, session_id, session_line, 0 FROM pgtrawl.log_events
        WHERE log_file_id = ANY ($1) AND log_offset >= $2 AND log_offset < $3
        UNION ALL
        SELECT log_file_id, log_offset, NULL, 0, length FROM pgtrawl.rejected_records
        WHERE log_file_id = ANY ($1) AND log_offset >= $2 AND log_offset < $3 AND length > 0
        ORDER BY 2, 1
        """, [.bigintArray(files), .int(low), .int(high)]
      ).map { row in
        StoredPlace(
          file: row.int(0) ?? 0, offset: row.int(1) ?? 0,
          session: row[2].flatMap { $0.withUnsafeBufferPointer { SessionID($0) } },
          line: row.int(3) ?? 0, length: row.int(4) ?? 0)
      }
    }
  }

  /// The last line that was read of each of these sessions as far as the files tell; sessions of which
  /// they have nothing are left out.
  public func lastLines(
    files: [Int64], sessions: [SessionID]
  ) async throws(LoadError) -> [SessionID: Int64] {
    guard !sessions.isEmpty else { return [:] }
    let rows = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT session_id, max(line) FROM (
          SELECT session_id, session_line + greatest(records, 1) - 1 AS line
          FROM pgtrawl.query_executions WHERE log_file_id = ANY ($1) AND session_id = ANY ($2)
          UNION ALL
          SELECT session_id, session_line FROM pgtrawl.query_plans
          WHERE log_file_id = ANY ($1) AND session_id = ANY ($2)
          UNION ALL
          SELECT session_id, session_line FROM pgtrawl.log_events
          WHERE log_file_id = ANY ($1) AND session_id = ANY ($2)
          UNION ALL
          SELECT session_id, last_line FROM pgtrawl.open_sessions
          WHERE log_file_ids && $1 AND session_id = ANY ($2)
        ) AS read GROUP BY 1
        """, [.bigintArray(files), Column.texts(sessions.map(\.description))])
    }
    var lines: [SessionID: Int64] = [:]
    for row in rows {
      guard let session = row[0].flatMap({ $0.withUnsafeBufferPointer { SessionID($0) } })
      else { continue }
      lines[session] = row.int(1) ?? 0
    }
    return lines
  }
}

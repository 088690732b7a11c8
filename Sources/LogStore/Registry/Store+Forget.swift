internal import Postgres

extension Store {
  /// How much of a file's stream one transaction takes back.
  static let forgetBytesMax: Int64 = 64 << 20

  /// Removes everything that came from a file: rows, links, rejects, gaps, open sessions of its own,
  /// what it added to totals, and at last its row; the number of rows, nil when there is no such file.
  ///
  /// Its epoch is raised first, so whoever is reading it loses. Works in transactions of bounded
  /// size; killed at any moment, it goes on when it is called again.
  @discardableResult
  public func forget(file: Int64) async throws(LoadError) -> Int64? {
    guard let end = try await beginForgetting(file) else { return nil }
    do throws(LoadError) {
      try await summarize()
    } catch {
      // Without, the searches below take longer.
      guard error.code == .privilege else { throw error }
    }
    var rows: Int64 = 0
    var low: Int64 = 0
    while low <= end {
      let high = low + Self.forgetBytesMax
      rows += try await attempt { [low] connection throws(PostgresError) in
        try await connection.query(
          "SELECT pgtrawl.forget_range($1, $2, $3)", [.int(file), .int(low), .int(high)]
        ).first?.int(0) ?? 0
      }
      low = high
    }
    try await attempt { connection throws(PostgresError) -> Void in
      try await connection.query("SELECT pgtrawl.forget_dropped($1)", [.int(file)])
    }
    try await attempt { connection throws(PostgresError) in
      try await connection.execute("BEGIN")
      for table in [
        "rejected_records", "file_gaps", "missing_lines", "plan_links", "file_hours", "gzip_points",
        "source_settings",
      ] {
        try await connection.query(
          "DELETE FROM pgtrawl.\(table) WHERE log_file_id = $1", [.int(file)])
      }
      try await connection.query("DELETE FROM pgtrawl.log_files WHERE id = $1", [.int(file)])
      try await connection.execute("COMMIT")
    }
    sourceOfFile[file] = nil
    return rows
  }

  /// Removes a source with everything that came from its files; the number of rows, nil when there
  /// is no such source.
  @discardableResult
  public func forget(source name: String) async throws(LoadError) -> Int64? {
    guard let source = try await source(name, creating: false) else { return nil }
    var rows: Int64 = 0
    while let file = try await anyFile(ofSource: source.id, onlyForgotten: false) {
      rows += try await forget(file: file) ?? 0
    }
    try await attempt { connection throws(PostgresError) in
      try await connection.execute("BEGIN")
      for table in ["open_sessions", "source_settings"] {
        try await connection.query(
          "DELETE FROM pgtrawl.\(table) WHERE source_id = $1", [.int(Int64(source.id))])
      }
      try await connection.query(
        "DELETE FROM pgtrawl.sources WHERE id = $1", [.int(Int64(source.id))])
      try await connection.execute("COMMIT")
    }
    try await dropUnusedContexts()
    return rows
  }

  /// Deletes names of users, databases and applications that no row refers to. A load that is about
  /// to refer to one waits and then writes it anew. What open parse and bind records will refer to is
  /// in their sessions' state alone: while there are any, the names stay.
  private func dropUnusedContexts() async throws(LoadError) {
    try await attempt { connection throws(PostgresError) in
      try await connection.execute("BEGIN")
      try await connection.execute(
        "LOCK TABLE pgtrawl.session_contexts IN SHARE ROW EXCLUSIVE MODE")
      try await connection.execute(
        """
        DELETE FROM pgtrawl.session_contexts c
        WHERE NOT EXISTS (SELECT FROM pgtrawl.query_executions e WHERE e.context_id = c.id)
          AND NOT EXISTS (SELECT FROM pgtrawl.log_events v WHERE v.context_id = c.id)
          AND NOT EXISTS (SELECT FROM pgtrawl.open_sessions o WHERE o.open_records > 0)
        """)
      try await connection.execute("COMMIT")
    }
  }

  /// Ends what an earlier forget of the source's files began and was killed in; the number of files.
  @discardableResult
  public func finishForgetting(source: Int32) async throws(LoadError) -> Int {
    var files = 0
    while let file = try await anyFile(ofSource: source, onlyForgotten: true) {
      try await forget(file: file)
      files += 1
    }
    return files
  }

  private func anyFile(
    ofSource source: Int32, onlyForgotten: Bool
  ) async throws(LoadError) -> Int64? {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT min(id) FROM pgtrawl.log_files
        WHERE source_id = $1 AND (forgotten_at IS NOT NULL OR NOT $2)
        """, [.int(Int64(source)), .bool(onlyForgotten)]
      ).first?.int(0)
    }
  }

  /// Ends sessions that other files share with the file $1: their state names rows that go. What other
  /// files have of them is settled as it is. A segment with open parse or bind records stays, as they
  /// are counted in their files.
  private static let giveUpSharedSessions = """
    WITH torn AS (
      DELETE FROM pgtrawl.open_sessions o
      WHERE o.log_file_ids @> ARRAY[$1::bigint] AND o.open_records = 0
      RETURNING o.source_id, o.session_id, o.first_line, o.last_line, o.log_file_ids
    ), settled AS (
      UPDATE pgtrawl.query_executions e SET settled = true FROM torn
      WHERE NOT e.settled AND e.source_id = torn.source_id AND e.session_id = torn.session_id
        AND e.session_line BETWEEN torn.first_line AND torn.last_line
        AND e.log_file_id = ANY (torn.log_file_ids) AND e.log_file_id <> $1
      RETURNING e.query_id, e.nesting, e.source_id, e.log_file_id, e.executed_at
    ), more AS (
      SELECT query_id, count(*) AS n FROM settled WHERE nesting = 0 GROUP BY 1
    ), own AS (
      SELECT q.id, more.n FROM pgtrawl.queries q JOIN more ON more.query_id = q.id
      ORDER BY q.id FOR UPDATE OF q
    ), counted AS (
      UPDATE pgtrawl.queries q SET total_executions = q.total_executions + own.n
      FROM own WHERE q.id = own.id
    )
    SELECT pgtrawl.touch_hours(source_id, array_agg(log_file_id), array_agg(executed_at))
    FROM settled GROUP BY source_id
    """

  /// Queries without rows that sessions with lines in the file $1 wait for, locked: what no session
  /// waits for any more goes, as no row will tell that it can.
  private static let waitingQueries = """
    SELECT q.id FROM pgtrawl.queries q
    WHERE q.first_seen_at IS NULL AND q.id <> 0 AND q.id IN (
      SELECT unnest(o.query_ids) FROM pgtrawl.open_sessions o
      WHERE o.log_file_ids @> ARRAY[$1::bigint])
    ORDER BY q.id FOR UPDATE
    """

  /// Raises the epoch and takes the open state back; the offset up to which rows can be, nil when
  /// there is no such file.
  private func beginForgetting(_ file: Int64) async throws(LoadError) -> Int64? {
    try await attempt { connection throws(PostgresError) -> Int64? in
      try await connection.execute("BEGIN")
      let end = try await connection.query(
        """
        UPDATE pgtrawl.log_files SET epoch = CASE WHEN forgotten_at IS NULL
            THEN nextval('pgtrawl.epochs') ELSE epoch END,
          forgotten_at = coalesce(forgotten_at, now())
        WHERE id = $1 RETURNING committed_offset
        """, [.int(file)]
      ).first?.int(0)
      guard let end else {
        await connection.rollback()
        return nil
      }
      let waiting = try await connection.query(Self.waitingQueries, [.int(file)]).compactMap {
        $0.int(0)
      }
      try await connection.query(
        "DELETE FROM pgtrawl.open_sessions WHERE log_file_ids <@ ARRAY[$1::bigint]", [.int(file)])
      try await connection.query(Self.giveUpSharedSessions, [.int(file)])
      if !waiting.isEmpty {
        try await connection.query(
          "SELECT pgtrawl.refresh_queries($1)", [.bigintArray(waiting)])
      }
      try await connection.query("SELECT pgtrawl.forget_samples($1)", [.int(file)])
      // The file's id can be given anew: what is left of a session that began in it keeps apart.
      try await connection.query(
        """
        UPDATE pgtrawl.open_sessions o SET log_file_ids = array_remove(o.log_file_ids, f.id),
          first_file_id = CASE o.first_file_id WHEN f.id THEN -f.epoch ELSE o.first_file_id END
        FROM pgtrawl.log_files f WHERE f.id = $1 AND o.log_file_ids @> ARRAY[f.id]
        """, [.int(file)])
      try await connection.query(
        """
        WITH own AS (
          SELECT id FROM pgtrawl.queries WHERE example_log_file_id = $1 ORDER BY id FOR UPDATE)
        UPDATE pgtrawl.queries q
        SET raw_example_sql = NULL, example_at = NULL, example_mark = NULL,
          example_log_file_id = NULL
        FROM own WHERE q.id = own.id
        """, [.int(file)])
      try await connection.execute("COMMIT")
      return end
    }
  }
}

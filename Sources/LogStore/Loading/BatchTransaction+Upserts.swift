internal import LogModel
internal import Postgres

extension BatchTransaction {
  /// Writes the contexts that are not there yet.
  func writeContexts() async throws(PostgresError) {
    let contexts = batch.contexts
    guard !contexts.isEmpty else { return }
    let text = { (range: ByteRange) in range.isEmpty ? nil : Array(batch.bytes[range.indices]) }
    try await connection.query(
      """
      INSERT INTO pgtrawl.session_contexts
        (id, database_name, user_name, application_name, client_addr, backend_type)
      SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
        AS t (id, d, u, a, c, b)
      ORDER BY t.id ON CONFLICT (id) DO NOTHING
      """,
      [
        .bigintArray(contexts.map(\.id)), Column.texts(contexts.map { text($0.database) }),
        Column.texts(contexts.map { text($0.user) }),
        Column.texts(contexts.map { text($0.application) }),
        Column.texts(contexts.map { text($0.client) }),
        Column.texts(contexts.map { text($0.backendType) }),
      ])
  }

  /// Replaces, adds and deletes segments; false when a stored one is not as the batch found it.
  mutating func writeSessions() async throws(PostgresError) -> Bool {
    let over = batch.sessions.filter { $0.isOver && $0.storedLastLine != nil }
    let replaced = batch.sessions.filter { !$0.isOver && $0.storedLastLine != nil }
    let added = batch.sessions.filter { !$0.isOver && $0.storedLastLine == nil }
    var files: [GoneSegment] = []
    if !over.isEmpty {
      let gone = try await connection.query(
        """
        DELETE FROM pgtrawl.open_sessions o
        USING unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
          AS t (session, first, last, file, ends)
        WHERE o.source_id = $1 AND o.session_id = t.session AND o.first_line = t.first
          AND o.last_line = t.last AND o.first_file_id = t.file AND o.ends = t.ends
        RETURNING o.session_id, array_to_string(o.log_file_ids, ','),
          array_to_string(o.query_ids, ','), o.first_line
        """,
        [
          .int(Int64(prepared.source)), Column.texts(over.map(\.session.description)),
          .bigintArray(over.map(\.firstLine)), Column.bigints(over.map(\.storedLastLine)),
          .bigintArray(over.map(\.firstFile)),
          .bigintArray(over.map { Int64($0.storedEnds.rawValue) }),
        ])
      guard gone.rowCount == over.count else { return false }
      for row in gone {
        guard let session = row[0]?.withUnsafeBufferPointer({ SessionID($0) }) else { continue }
        files.append(
          GoneSegment(session: session, firstLine: row.int(3) ?? 0, files: row.string(1) ?? ""))
        noteNames(row.string(2))
      }
    }
    if !replaced.isEmpty {
      let old = try await connection.query(
        """
        UPDATE pgtrawl.open_sessions o SET last_line = t.last, last_time = t.at,
          missing_lines = t.missing, open_records = t.open, state = t.state,
          closed = t.closed <> 0, ends = t.ends, head = coalesce(t.head, o.head),
          text_hashes = t.hashes::bigint[], query_ids = t.queries::bigint[],
          log_file_ids = (SELECT array_agg(DISTINCT i ORDER BY i)
                          FROM unnest(o.log_file_ids || t.files::bigint[]) i)
        \(Self.segmentRows)
        JOIN pgtrawl.open_sessions b ON b.source_id = $1 AND b.session_id = t.session
          AND b.first_line = t.first AND b.first_file_id = t.first_file
        WHERE o.source_id = $1 AND o.session_id = t.session AND o.first_line = t.first
          AND o.last_line = t.stored AND o.first_file_id = t.first_file
          AND o.ends = t.stored_ends
        RETURNING array_to_string(b.query_ids, ',')
        """, segmentColumns(replaced, files))
      guard old.rowCount == replaced.count else { return false }
      for row in old { noteNames(row.string(0)) }
    }
    guard !added.isEmpty else { return true }
    let count = try await connection.query(
      """
      INSERT INTO pgtrawl.open_sessions (source_id, session_id, first_line, last_line, last_time,
        missing_lines, open_records, state, closed, head, text_hashes, query_ids, log_file_ids,
        first_file_id, first_time, ends)
      SELECT $1::int, t.session, t.first, t.last, t.at, t.missing, t.open, t.state, t.closed <> 0,
        t.head,
        t.hashes::bigint[], t.queries::bigint[],
        (SELECT array_agg(DISTINCT i ORDER BY i) FROM unnest(t.files::bigint[]) i), t.first_file, t.first_at, t.ends
      \(Self.segmentRows)
      ORDER BY t.session, t.first, t.stored
      ON CONFLICT (source_id, session_id, first_line, first_file_id) DO NOTHING
      """, segmentColumns(added, files)
    ).affectedRows
    return count == added.count
  }

  /// Lines that are missing count for the batch's file and the hour of the line that follows them.
  mutating func writeMissingLines() async throws(PostgresError) {
    let hours = batch.missingLines.sorted { $0.key < $1.key }
    guard !hours.isEmpty else { return }
    deltas[batch.file, default: FileDelta()].missingLines = hours.reduce(0) { $0 + $1.value }
    try await connection.query(
      """
      INSERT INTO pgtrawl.missing_lines AS m (log_file_id, hour, lines)
      SELECT $1, t.hour, t.lines FROM unnest($2::timestamptz[], $3::bigint[]) AS t (hour, lines)
      ON CONFLICT (log_file_id, hour) DO UPDATE SET lines = m.lines + excluded.lines
      """,
      [
        .int(batch.file), Column.times(hours.map { LogTime(microseconds: $0.key) }),
        .bigintArray(hours.map(\.value)),
      ])
  }

  /// Queries that a segment named before the batch: where no row has come of them, none may name them
  /// any more.
  private mutating func noteNames(_ list: String?) {
    for id in (list ?? "").split(separator: ",") { if let id = Int64(id) { named.insert(id) } }
  }

  private static let segmentRows = """
    FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz[],
      $7::bigint[], $8::bigint[], $9::bytea[], $10::text[], $11::text[], $12::text[],
      $13::bigint[], $14::bigint[], $15::bytea[], $16::timestamptz[], $17::bigint[],
      $18::bigint[])
      AS t (session, first, last, stored, at, missing, open, state, hashes, queries, files,
        first_file, closed, head, first_at, ends, stored_ends)
    """

  private func segmentColumns(
    _ sessions: [SessionSnapshot], _ gone: [GoneSegment]
  ) -> [PostgresParameter] {
    [
      .int(Int64(prepared.source)), Column.texts(sessions.map(\.session.description)),
      .bigintArray(sessions.map(\.firstLine)), .bigintArray(sessions.map(\.lastLine)),
      Column.bigints(sessions.map(\.storedLastLine)), Column.times(sessions.map(\.lastTime)),
      .bigintArray(sessions.map(\.missingLines)),
      .bigintArray(sessions.map { Int64($0.openRecords) }), .byteaArray(sessions.map(\.state)),
      Column.texts(sessions.map { Self.list($0.texts.map { Int64(bitPattern: $0.hash) }) }),
      Column.texts(sessions.map { Self.list($0.queryIDs) }),
      Column.texts(sessions.map { files(of: $0, gone) }),
      .bigintArray(sessions.map(\.firstFile)), .bigintArray(sessions.map { $0.isClosed ? 1 : 0 }),
      .byteaArray(sessions.map(\.head)), Column.times(sessions.map(\.firstTime)),
      .bigintArray(sessions.map { Int64($0.ends.rawValue) }),
      .bigintArray(sessions.map { Int64($0.storedEnds.rawValue) }),
    ]
  }

  /// A segment that was taken into the one before it, with the files that its lines stand in.
  private struct GoneSegment {
    var session: SessionID
    var firstLine: Int64
    var files: String
  }

  /// The files of a segment that the batch knows of: its own, and those of what it has taken in.
  private func files(of segment: SessionSnapshot, _ gone: [GoneSegment]) -> String {
    let taken = gone.filter {
      $0.session == segment.session && (segment.firstLine...segment.lastLine).contains($0.firstLine)
    }
    return "{" + ([String(batch.file)] + taken.map(\.files)).joined(separator: ",") + "}"
  }

  private static func list(_ values: [Int64]) -> String {
    "{" + values.map { String($0) }.joined(separator: ",") + "}"
  }

  // MARK: queries

  /// Adds what the batch says of queries, by id, so that loaders cannot block each other.
  mutating func upsertQueries() async throws(PostgresError) {
    guard !queries.isEmpty else { return }
    guard isIsolating else { return try await upsert(queries) }
    var parts = [0..<queries.count]
    while let part = parts.popLast() {
      var chosen = Array(queries[part])
      let refusal = try await refusal { (_) async throws(PostgresError) in
        try await upsert(chosen)
      }
      guard let refusal else { continue }
      if part.count > 1 {
        let middle = part.lowerBound + part.count / 2
        parts.append(middle..<part.upperBound)
        parts.append(part.lowerBound..<middle)
        continue
      }
      // The query's rows stand already, so it has to: without the texts that were refused.
      chosen[0].example = nil
      let again = try await self.refusal { (_) async throws(PostgresError) in
        try await upsert(chosen)
      }
      guard again != nil else { continue }
      let state = refusal.sqlState ?? "unknown"
      chosen[0].identity.normalizedSQL = Array("/* refused by the store: \(state) */".utf8)
      chosen[0].identity.relations = []
      try await upsert(chosen)
    }
  }

  private func upsert(_ queries: [QueryUpsert]) async throws(PostgresError) {
    // A query that no row of the batch belongs to has no times: the first is after the last then.
    // Nor has query 0, which is none.
    let times = { (query: QueryUpsert, time: LogTime) in
      query.identity.id != 0 && query.firstSeenAt <= query.lastSeenAt ? time : nil
    }
    try await connection.query(
      """
      INSERT INTO pgtrawl.queries AS q (id, family, normalized_sql, raw_example_sql, example_at,
        example_mark, example_log_file_id, statement_kind, relations, parse_status, first_seen_at,
        last_seen_at, total_executions)
      SELECT t.id, t.family, t.normal, t.example, t.at,
        CASE WHEN t.example IS NOT NULL THEN t.mark END,
        CASE WHEN t.example IS NOT NULL THEN $13::bigint END, t.kind, t.relations::text[],
        t.status, t.first, t.last, t.n
      FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[],
        $6::bigint[], $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[],
        $12::bigint[])
        AS t (id, family, normal, example, at, mark, kind, relations, status, first, last, n)
      ORDER BY t.id
      ON CONFLICT (id) DO UPDATE SET
        first_seen_at = least(q.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(q.last_seen_at, excluded.last_seen_at),
        total_executions = q.total_executions + excluded.total_executions,
        (raw_example_sql, example_at, example_mark, example_log_file_id) = (
          SELECT CASE WHEN better THEN excluded.raw_example_sql ELSE q.raw_example_sql END,
            CASE WHEN better THEN excluded.example_at ELSE q.example_at END,
            CASE WHEN better THEN excluded.example_mark ELSE q.example_mark END,
            CASE WHEN better THEN excluded.example_log_file_id ELSE q.example_log_file_id END
          FROM (SELECT CASE
            WHEN excluded.raw_example_sql IS NULL THEN false
            WHEN q.raw_example_sql IS NULL THEN true
            -- By what the records say, not by which was read first.
            ELSE (excluded.example_at, excluded.raw_example_sql COLLATE "C", excluded.example_mark)
              < (q.example_at, q.raw_example_sql COLLATE "C", q.example_mark)
            END IS TRUE AS better) b)
      """,
      [
        .bigintArray(queries.map(\.identity.id)), .bigintArray(queries.map(\.identity.family)),
        Column.texts(queries.map(\.identity.normalizedSQL)),
        Column.texts(queries.map(\.example)),
        Column.times(queries.map { $0.example == nil ? nil : $0.exampleAt }),
        .bigintArray(queries.map(\.exampleMark)),
        Column.texts(queries.map(\.identity.statementKind)),
        Column.texts(
          queries.map { ArrayText.of($0.identity.relations.map { Array($0.utf8) }) }),
        Column.texts(queries.map(\.identity.parseStatus.word)),
        Column.times(queries.map { times($0, $0.firstSeenAt) }),
        Column.times(queries.map { times($0, $0.lastSeenAt) }),
        .bigintArray(queries.map(\.executions)), .int(batch.file),
      ])
  }

  /// Finds first_seen_at and last_seen_at anew where they may be those of a row that was changed,
  /// deleted or refused; queries that nothing refers to any more go.
  func refreshTimes() async throws(PostgresError) {
    let kept = batch.sessions.filter { !$0.isOver }
    let names = named.subtracting(kept.flatMap(\.queryIDs)).sorted()
    if !names.isEmpty {
      try await connection.query(
        """
        SELECT pgtrawl.refresh_queries(array_agg(q.id)) FROM pgtrawl.queries q
        WHERE q.id = ANY ($1) AND q.first_seen_at IS NULL AND q.id <> 0
        HAVING count(*) > 0
        """, [.bigintArray(names)])
    }
    guard !oldTimes.isEmpty else { return }
    try await connection.query(
      """
      SELECT pgtrawl.refresh_queries(array_agg(DISTINCT q.id))
      FROM pgtrawl.queries q
      JOIN unnest($1::bigint[], $2::timestamptz[]) AS t (id, at) ON t.id = q.id
      WHERE t.at IS NULL OR q.first_seen_at IS NULL OR t.at <= q.first_seen_at OR t.at >= q.last_seen_at
      """, [.bigintArray(oldTimes.map(\.query)), Column.times(oldTimes.map(\.time))])
  }
}

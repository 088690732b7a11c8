public import LogModel
internal import Postgres

extension Store {
  /// The segments of a source that end at the given lines: what the lines that follow go on with.
  public func segments(
    source: Int32, endingAt ends: [(session: SessionID, lastLine: Int64)]
  ) async throws(LoadError) -> [StoredSegment] {
    guard !ends.isEmpty else { return [] }
    return try await segments(
      """
      JOIN unnest($2::text[], $3::bigint[]) AS t (session, line)
        ON o.session_id = t.session AND o.last_line = t.line
      WHERE o.source_id = $1 ORDER BY o.session_id, o.first_line, o.first_file_id
      """,
      [
        .int(Int64(source)), Column.texts(ends.map(\.session.description)),
        .bigintArray(ends.map(\.lastLine)),
      ])
  }

  /// The segments of a source that have lines in a file, latest log times first; at most 16,384.
  public func segments(source: Int32, file: Int64) async throws(LoadError) -> [StoredSegment] {
    try await segments(
      """
      WHERE o.source_id = $1 AND o.log_file_ids @> ARRAY[$2::bigint]
      ORDER BY o.last_time DESC, o.session_id, o.first_line LIMIT 16384
      """, [.int(Int64(source)), .int(file)])
  }

  /// All segments of the given sessions of a source, by session and first line.
  public func segments(
    source: Int32, sessions: [SessionID]
  ) async throws(LoadError) -> [StoredSegment] {
    guard !sessions.isEmpty else { return [] }
    return try await segments(
      """
      WHERE o.source_id = $1 AND o.session_id = ANY ($2)
      ORDER BY o.session_id, o.first_line, o.first_file_id
      """,
      [.int(Int64(source)), Column.texts(sessions.map(\.description))])
  }

  /// The segments of a source with the latest log times, at most `limit`, latest first.
  public func segments(source: Int32, limit: Int) async throws(LoadError) -> [StoredSegment] {
    try await segments(
      """
      WHERE o.source_id = $1
      ORDER BY o.last_time DESC, o.session_id, o.first_line, o.first_file_id LIMIT $2
      """,
      [.int(Int64(source)), .int(limit)])
  }

  /// Deletes the segments of the sessions of a source with the earliest log times in which no parse or
  /// bind waits, so that at most `keeping` segments are left as far as that goes; the number deleted.
  /// What is open in them is settled as it is, and the lines that they miss are counted for their
  /// files from then on.
  @discardableResult
  public func pruneSegments(source: Int32, keeping: Int) async throws(LoadError) -> Int {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        "SELECT pgtrawl.prune_sessions($1::int, $2)", [.int(Int64(source)), .int(keeping)]
      ).first?.int(0).map(Int.init) ?? 0
    }
  }

  /// Segments that are next to each other and not joined yet, because the later one was read first:
  /// the last lines of `left` are followed by the first ones of `right`. Each segment occurs once; at
  /// most `limit` pairs.
  public func adjacentSegments(
    source: Int32, limit: Int
  ) async throws(LoadError) -> [(left: StoredSegment, right: StoredSegment)] {
    let rows = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT \(Self.columns("o")), \(Self.columns("r"))
        FROM pgtrawl.open_sessions r JOIN pgtrawl.open_sessions o
          ON o.source_id = r.source_id AND o.session_id = r.session_id
          AND o.last_line = r.first_line - 1
        WHERE r.source_id = $1 AND r.head IS NOT NULL AND NOT o.closed
        ORDER BY r.session_id, r.first_line, r.first_file_id, o.first_line, o.first_file_id
        LIMIT $2
        """, [.int(Int64(source)), .int(limit)]
      ).compactMap { row in
        Self.segment(of: row, at: 0).flatMap { left in
          Self.segment(of: row, at: Self.columnCount).map { (left: left, right: $0) }
        }
      }
    }
    var taken: Set<SegmentKey> = []
    return rows.filter { pair in
      let keys = [SegmentKey(pair.left), SegmentKey(pair.right)]
      guard taken.isDisjoint(with: keys) else { return false }
      taken.formUnion(keys)
      return true
    }
  }

  /// Segments of a source that are not over for all that their files show, of sessions from before its
  /// server's latest start; at most `limit`.
  public func segmentsBeforeStart(
    source: Int32, limit: Int
  ) async throws(LoadError) -> [StoredSegment] {
    try await segments(
      """
      JOIN pgtrawl.sources s ON s.id = o.source_id
      WHERE o.source_id = $1 AND NOT o.closed AND o.ends & 1 = 0
        AND ('x' || lpad(split_part(o.session_id, '.', 1), 16, '0'))::bit(64)::bigint < s.last_start
      ORDER BY o.session_id, o.first_line, o.first_file_id LIMIT $2
      """, [.int(Int64(source)), .int(limit)])
  }

  private func segments(
    _ rest: String, _ parameters: [PostgresParameter]
  ) async throws(LoadError) -> [StoredSegment] {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        "SELECT \(Self.columns("o")) FROM pgtrawl.open_sessions o \(rest)", parameters
      ).compactMap { Self.segment(of: $0, at: 0) }
    }
  }

  private static let columnCount = 14

  private static func columns(_ o: String) -> String {
    """
    \(o).session_id, \(o).first_line, \(o).last_line,
    (extract(epoch FROM \(o).last_time) * 1000000)::bigint, \(o).missing_lines,
    \(o).open_records, \(o).state, array_to_string(\(o).text_hashes, ','),
    array_to_string(\(o).query_ids, ','), array_to_string(\(o).log_file_ids, ','),
    \(o).first_file_id, \(o).closed, \(o).head, \(o).ends
    """
  }

  private static func segment(of row: PostgresRow, at start: Int) -> StoredSegment? {
    guard let name = row[start], let session = name.withUnsafeBufferPointer({ SessionID($0) })
    else { return nil }
    return StoredSegment(
      session: session, firstLine: row.int(start + 1) ?? 0, firstFile: row.int(start + 10) ?? 0,
      lastLine: row.int(start + 2) ?? 0,
      lastTime: LogTime(microseconds: row.int(start + 3) ?? 0),
      missingLines: row.int(start + 4) ?? 0,
      openRecords: Int32(truncatingIfNeeded: row.int(start + 5) ?? 0),
      isClosed: row.bool(start + 11) ?? false,
      ends: SegmentEnds(rawValue: UInt8(truncatingIfNeeded: row.int(start + 13) ?? 0)),
      head: row.bytea(start + 12),
      state: row.bytea(start + 6) ?? [],
      texts: numbers(row.string(start + 7)).map { TextKey(hash: UInt64(bitPattern: $0)) },
      queryIDs: numbers(row.string(start + 8)), files: numbers(row.string(start + 9)))
  }

  private static func numbers(_ text: String?) -> [Int64] {
    (text ?? "").split(separator: ",").compactMap { Int64($0) }
  }
}

/// Primary key of a segment within its source.
private struct SegmentKey: Hashable {
  var session: SessionID
  var firstLine: Int64
  var firstFile: Int64

  init(_ segment: StoredSegment) {
    session = segment.session
    firstLine = segment.firstLine
    firstFile = segment.firstFile
  }
}

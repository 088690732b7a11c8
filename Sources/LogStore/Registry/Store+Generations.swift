public import LogModel
internal import Postgres

extension Store {
  /// All generations of a source, by id; those that are being forgotten are left out.
  public func generations(source: Int32) async throws(LoadError) -> [Generation] {
    try await generations("source_id = $1", [.int(Int64(source))])
  }

  /// Generations of other sources with one of these heads, with the sources' names: the same content
  /// would be counted twice.
  public func generationsElsewhere(
    heads: [ContentHead], besides source: Int32
  ) async throws(LoadError) -> [(source: String, generation: Generation)] {
    let wanted = Set(heads)
    return try await attempt { connection throws(PostgresError) in
      let rows = try await connection.query(
        """
        SELECT \(Self.generationColumns), s.name
        FROM pgtrawl.log_files f JOIN pgtrawl.sources s ON s.id = f.source_id
        WHERE f.forgotten_at IS NULL AND f.source_id <> $1 AND f.head_hash = ANY ($2)
        ORDER BY f.id
        """,
        [.int(Int64(source)), .byteaArray(wanted.map(\.hash))])
      return rows.map {
        (source: $0.string(Self.generationColumnCount) ?? "", generation: Self.generation(of: $0))
      }.filter {
        let mark = $0.generation.mark
        return wanted.contains(ContentHead(length: mark.headLength, hash: mark.headHash))
      }
    }
  }

  /// The generation with an id; nil if there is none, or it is being forgotten.
  public func generation(id: Int64) async throws(LoadError) -> Generation? {
    try await generations("id = $1", [.int(id)]).first
  }

  /// Registers a file as a new generation at its start offset, under the next dense id.
  ///
  /// Nil when the source has a generation with an id above `lastSeen` that the caller did not see:
  /// someone else registered a file meanwhile, perhaps this one; look up again and decide anew.
  public func register(
    _ new: NewGeneration, lastSeen: Int64
  ) async throws(LoadError) -> Generation? {
    let registered = try await attempt { connection throws(PostgresError) -> Generation? in
      try await connection.execute("BEGIN; \(Self.registryLock)")
      let row = try await connection.query(
        """
        INSERT INTO pgtrawl.log_files AS f (id, source_id, path, format, state, epoch, head_length,
          head_hash, anchor_length, anchor_hash, crc, device, inode, committed_offset, start_offset)
        SELECT (SELECT coalesce(max(id), 0) + 1 FROM pgtrawl.log_files), $1, $2, $3, $4,
          (SELECT last_value FROM pgtrawl.epochs), $5, $6, $7, $8, $9, $10, $11, $13, $13
        WHERE NOT EXISTS (SELECT FROM pgtrawl.log_files o WHERE o.source_id = $1 AND o.id > $12)
        RETURNING \(Self.generationColumns)
        """,
        [
          .int(Int64(new.source)), .text(new.path), .text(new.format), .text(new.state.rawValue),
          .int(new.mark.headLength), .bytea(new.mark.headHash), .int(new.mark.anchorLength),
          .bytea(new.mark.anchorHash), .int(Int64(new.mark.crc)), .int(new.device),
          .int(new.inode), .int(lastSeen), .int(new.startOffset),
        ]
      ).first
      try await connection.execute("COMMIT")
      return row.map { Self.generation(of: $0) }
    }
    if let registered { sourceOfFile[registered.id] = registered.source }
    return registered
  }

  /// Stores where files were seen and how they are; offsets and content stay as they are. Standard
  /// input is no place: a file that came through it again stays where it was seen. In what is complete
  /// nobody goes on: its point to inflate from goes. The server may lose the latest of it when it crashes.
  public func note(_ sightings: [GenerationSighting]) async throws(LoadError) {
    guard !sightings.isEmpty else { return }
    let ordered = sightings.sorted { $0.file < $1.file }
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        WITH complete AS (
          DELETE FROM pgtrawl.gzip_points p
          USING unnest($1::bigint[], $3::text[]) AS s (id, state)
          WHERE p.log_file_id = s.id AND s.state = 'done'
        )
        UPDATE pgtrawl.log_files f SET path = t.path, state = t.state, device = t.device,
          inode = t.inode, size_seen = coalesce(t.size, f.size_seen), pending_bytes = t.pending
        FROM (
          SELECT s.id, s.state, s.size, s.pending,
            CASE WHEN s.path = '-' THEN old.path ELSE s.path END AS path,
            CASE WHEN s.path = '-' THEN old.device ELSE s.device END AS device,
            CASE WHEN s.path = '-' THEN old.inode ELSE s.inode END AS inode
          FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[],
            $6::bigint[], $7::bigint[]) AS s (id, path, state, device, inode, size, pending)
          JOIN pgtrawl.log_files old USING (id)
        ) AS t
        WHERE f.id = t.id AND ((f.path, f.state, f.device, f.inode, f.pending_bytes)
            IS DISTINCT FROM (t.path, t.state, t.device, t.inode, t.pending)
          OR f.size_seen IS DISTINCT FROM coalesce(t.size, f.size_seen)) AND \(Self.isUnhurried)
        """,
        [
          .bigintArray(ordered.map(\.file)), Column.texts(ordered.map(\.path)),
          Column.texts(ordered.map(\.state.rawValue)), .bigintArray(ordered.map(\.device)),
          .bigintArray(ordered.map(\.inode)), Column.bigints(ordered.map(\.sizeSeen)),
          .bigintArray(ordered.map(\.pendingBytes)),
        ])
      return
    }
  }

  /// Notes that a file is gone, and that its bytes from its committed offset are lost: up to `end`,
  /// nil = an unknown one. Nothing when they were read meanwhile, or the file is complete. Returns the
  /// offset from which they are lost, nil for nothing.
  public func noteLoss(
    file: Int64, to end: Int64?, reason: String
  ) async throws(LoadError) -> Int64? {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        WITH gone AS (
          UPDATE pgtrawl.log_files
          SET state = CASE WHEN committed_offset >= $2 THEN 'done' ELSE 'lost' END
          WHERE id = $1 AND state = 'active' RETURNING id, committed_offset, state
        )
        INSERT INTO pgtrawl.file_gaps (log_file_id, from_offset, to_offset, reason)
        SELECT id, committed_offset, $2::bigint, $3 FROM gone WHERE state = 'lost'
        ON CONFLICT (log_file_id, from_offset)
        DO UPDATE SET to_offset = excluded.to_offset, reason = excluded.reason
        RETURNING from_offset
        """, [.int(file), .int(end), .text(reason)]
      ).first?.int(0)
    }
  }

  /// Files of a source that are neither complete nor known to be gone, by id.
  public func unfinished(source: Int32) async throws(LoadError) -> [Generation] {
    try await generations("source_id = $1 AND state = 'active'", [.int(Int64(source))])
  }

  /// Notes under which names files are now.
  public func move(_ files: [(file: Int64, path: String)]) async throws(LoadError) {
    guard !files.isEmpty else { return }
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        UPDATE pgtrawl.log_files f SET path = t.path
        FROM unnest($1::bigint[], $2::text[]) AS t (id, path) WHERE f.id = t.id
        """, [.bigintArray(files.map(\.file)), Column.texts(files.map(\.path))])
      return
    }
  }

  /// Notes that nobody writes these files any more, and that all they hold is in the store; each with
  /// the path where it has to be the one that was seen there last.
  public func finish(_ files: [(file: Int64, path: String)]) async throws(LoadError) {
    guard !files.isEmpty else { return }
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        UPDATE pgtrawl.log_files f SET state = 'done'
        FROM unnest($1::bigint[], $2::text[]) AS t (id, path)
        WHERE f.id = t.id AND f.path = t.path AND f.state = 'active'
          AND f.committed_offset >= coalesce(f.size_seen, 0)
        """, [.bigintArray(files.map(\.file)), Column.texts(files.map(\.path))])
      return
    }
  }

  /// Takes back that a file is lost: it is there, with what stands behind its committed offset.
  public func recover(file: Int64) async throws(LoadError) {
    try await attempt { connection throws(PostgresError) in
      try await connection.execute("BEGIN")
      try await connection.query(
        """
        DELETE FROM pgtrawl.file_gaps g USING pgtrawl.log_files f
        WHERE f.id = $1 AND g.log_file_id = f.id AND g.from_offset >= f.committed_offset
        """, [.int(file)])
      try await connection.query(
        "UPDATE pgtrawl.log_files SET state = 'active' WHERE id = $1 AND state = 'lost'",
        [.int(file)])
      try await connection.execute("COMMIT")
    }
  }

  /// Notes that reading the file begins now at its committed offset; the server may lose the note, but
  /// not the end of this process.
  public func begin(reading generation: Generation, _ care: ReadingCare) async throws(LoadError) {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        UPDATE pgtrawl.log_files SET attempt_offset = committed_offset, attempt_level = $2
        WHERE id = $1 AND epoch = $3 AND committed_offset = $4 AND \(Self.isUnhurried)
        """,
        [
          .int(generation.id), .int(Int64(care.rawValue)), .int(Int64(generation.epoch)),
          .int(generation.committedOffset),
        ])
      return
    }
  }

  /// Takes the note of `begin(reading:_:)` back.
  public func end(reading generation: Generation) async throws(LoadError) {
    try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        UPDATE pgtrawl.log_files SET attempt_offset = NULL, attempt_level = NULL
        WHERE id = $1 AND epoch = $2 AND committed_offset = $3 AND attempt_offset = $3
        """,
        [
          .int(generation.id), .int(Int64(generation.epoch)), .int(generation.committedOffset),
        ])
      return
    }
  }

  /// A condition that always holds, and has the statement's own transaction not wait for the disk.
  private static let isUnhurried = "set_config('synchronous_commit', 'off', true) IS NOT NULL"

  // MARK: rows

  static let generationColumnCount = 17
  static let generationColumns = """
    f.id, f.source_id, f.path, f.committed_offset, f.epoch, f.head_length, f.head_hash, \
    f.anchor_length, f.anchor_hash, f.crc, f.state, f.device, f.inode, f.size_seen, \
    f.bytes_rejected, f.attempt_offset, f.attempt_level
    """

  private func generations(
    _ condition: String, _ parameters: [PostgresParameter]
  ) async throws(LoadError) -> [Generation] {
    let found = try await attempt { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT \(Self.generationColumns) FROM pgtrawl.log_files f
        WHERE f.forgotten_at IS NULL AND \(condition) ORDER BY f.id
        """, parameters
      ).map { Self.generation(of: $0) }
    }
    for generation in found { sourceOfFile[generation.id] = generation.source }
    return found
  }

  static func generation(of row: PostgresRow) -> Generation {
    var generation = Generation(
      id: row.int(0) ?? 0, source: Int32(truncatingIfNeeded: row.int(1) ?? 0),
      path: row.string(2) ?? "", committedOffset: row.int(3) ?? 0,
      epoch: Int32(truncatingIfNeeded: row.int(4) ?? 0),
      mark: ContentMark(
        headLength: Int(row.int(5) ?? 0), headHash: row.bytea(6) ?? [],
        anchorLength: Int(row.int(7) ?? 0), anchorHash: row.bytea(8) ?? [],
        crc: UInt32(truncatingIfNeeded: row.int(9) ?? 0)),
      state: GenerationState(rawValue: row.string(10) ?? "") ?? .active,
      device: row.int(11) ?? 0, inode: row.int(12) ?? 0)
    generation.sizeSeen = row.int(13) ?? 0
    generation.rejectedBytes = row.int(14) ?? 0
    let care = row.int(16).flatMap { ReadingCare(rawValue: Int16(clamping: $0)) }
    if let offset = row.int(15), let care {
      generation.attempt = ReadingAttempt(offset: offset, care: care)
    }
    return generation
  }
}

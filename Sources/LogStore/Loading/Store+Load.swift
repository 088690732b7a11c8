public import LogModel
internal import Postgres

extension Store {
  /// Commits a batch and the checkpoint after it in one transaction.
  ///
  /// Repeats it, with a growing pause, after deadlocks and lock timeouts, as nothing is committed
  /// then. When the connection breaks, what the store has decides: nothing is sent again from
  /// memory. Throws what `open` does, and `contended`, `data`, `missing`.
  public func load(
    _ batch: FactBatch, _ checkpoint: Checkpoint
  ) async throws(LoadError) -> LoadOutcome {
    await takeTurn()
    defer { passTurn() }
    guard let source = try await source(ofFile: batch.file) else { return .fenced }
    try await ensureMonths(MonthSet(of: batch).months)
    let prepared = PreparedBatch(
      batch, checkpoint, source: source, rejectedBytes: rejectedBytes)
    var isIsolating = false
    var attempts = 0
    while true {
      attempts += 1
      var transaction = BatchTransaction(prepared, on: connection, isIsolating: isIsolating)
      do throws(PostgresError) {
        return try await transaction.run()
      } catch {
        await connection.rollback()
        if error.condition == .down || error.code == .notConnected {
          return try await resolve(checkpoint, wasCommitting: transaction.isCommitting)
        }
        if !isIsolating, BatchTransaction.isRefusal(error) {
          isIsolating = true
          continue
        }
        guard Self.isWorthRepeating(error), attempts < Self.attemptsMax else {
          throw LoadError(error)
        }
        try await backOff(attempts)
      }
    }
  }

  /// The offset up to which a file is in the store, and its epoch; nil if the file is not there.
  public func committed(file: Int64) async throws(LoadError) -> (offset: Int64, epoch: Int32)? {
    try await attempt { connection throws(PostgresError) in
      try await Self.readCheckpoint(file, connection)
    }
  }

  /// What became of a batch whose connection broke: the file's row is locked for the look, so that
  /// a commit which is still under way on the server is waited for.
  private func resolve(
    _ checkpoint: Checkpoint, wasCommitting: Bool
  ) async throws(LoadError) -> LoadOutcome {
    // The server may need a moment to come back.
    try await backOff(1)
    let now = try await repeating { connection throws(PostgresError) in
      try await Self.readCheckpoint(checkpoint.file, connection)
    }
    guard let now, now.epoch == checkpoint.epoch else { return .fenced }
    if wasCommitting, now.offset == checkpoint.to, checkpoint.to != checkpoint.from {
      return .committed(refusedRows: 0)
    }
    return .lostRace(committedOffset: now.offset)
  }

  private static func readCheckpoint(
    _ file: Int64, _ connection: PostgresConnection
  ) async throws(PostgresError) -> (offset: Int64, epoch: Int32)? {
    let row = try await connection.query(
      """
      SELECT committed_offset, epoch FROM pgtrawl.log_files
      WHERE id = $1 AND forgotten_at IS NULL FOR UPDATE
      """, [.int(file)]
    ).first
    return row.map { ($0.int(0) ?? 0, Int32(truncatingIfNeeded: $0.int(1) ?? 0)) }
  }

  private func source(ofFile file: Int64) async throws(LoadError) -> Int32? {
    if let known = sourceOfFile[file] {
      try await connectIfNeeded()
      return known
    }
    let found = try await repeating { connection throws(PostgresError) in
      try await connection.query(
        "SELECT source_id FROM pgtrawl.log_files WHERE id = $1", [.int(file)]
      ).first?.int(0)
    }
    sourceOfFile[file] = found.map { Int32(truncatingIfNeeded: $0) }
    return sourceOfFile[file]
  }

  /// Makes the partitions that a batch needs, each month in a short transaction of its own.
  private func ensureMonths(_ months: Set<Int>) async throws(LoadError) {
    for month in months.subtracting(knownMonths).sorted() {
      guard let day = MonthSet.firstDay(of: month) else { continue }
      let isThere = try await repeating { connection throws(PostgresError) in
        try await connection.execute("BEGIN")
        try await connection.execute("SET LOCAL lock_timeout = '5s'")
        let result = try await connection.query(
          "SELECT pgtrawl.ensure_partition($1)", [.text(day)])
        try await connection.execute("COMMIT")
        return result.first?.bool(0) ?? false
      }
      // The month of an outlier becomes an ordinary one in time, so it is asked for again.
      if isThere { knownMonths.insert(month) }
    }
  }
}

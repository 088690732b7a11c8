internal import Digest
internal import LogModel
internal import Postgres

extension BatchTransaction {
  /// The tables that rows are copied into.
  enum FactTable { case executions, plans, events }

  /// Whether an error says that a row is at fault, not the batch, the connection or the schema.
  static func isRefusal(_ error: PostgresError) -> Bool {
    switch error.condition {
    case .dataException, .constraint: true
    // Limits of the server (54), as a text too long for jsonb; characters that it cannot hold.
    default: error.sqlState?.hasPrefix("54") ?? false
    }
  }

  /// Copies all rows of a table; when isolating, all but those that the server refuses.
  mutating func copy(_ table: FactTable) async throws(PostgresError) {
    let buffer = buffer(table)
    guard !buffer.isEmpty else { return }
    let rows = 0..<buffer.rowCount
    guard isIsolating else {
      let pieces = buffer.pieces(of: rows, beside: batch.bytes)
      try await connection.copyIn(Self.sql(table), buffers: pieces)
      return
    }
    var parts = [rows]
    while let part = parts.popLast() {
      let refusal = try await refusal { (connection) async throws(PostgresError) in
        let pieces = buffer.pieces(of: part, beside: batch.bytes)
        try await connection.copyIn(Self.sql(table), buffers: pieces)
        return
      }
      guard let refusal else { continue }
      guard part.count == 1 else {
        let middle = part.lowerBound + part.count / 2
        parts.append(middle..<part.upperBound)
        parts.append(part.lowerBound..<middle)
        continue
      }
      try await refuse(table, row: part.lowerBound, refusal)
    }
  }

  /// Runs a statement under a savepoint; the server's refusal of a value, nil when it went through.
  func refusal(
    of statement: (PostgresConnection) async throws(PostgresError) -> Void
  ) async throws(PostgresError) -> PostgresError? {
    try await connection.execute("SAVEPOINT part")
    do throws(PostgresError) {
      try await statement(connection)
    } catch {
      guard Self.isRefusal(error) else { throw error }
      try await connection.execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
      return error
    }
    try await connection.execute("RELEASE SAVEPOINT part")
    return nil
  }

  private func buffer(_ table: FactTable) -> RowBuffer {
    switch table {
    case .executions: prepared.executions
    case .plans: prepared.plans
    case .events: prepared.events
    }
  }

  private static func sql(_ table: FactTable) -> String {
    switch table {
    case .executions: FactEncoder.executionCopy
    case .plans: FactEncoder.planCopy
    case .events: FactEncoder.eventCopy
    }
  }

  // MARK: quarantine

  private mutating func refuse(
    _ table: FactTable, row: Int, _ error: PostgresError
  ) async throws(PostgresError) {
    switch table {
    case .executions: refuse(batch.executions[row], error)
    case .plans:
      guard try await !keepAsText(batch.plans[row]) else { return }
      refuse(batch.plans[row], error)
    case .events: refuse(batch.events[row], error)
    }
  }

  /// Stores a plan that jsonb refused as the text that it is: nothing of it is lost.
  private func keepAsText(_ plan: PlanRow) async throws(PostgresError) -> Bool {
    guard plan.facts.fitsJSONB else { return false }
    var plan = plan
    plan.facts.fitsJSONB = false
    plan.facts.unfitReason = "the server refused it as jsonb"
    let buffer = FactEncoder.withBytes(of: batch, source: prepared.source) { $0.plans([plan]) }
    let refusal = try await refusal { (connection) async throws(PostgresError) in
      let pieces = buffer.pieces(of: 0..<1, beside: batch.bytes)
      try await connection.copyIn(FactEncoder.planCopy, buffers: pieces)
      return
    }
    return refusal == nil
  }

  private mutating func refuse(_ row: ExecutionRow, _ error: PostgresError) {
    // A plan_only row stands at its plan's record, which is the plan's.
    let isOwn = row.kind != .planOnly && row.records > 0
    let moved = quarantine(
      row.key, isOwn: isOwn, records: row.records, "execution", row.session, row.line, error)
    deltas[row.key.file, default: FileDelta()].executions.remove(row.key.offset)
    refusedExecutions.insert(row.key)
    if moved > 0 {
      deltas[row.key.file, default: FileDelta()].dispositions.executionRecords -= 1
      deltas[row.key.file, default: FileDelta()].dispositions.executionBytes -= moved
    }
    forgetTimes(ofQuery: row.queryID)
    guard row.isSettled, row.nesting == 0,
      let query = queries.firstIndex(where: { $0.identity.id == row.queryID })
    else { return }
    queries[query].executions -= 1
  }

  private mutating func refuse(_ row: PlanRow, _ error: PostgresError) {
    let moved = quarantine(
      row.key, isOwn: true, records: 1, "plan", row.session, row.line, error)
    deltas[row.key.file, default: FileDelta()].plans.remove(row.key.offset)
    if moved > 0 {
      deltas[row.key.file, default: FileDelta()].dispositions.planRecords -= 1
      deltas[row.key.file, default: FileDelta()].dispositions.planBytes -= moved
    }
    forgetTimes(ofQuery: row.queryID)
  }

  private mutating func refuse(_ row: EventRow, _ error: PostgresError) {
    let moved = quarantine(
      row.key, isOwn: row.records > 0, records: row.records, "event", row.session, row.line, error)
    deltas[row.key.file, default: FileDelta()].events.remove(row.key.offset)
    if moved > 0 {
      deltas[row.key.file, default: FileDelta()].dispositions.eventRecords -= 1
      deltas[row.key.file, default: FileDelta()].dispositions.eventBytes -= moved
    }
    forgetTimes(ofQuery: row.queryID)
  }

  /// The times that the batch says of a query may be those of a refused row: they are found in the
  /// rows that are stored.
  private mutating func forgetTimes(ofQuery id: Int64) {
    oldTimes.append((id, nil))
    guard let query = queries.firstIndex(where: { $0.identity.id == id }) else { return }
    queries[query].firstSeenAt = LogTime(microseconds: 1)
    queries[query].lastSeenAt = LogTime(microseconds: 0)
  }

  /// Makes a reject of a refused row. Its own record becomes rejected when the batch has its bytes:
  /// the result is their number; the other records that were folded into the row keep their kind.
  private mutating func quarantine(
    _ key: FactKey, isOwn: Bool, records: Int32, _ kind: String, _ session: SessionID,
    _ line: Int64, _ error: PostgresError
  ) -> Int64 {
    let record = isOwn ? prepared.record(at: key).map { Array($0) } : nil
    let length = Int64(record?.count ?? 0)
    rejects.append(
      RejectRow(
        file: key.file, offset: key.offset, length: length,
        foldedRecords: record == nil ? records : records - 1, refusedRow: kind, session: session,
        line: line, sqlState: error.sqlState, reason: error.message,
        hash: SHA256Hash.of(record ?? []),
        bytes: record.flatMap { prepared.rejectedBytes.kept($0) }))
    var delta = deltas[key.file] ?? FileDelta()
    delta.rejects.add(key.offset)
    if length > 0 {
      delta.dispositions.rejectedRecords += 1
      delta.dispositions.rejectedBytes += length
    }
    deltas[key.file] = delta
    refusedRows += 1
    return length
  }

  /// Writes the rejects of the log and those of refused rows.
  func writeRejects() async throws(PostgresError) {
    guard !rejects.isEmpty else { return }
    try await connection.query(
      """
      INSERT INTO pgtrawl.rejected_records (log_file_id, log_offset, length, folded_records,
        refused_row, session_id, session_line, sqlstate, reason, sha256, bytes)
      SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[],
        $6::text[], $7::bigint[], $8::text[], $9::text[], $10::bytea[], $11::bytea[])
      """,
      [
        .bigintArray(rejects.map(\.file)), .bigintArray(rejects.map(\.offset)),
        .bigintArray(rejects.map(\.length)),
        .bigintArray(rejects.map { Int64($0.foldedRecords) }),
        .textArray(rejects.map(\.refusedRow)), .textArray(rejects.map(\.session?.description)),
        Column.bigints(rejects.map(\.line)), .textArray(rejects.map(\.sqlState)),
        Column.texts(rejects.map(\.reason)), .byteaArray(rejects.map(\.hash)),
        .byteaArray(rejects.map(\.bytes)),
      ])
  }
}

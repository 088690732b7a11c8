internal import LogModel
internal import Postgres

/// One attempt to commit a batch: everything between BEGIN and COMMIT.
///
/// Rows are copied first, what other loaders may wait for comes last and in a fixed order: files,
/// links, contexts, sessions, queries, samples, each by its key.
struct BatchTransaction {
  let prepared: PreparedBatch
  let connection: PostgresConnection
  /// Whether a row that the server refuses is looked for; costs savepoints, so the first attempt
  /// goes without.
  let isIsolating: Bool

  var deltas: [Int64: FileDelta]
  var rejects: [RejectRow]
  var queries: [QueryUpsert]
  /// Times that rows had before they were changed or deleted, by query: first_seen_at and
  /// last_seen_at may be theirs. Nil for rows that were refused, perhaps for that time.
  var oldTimes: [(query: Int64, time: LogTime?)] = []
  /// Queries that open sessions named before the batch.
  var named: Set<Int64> = []
  var refusedRows = 0
  /// Executions among them.
  var refusedExecutions: Set<FactKey> = []
  /// COMMIT was sent: whether it happened is not known when the connection breaks now.
  private(set) var isCommitting = false

  init(_ prepared: PreparedBatch, on connection: PostgresConnection, isIsolating: Bool) {
    self.prepared = prepared
    self.connection = connection
    self.isIsolating = isIsolating
    deltas = prepared.deltas
    rejects = prepared.rejects
    queries = prepared.batch.queries
  }

  var batch: FactBatch { prepared.batch }

  /// Runs the transaction; it has to be rolled back when this throws.
  mutating func run() async throws(PostgresError) -> LoadOutcome {
    try await connection.execute("BEGIN")
    if let refusal = try await lockFiles() {
      await connection.rollback()
      return refusal
    }
    FailPoint.beforeCopy.pass()
    try await copy(.executions)
    FailPoint.midCopy.pass()
    try await copy(.plans)
    try await copy(.events)
    try await writeLinks()
    try await amendExecutions()
    try await retractExecutions()
    try await retractEvents()
    try await amendPlans()
    try await writeRejects()
    try await writeContexts()
    try await writeMissingLines()
    try await writeHours()
    guard try await writeSessions() else {
      await connection.rollback()
      return .sessionConflict
    }
    try await writeServerStart()
    try await upsertQueries()
    try await writeSamples()
    try await refreshTimes()
    FailPoint.beforeCheckpoint.pass()
    try await writeFiles()
    try await writePoint()
    isCommitting = true
    FailPoint.beforeCommit.pass()
    try await connection.execute("COMMIT")
    FailPoint.afterCommit.pass()
    return .committed(refusedRows: refusedRows)
  }

  /// Locks the rows of all files concerned, by id; an outcome when the batch cannot be committed.
  private mutating func lockFiles() async throws(PostgresError) -> LoadOutcome? {
    let rows = try await connection.query(
      """
      SELECT id, committed_offset, epoch, forgotten_at IS NOT NULL FROM pgtrawl.log_files
      WHERE id = ANY ($1) ORDER BY id FOR UPDATE
      """, [.bigintArray(prepared.files)])
    let checkpoint = prepared.checkpoint
    guard let own = rows.first(where: { $0.int(0) == checkpoint.file }), own.bool(3) == false,
      own.int(2) == Int64(checkpoint.epoch)
    else { return .fenced }
    let committed = own.int(1) ?? 0
    guard committed == checkpoint.from else { return .lostRace(committedOffset: committed) }
    return nil
  }

  /// Sessions from before a server's start are over, whatever file they stand in.
  private func writeServerStart() async throws(PostgresError) {
    guard let start = batch.serverStart else { return }
    try await connection.query(
      """
      UPDATE pgtrawl.sources SET last_start = $2
      WHERE id = $1 AND (last_start IS NULL OR last_start < $2)
      """, [.int(Int64(prepared.source)), .int(start)])
  }

  /// Adds up the counters of every file and moves the batch's own checkpoint.
  private func writeFiles() async throws(PostgresError) {
    for file in deltas.keys.sorted() where file != batch.file {
      guard let delta = deltas[file], delta != FileDelta() else { continue }
      try await connection.query(
        "UPDATE pgtrawl.log_files SET \(FileDelta.assignments) WHERE id = $1",
        [.int(file)] + delta.parameters)
    }
    let checkpoint = prepared.checkpoint
    let mark = checkpoint.mark
    let moved = try await connection.query(
      """
      UPDATE pgtrawl.log_files SET \(FileDelta.assignments), committed_offset = $21,
        head_length = $22, head_hash = $23, anchor_length = $24, anchor_hash = $25, crc = $26,
        first_log_time = least(first_log_time, $27), last_log_time = greatest(last_log_time, $28),
        size_seen = greatest(size_seen, $21), imported_at = now(),
        attempt_offset = CASE WHEN $31::bigint IS NULL THEN attempt_offset ELSE $21 END,
        attempt_level = coalesce($31, attempt_level)
      WHERE id = $1 AND committed_offset = $29 AND epoch = $30
      """,
      [.int(batch.file)] + (deltas[batch.file] ?? FileDelta()).parameters + [
        .int(checkpoint.to), .int(mark.headLength), .bytea(mark.headHash),
        .int(mark.anchorLength), .bytea(mark.anchorHash), .int(Int64(mark.crc)),
        Column.time(batch.firstTime), Column.time(batch.lastTime), .int(checkpoint.from),
        .int(Int64(checkpoint.epoch)), .int(checkpoint.care.map { Int64($0.rawValue) }),
      ]
    ).affectedRows
    precondition(moved == 1, "the file's row was locked and compared before")
  }
}

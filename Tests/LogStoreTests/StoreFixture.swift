import LogModel
import LogStore
import Migrations
import Postgres
import TestSupport

/// A store in a database of its own, with the core layer's schema.
struct StoreFixture {
  let conninfo: String
  let store: Store
  /// For looking and for sabotage, beside the store's own connection.
  let sql: PostgresConnection

  init() async throws {
    conninfo = try await TestCluster.shared().createDatabase()
    sql = try await PostgresConnection.open(conninfo: conninfo)
    let migrator = Migrator(connection: sql)
    _ = try await migrator.up()
    if TestLayers.isCoreAlone { _ = try await migrator.down(layer: .analysis) }
    store = Store(conninfo: conninfo)
    try await store.open()
  }

  /// A source with a generation that has nothing committed yet.
  func register(source name: String = "default", path: String = "a.csv") async throws -> Generation
  {
    let source = try await store.source(name, creating: true)
    let last = try await store.candidates(
      source: 1, GenerationSearch(heads: [], paths: [], headsAbove: nil)
    ).lastID
    let new = NewGeneration(
      source: source?.id ?? 0, path: path, format: "csv", state: .active,
      // Of equal examples the one with the smaller hash counts: that of the file that was read first.
      mark: ContentMark(
        headLength: 0, headHash: Array(repeating: 0xFF, count: 32), anchorLength: 0, anchorHash: [],
        crc: 0),
      device: 1, inode: 2)
    guard let generation = try await store.register(new, lastSeen: last) else {
      throw TestFailure("nobody else registers files here")
    }
    return generation
  }

  /// The only cell of a query, as text.
  func value(_ query: String) async throws -> String? {
    try await sql.query(query).first?.string(0)
  }

  /// Looks until a connection to the database waits for a lock, or none does.
  func wait(untilWaitingForLocks isWaiting: Bool) async throws {
    let look = """
      SELECT EXISTS (SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock') = $1
      """
    while try await sql.query(look, [.bool(isWaiting)]).first?.bool(0) != true {
      // pg_stat_activity is read once a transaction.
      try await sql.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.002)")
    }
  }

  /// Every row of every table as JSON, without the times of import and what only fences.
  func dump() async throws -> [String: [String]] {
    var tables: [String: [String]] = [:]
    for table in [
      "sources", "log_files", "open_sessions", "queries", "session_contexts", "query_executions",
      "query_plans", "log_events", "plan_links", "rejected_records", "file_gaps", "query_samples",
    ] {
      let rows = try await sql.query(
        """
        SELECT (to_jsonb(t) - '{created_at,registered_at,imported_at,rejected_at,epoch}'::text[])::text
        FROM pgtrawl.\(table) t ORDER BY 1
        """)
      tables[table] = rows.map { $0.string(0) ?? "" }
    }
    return tables
  }
}

/// Makes batches by hand: records one after the other, and what each of them became.
struct BatchBuilder {
  private(set) var batch: FactBatch
  private let epoch: Int32
  private var line: Int64
  let session: SessionID
  static let context: Int64 = 77

  init(
    _ generation: Generation, from start: Int64 = 0, firstLine: Int64 = 1,
    session: SessionID = SessionID(start: 0x6650_0000, process: 42)
  ) {
    batch = FactBatch(
      file: generation.id, startOffset: start, endOffset: start, bytes: [], rawCount: 0)
    epoch = generation.epoch
    line = firstLine
    self.session = session
    batch.dispositions[generation.id] = Dispositions()
  }

  /// 2024-05-24 00:00 UTC and the seconds after.
  static func time(_ seconds: Int64) -> LogTime {
    LogTime(microseconds: 1_716_508_800_000_000 + seconds * 1_000_000)
  }

  /// Appends a record; where it starts and how long it is.
  mutating func record(_ text: String) -> (
    key: FactKey, line: Int64, length: Int64, text: ByteRange
  ) {
    let start = batch.bytes.count
    batch.bytes += Array((text + "\n").utf8)
    batch.rawCount = batch.bytes.count
    let offset = batch.startOffset + Int64(start)
    batch.endOffset = batch.startOffset + Int64(batch.rawCount)
    defer { line += 1 }
    return (
      FactKey(file: batch.file, offset: offset), line, Int64(text.utf8.count + 1),
      ByteRange(start: start, end: start + text.utf8.count)
    )
  }

  /// A settled execution of one record.
  @discardableResult
  mutating func execution(
    query: Int64, at seconds: Int64, settled: Bool = true, parameters: String? = nil
  ) -> ExecutionRow {
    let record = record(parameters ?? "execution \(query)")
    var row = ExecutionRow(
      key: record.key, text: TextKey(hash: UInt64(query)), executedAt: Self.time(seconds),
      kind: .execute, isExtended: true, session: session, line: record.line, process: 42)
    row.queryID = query
    row.records = 1
    row.durationMicros = 1_500
    row.isSettled = settled
    row.context = Self.context
    row.nativeQueryID = query * 10
    if parameters != nil { row.parameters = record.text }
    batch.executions.append(row)
    batch.dispositions[batch.file, default: Dispositions()].executionRecords += 1
    batch.dispositions[batch.file, default: Dispositions()].executionBytes += record.length
    seen(query, Self.time(seconds), executions: settled ? 1 : 0)
    return row
  }

  /// A plan of an execution.
  @discardableResult
  mutating func plan(
    _ document: String, query: Int64, at seconds: Int64, of execution: ExecutionRow
  ) -> PlanRow {
    let record = record(document)
    var facts = PlanFacts(format: .json, body: record.text)
    facts.fitsJSONB = true
    var row = PlanRow(
      key: record.key, text: TextKey(hash: UInt64(query)), executedAt: Self.time(seconds),
      planMicros: 1_000, nesting: 0, nativeQueryID: query * 10, ran: true, isTranscoded: false,
      session: session, line: record.line, facts: facts)
    row.queryID = query
    batch.plans.append(row)
    batch.links.append(
      LinkRow(
        plan: record.key, execution: execution.key, session: session, planLine: record.line,
        executionLine: execution.line, replacesStored: false))
    batch.dispositions[batch.file, default: Dispositions()].planRecords += 1
    batch.dispositions[batch.file, default: Dispositions()].planBytes += record.length
    seen(query, Self.time(seconds), executions: 0)
    return row
  }

  /// An event.
  @discardableResult
  mutating func event(_ message: String, query: Int64 = 0, at seconds: Int64) -> EventRow {
    let record = record(message)
    var row = EventRow(
      key: record.key, eventClass: "error", severity: .error, sqlstate: SQLState("42P01"),
      occurredAt: Self.time(seconds), text: .none, session: session, line: record.line,
      process: 42)
    row.queryID = query
    row.message = record.text
    row.fields = [("bytes", 12), ("pid", 7)]
    row.context = Self.context
    batch.events.append(row)
    batch.dispositions[batch.file, default: Dispositions()].eventRecords += 1
    batch.dispositions[batch.file, default: Dispositions()].eventBytes += record.length
    seen(query, Self.time(seconds), executions: 0)
    return row
  }

  /// A range that is no record.
  mutating func reject(_ bytes: String) {
    let record = record(bytes)
    batch.rejects.append(
      Reject(
        offset: record.key.offset, length: Int(record.length), reason: "torn", bytes: record.text))
    batch.dispositions[batch.file, default: Dispositions()].rejectedRecords += 1
    batch.dispositions[batch.file, default: Dispositions()].rejectedBytes += record.length
  }

  /// The session's state after the batch.
  mutating func snapshot(
    first: Int64 = 1, firstFile: Int64? = nil, last: Int64, stored: Int64? = nil,
    isOver: Bool = false
  ) {
    var snapshot = SessionSnapshot(
      session: session, firstLine: first, firstFile: firstFile ?? batch.file, lastLine: last,
      storedLastLine: stored, lastTime: Self.time(100), missingLines: 0, state: [1, 2, 3],
      texts: [TextKey(hash: .max)],
      openRecords: 0, isOver: isOver)
    snapshot.queryIDs = [5]
    batch.sessions.append(snapshot)
  }

  /// Changes what is left to the test.
  mutating func edit(_ body: (inout FactBatch) -> Void) { body(&batch) }

  /// A query's times and total.
  mutating func seen(_ query: Int64, _ time: LogTime, executions: Int64) {
    if let index = batch.queries.firstIndex(where: { $0.identity.id == query }) {
      batch.queries[index].firstSeenAt = min(batch.queries[index].firstSeenAt, time)
      batch.queries[index].lastSeenAt = max(batch.queries[index].lastSeenAt, time)
      batch.queries[index].executions += executions
    } else {
      batch.queries.append(
        QueryUpsert(
          identity: QueryIdentity(
            id: query, family: 1, normalizedSQL: Array("select \(query)".utf8),
            statementKind: "select", relations: ["a", "b\"c"], parseStatus: .parsed),
          example: query == 0 ? nil : Array("SELECT '\(query)'".utf8), exampleAt: time,
          exampleMark: session.recordMark(line: 1), firstSeenAt: time, lastSeenAt: time,
          executions: executions))
      batch.queries.sort { $0.identity.id < $1.identity.id }
    }
  }

  /// The batch, complete, and its checkpoint.
  func finished() -> (FactBatch, Checkpoint) {
    var batch = batch
    let name = Array("app".utf8)
    let at = batch.bytes.count
    batch.bytes += name
    let range = ByteRange(start: at, end: at + name.count)
    batch.contexts = [
      SessionContext(
        id: Self.context, database: range, user: range, application: range, client: .none,
        backendType: .none)
    ]
    batch.firstTime = Self.time(0)
    batch.lastTime = Self.time(100)
    let mark = ContentMark(
      headLength: Int(min(4096, batch.endOffset)), headHash: [UInt8(batch.file)],
      anchorLength: 1, anchorHash: [9], crc: 7)
    return (
      batch,
      Checkpoint(
        file: batch.file, epoch: epoch, from: batch.startOffset, to: batch.endOffset, mark: mark)
    )
  }
}

extension ProvisionalKey {
  /// The provisional row as it was stored.
  init(_ row: ExecutionRow) {
    self.init(key: row.key, text: row.text, executedAt: row.executedAt)
    queryID = row.queryID
  }
}

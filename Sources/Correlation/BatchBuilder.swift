import LogModel

/// Collects the rows of one batch, and the texts and contexts that they refer to.
struct BatchBuilder {
  private(set) var batch: FactBatch
  private let base: UnsafePointer<UInt8>
  private let plans: [PlanFacts]
  /// Observations are taken again: their texts are in the store.
  let isReplaying: Bool
  /// Bytes of the file before the next record that no record could be read from.
  var rejectedBytes: Int64 = 0
  private var textIndex: [TextKey: Int] = [:]
  private var contextIDs: Set<Int64> = []

  init(
    batch: FactBatch, base: UnsafePointer<UInt8>, plans: [PlanFacts], isReplaying: Bool = false
  ) {
    self.batch = batch
    self.isReplaying = isReplaying
    self.base = base
    self.plans = plans
  }

  var file: Int64 { batch.file }

  /// The bytes of a range.
  @inline(__always)
  func bytes(_ range: ByteRange) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: base + Int(range.start), count: range.isEmpty ? 0 : range.count)
  }

  /// The facts of a plan record.
  func plan(of record: LogRecord) -> PlanFacts { plans[Int(record.plan)] }

  /// Whether the bytes of a range begin with `word`.
  func starts(_ range: ByteRange, with word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard range.count >= count else { return false }
    let bytes = bytes(range)
    for i in 0..<count where bytes[i] != word.utf8Start[i] { return false }
    return true
  }

  /// Notes that the batch has this text.
  mutating func note(
    _ key: TextKey, _ range: ByteRange, of record: LogRecord, isExample: Bool = true
  ) {
    guard !key.isNone else { return }
    guard let index = textIndex[key] else {
      textIndex[key] = batch.texts.count
      batch.texts.append(
        BatchText(
          key: key, range: range, time: record.time,
          mark: record.session.recordMark(line: record.line), isExample: isExample))
      return
    }
    guard isExample else { return }
    let known = batch.texts[index]
    batch.texts[index].isExample = true
    if known.isExample, known.time < record.time { return }
    let mark = record.session.recordMark(line: record.line)
    if known.isExample, known.time == record.time, known.mark <= mark { return }
    batch.texts[index].time = record.time
    batch.texts[index].mark = mark
  }

  /// The id of a record's database, user, application, client and kind of process.
  mutating func context(_ record: LogRecord) -> Int64 {
    var hash: UInt64 = 0
    for range in [
      record.database, record.user, record.application, record.client, record.backendType,
    ] {
      hash = StableHash.hash(bytes(range), seed: hash)
    }
    let id = Int64(bitPattern: hash)
    if contextIDs.insert(id).inserted {
      batch.contexts.append(
        SessionContext(
          id: id, database: record.database, user: record.user, application: record.application,
          client: record.client, backendType: record.backendType))
    }
    return id
  }

  /// Changes the counts of what became of a file's records.
  mutating func count(_ file: Int64, _ change: (inout Dispositions) -> Void) {
    change(&batch.dispositions[file, default: Dispositions()])
  }

  /// Lines of a session are missing before one of `time`.
  mutating func miss(_ lines: Int64, before time: LogTime) {
    let hour: Int64 = 3_600_000_000
    let past = time.microseconds % hour
    batch.missingLines[time.microseconds - (past < 0 ? past + hour : past), default: 0] += lines
  }

  /// A server starts, at `start` in seconds since 1970.
  mutating func startServer(at start: UInt64) {
    guard let start = Int64(exactly: start) else { return }
    batch.serverStart = max(batch.serverStart ?? start, start)
  }

  /// The file leaves lines of a session out, which another file can have.
  mutating func leaveOut(_ lines: Int64) { batch.leftOutLines += lines }

  mutating func append(_ row: ExecutionRow) { batch.executions.append(row) }
  mutating func append(_ amendment: Amendment) { batch.amendments.append(amendment) }
  mutating func append(_ plan: PlanRow) { batch.plans.append(plan) }
  mutating func append(_ link: LinkRow) { batch.links.append(link) }
  mutating func append(_ event: EventRow) { batch.events.append(event) }
  mutating func append(_ snapshot: SessionSnapshot) { batch.sessions.append(snapshot) }
  mutating func confirm(_ key: ProvisionalKey) { batch.confirmations.append(key) }
  mutating func retract(_ event: EventKey) { batch.eventRetractions.append(event) }
  mutating func retract(_ key: ProvisionalKey) { batch.retractions.append(key) }
  mutating func retractLink(ofPlan key: FactKey) { batch.linkRetractions.append(key) }

  /// Gives a plan the text of its own statement, in this batch or in the store.
  mutating func setText(_ plan: PlanReference, _ text: TextKey) {
    if let index = batch.plans.lastIndex(where: { $0.key == plan.key }) {
      batch.plans[index].text = text
    } else {
      let stored = ProvisionalKey(key: plan.key, text: plan.text, executedAt: plan.executedAt)
      batch.planAmendments.append(PlanAmendment(stored: stored, text: text))
    }
  }
}

extension BatchBuilder {
  /// A batch of `file` without records, of changes of what the store has, and how many `body` made. It
  /// reads no bytes: what the store has of a session holds no text.
  static func withoutRecords(
    file: Int64, at offset: Int64, _ body: (inout BatchBuilder) -> Int
  ) -> (batch: FactBatch, count: Int) {
    let batch = FactBatch(
      file: file, startOffset: offset, endOffset: offset, bytes: [], rawCount: 0)
    let none: [UInt8] = [0]
    return none.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return (batch, 0) }
      var builder = BatchBuilder(batch: batch, base: base, plans: [], isReplaying: true)
      let count = body(&builder)
      return (builder.batch, count)
    }
  }
}

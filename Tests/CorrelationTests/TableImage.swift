import Correlation
import LogModel
import LogParsing
import TestSupport

/// What the tables hold after a log was read: batches are applied as the store applies them, and
/// what breaks a rule of the store (a row twice, an amendment without its row) is an error.
struct TableImage: Equatable {
  struct Breach: Error { var what: String }

  struct Execution: Equatable {
    var line: Int64
    var session: String
    var text: String
    var executedAt: Int64
    var kind: String
    var isExtended: Bool
    var isSettled: Bool
    var nesting: Int16
    var statements: Int32
    var records: Int32
    var micros: [Int64?]
    var rows: [Int64?]
    var sqlstate: String
    var error: String
    var parameters: String
    var native: Int64
  }

  /// A row of `open_sessions`.
  struct Segment: Equatable {
    var firstLine: Int64
    var firstFile: Int64
    var lastLine: Int64
    var files: Set<Int64>
    var snapshot: SessionSnapshot

    static func == (a: Segment, b: Segment) -> Bool {
      a.firstLine == b.firstLine && a.firstFile == b.firstFile && a.lastLine == b.lastLine
        && a.files == b.files && a.snapshot.state == b.snapshot.state
        && a.snapshot.head == b.snapshot.head
        && a.snapshot.texts == b.snapshot.texts
        && a.snapshot.missingLines == b.snapshot.missingLines
        && a.snapshot.isClosed == b.snapshot.isClosed && a.snapshot.ends == b.snapshot.ends
    }
  }

  var executions: [FactKey: Execution] = [:]
  var plans: [FactKey: String] = [:]
  var links: [String: Int64] = [:]
  var events: [FactKey: String] = [:]
  var dispositions: [Int64: Dispositions] = [:]
  var missingLines: Int64 = 0
  var sessions: [SessionID: [Segment]] = [:]
  /// The most that a batch wrote of states and heads.
  var stateBytesMax = 0
  private var linkKeys: [FactKey: String] = [:]
  private var eventMessages: [FactKey: String] = [:]
  private var textOf: [TextKey: String] = [:]

  static func == (a: TableImage, b: TableImage) -> Bool {
    a.executions == b.executions && a.plans == b.plans && a.links == b.links
      && a.events == b.events && a.dispositions == b.dispositions
      && a.missingLines == b.missingLines
  }

  init() {}

  /// Applies a batch; false, and nothing is changed, when a session is not as the batch found it.
  mutating func apply(_ batch: FactBatch) throws -> Bool {
    guard isAsFound(batch) else { return false }
    func text(_ range: ByteRange) -> String {
      String(decoding: batch.bytes[range.indices], as: UTF8.self)
    }
    for item in batch.texts { textOf[item.key] = text(item.range) }
    for row in batch.executions {
      guard executions[row.key] == nil else { throw Breach(what: "a row twice") }
      executions[row.key] = try execution(row, text)
    }
    for amendment in batch.amendments {
      guard let old = executions.removeValue(forKey: amendment.stored.key),
        old.isSettled == amendment.stored.isSettled,
        old.executedAt == amendment.stored.executedAt.microseconds,
        old.text == textOf[amendment.stored.text] ?? ""
      else { throw Breach(what: "an amendment without its row") }
      var new = try execution(amendment.row, text)
      if new.error.isEmpty { new.error = old.error }
      if new.parameters.isEmpty { new.parameters = old.parameters }
      if let event = amendment.errorEvent {
        guard let message = eventMessages[event.key] else { throw Breach(what: "no such event") }
        new.error = message
      }
      guard executions[amendment.row.key] == nil else {
        throw Breach(what: "two rows at one place")
      }
      executions[amendment.row.key] = new
    }
    for key in batch.retractions {
      guard let row = executions.removeValue(forKey: key.key), row.isSettled == key.isSettled
      else { throw Breach(what: "a retraction of nothing") }
    }
    try applyPlans(of: batch)
    try applyEvents(of: batch, text)
    keepSessions(of: batch)
    stateBytesMax = max(
      stateBytesMax, batch.sessions.reduce(0) { $0 + $1.state.count + ($1.head?.count ?? 0) })
    for (file, change) in batch.dispositions {
      dispositions[file, default: Dispositions()].add(change)
    }
    return true
  }

  private mutating func applyPlans(of batch: FactBatch) throws {
    for plan in batch.plans {
      plans[plan.key] = "\(plan.line) \(plan.nesting) \(textOf[plan.text] ?? "") \(plan.ran)"
    }
    for change in batch.planAmendments {
      guard let old = plans[change.stored.key] else { throw Breach(what: "no such plan") }
      let word = old.split(separator: " ")
      plans[change.stored.key] =
        "\(word[0]) \(word[1]) \(textOf[change.text] ?? "") \(word[word.count - 1])"
    }
    for plan in batch.linkRetractions {
      guard let key = linkKeys.removeValue(forKey: plan), links.removeValue(forKey: key) != nil
      else {
        throw Breach(what: "a retraction of no link")
      }
    }
    for link in batch.links {
      let key = "\(link.session) \(link.planLine)"
      guard (links[key] != nil) == link.replacesStored else { throw Breach(what: "a link twice") }
      guard executions[link.execution]?.line == link.executionLine else {
        throw Breach(what: "a link to no execution")
      }
      links[key] = link.executionLine
      linkKeys[link.plan] = key
    }
  }

  private mutating func applyEvents(
    of batch: FactBatch, _ text: (ByteRange) -> String
  ) throws {
    for event in batch.events {
      guard events[event.key] == nil else { throw Breach(what: "an event twice") }
      events[event.key] =
        "\(event.eventClass) \(event.line) \(event.occurredAt.microseconds) \(text(event.message))"
      eventMessages[event.key] = text(event.message)
    }
    for event in batch.eventRetractions {
      guard events.removeValue(forKey: event.key) != nil else {
        throw Breach(what: "a retraction of no event")
      }
    }
  }

  private func isAsFound(_ batch: FactBatch) -> Bool {
    batch.sessions.allSatisfy { snapshot in
      let stored = sessions[snapshot.session]?.first { Self.isSame($0, snapshot) }
      return stored?.lastLine == snapshot.storedLastLine
        && (stored?.snapshot.ends ?? []) == snapshot.storedEnds
    }
  }

  private static func isSame(_ segment: Segment, _ snapshot: SessionSnapshot) -> Bool {
    segment.firstLine == snapshot.firstLine && segment.firstFile == snapshot.firstFile
  }

  private mutating func keepSessions(of batch: FactBatch) {
    var gone: [SessionID: [(firstLine: Int64, files: Set<Int64>)]] = [:]
    for snapshot in batch.sessions {
      let index = sessions[snapshot.session]?.firstIndex { Self.isSame($0, snapshot) }
      let stored = index.flatMap { sessions[snapshot.session]?.remove(at: $0) }
      if snapshot.isOver {
        gone[snapshot.session, default: []].append((snapshot.firstLine, stored?.files ?? []))
        continue
      }
      var kept = snapshot
      if kept.head == nil { kept.head = stored?.snapshot.head }
      sessions[snapshot.session, default: []].append(
        Segment(
          firstLine: snapshot.firstLine, firstFile: snapshot.firstFile,
          lastLine: snapshot.lastLine, files: (stored?.files ?? []).union([batch.file]),
          snapshot: kept))
    }
    missingLines += batch.missingLines.values.reduce(0, +)
    for snapshot in batch.sessions where !snapshot.isOver {
      let index = sessions[snapshot.session]?.firstIndex { Self.isSame($0, snapshot) }
      guard let index else { continue }
      for taken in gone[snapshot.session] ?? []
      where (snapshot.firstLine...snapshot.lastLine).contains(taken.firstLine) {
        sessions[snapshot.session]?[index].files.formUnion(taken.files)
      }
    }
    for session in Set(batch.sessions.map(\.session)) {
      sessions[session]?.sort { ($0.firstLine, $0.firstFile) < ($1.firstLine, $1.firstFile) }
      if sessions[session]?.isEmpty == true { sessions[session] = nil }
    }
  }

  private func execution(_ row: ExecutionRow, _ text: (ByteRange) -> String) throws -> Execution {
    if !row.text.isNone, textOf[row.text] == nil { throw Breach(what: "an unknown text") }
    return Execution(
      line: row.line, session: row.session.description, text: textOf[row.text] ?? "",
      executedAt: row.executedAt.microseconds, kind: row.kind.word, isExtended: row.isExtended,
      isSettled: row.isSettled, nesting: row.nesting, statements: row.statements,
      records: row.records,
      micros: [
        row.durationMicros, row.parseMicros, row.bindMicros, row.executeMicros, row.planMicros,
      ], rows: [row.rowsReturned, row.rowsAffected], sqlstate: row.sqlstate?.description ?? "",
      error: text(row.error), parameters: text(row.parameters), native: row.nativeQueryID)
  }

  /// The rows in the order of the file.
  var ordered: [Execution] {
    executions.sorted { ($0.key.file, $0.key.offset) < ($1.key.file, $1.key.offset) }.map(\.value)
  }

  /// What became of the records of all files.
  var total: Dispositions {
    dispositions.values.reduce(into: Dispositions()) { $0.add($1) }
  }
}

extension Dispositions {
  mutating func add(_ other: Dispositions) {
    executionRecords += other.executionRecords
    executionBytes += other.executionBytes
    planRecords += other.planRecords
    planBytes += other.planBytes
    eventRecords += other.eventRecords
    eventBytes += other.eventBytes
    openRecords += other.openRecords
    openBytes += other.openBytes
    rejectedRecords += other.rejectedRecords
    rejectedBytes += other.rejectedBytes
  }

  var bytes: Int64 { executionBytes + planBytes + eventBytes + openBytes + rejectedBytes }
}

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

  var executions: [Int64: Execution] = [:]
  var plans: [Int64: String] = [:]
  var links: [String: Int64] = [:]
  var events: [Int64: String] = [:]
  var dispositions = Dispositions()
  var missingLines: Int64 = 0
  private var sessions: [SessionID: SessionSnapshot] = [:]
  private var linkKeys: [FactKey: String] = [:]
  private var textOf: [TextKey: String] = [:]

  static func == (a: TableImage, b: TableImage) -> Bool {
    a.executions == b.executions && a.plans == b.plans && a.links == b.links
      && a.events == b.events && a.dispositions == b.dispositions
      && a.missingLines == b.missingLines
  }

  /// Reads a log in pieces that end at `cuts`. With `restarts`, the correlator is thrown away after
  /// every piece and goes on from what the store has.
  init(
    _ bytes: [UInt8], cuts: [Int] = [], restarts: Bool = false,
    ending: CSVLogParser.Ending = .pending
  ) throws {
    var correlator = Correlator()
    var parser = CSVLogParser(startOffset: 0, encoding: .latin1, zones: FixedZones())
    var start = 0
    for cut in cuts + [bytes.count] {
      parser.append(Array(bytes[start..<cut]))
      start = cut
      let isLast = cut == bytes.count
      while let batch = try parser.parse(isLast ? ending : .pending) {
        if restarts { correlator = Correlator() }
        for unknown in correlator.unknownSessions(in: batch) {
          // One file: what is stored of a session is what precedes.
          if let stored = sessions[unknown.session] { try correlator.adopt(stored) }
        }
        try apply(correlator.correlate(batch, file: 1))
      }
    }
    sessions = [:]
    textOf = [:]
  }

  private mutating func apply(_ batch: FactBatch) throws {
    func text(_ range: ByteRange) -> String {
      String(decoding: batch.bytes[range.indices], as: UTF8.self)
    }
    for item in batch.texts { textOf[item.key] = text(item.range) }
    for row in batch.executions {
      guard executions[row.key.offset] == nil else { throw Breach(what: "a row twice") }
      executions[row.key.offset] = try execution(row, text)
    }
    for key in batch.retractions {
      guard let row = executions.removeValue(forKey: key.key.offset), !row.isSettled else {
        throw Breach(what: "a retraction of nothing")
      }
    }
    for amendment in batch.amendments {
      let offset = amendment.stored.key.offset
      guard let old = executions.removeValue(forKey: offset), !old.isSettled,
        old.executedAt == amendment.stored.executedAt.microseconds,
        old.text == textOf[amendment.stored.text] ?? ""
      else { throw Breach(what: "an amendment without its row") }
      var new = try execution(amendment.row, text)
      if new.error.isEmpty { new.error = old.error }
      if new.parameters.isEmpty { new.parameters = old.parameters }
      executions[amendment.row.key.offset] = new
    }
    for plan in batch.plans {
      plans[plan.key.offset] = "\(plan.line) \(plan.nesting) \(textOf[plan.text] ?? "") \(plan.ran)"
    }
    for change in batch.planAmendments {
      guard let old = plans[change.stored.key.offset] else { throw Breach(what: "no such plan") }
      let word = old.split(separator: " ")
      plans[change.stored.key.offset] =
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
      guard executions[link.execution.offset]?.line == link.executionLine else {
        throw Breach(what: "a link to no execution")
      }
      links[key] = link.executionLine
      linkKeys[link.plan] = key
    }
    for event in batch.events {
      guard events[event.key.offset] == nil else { throw Breach(what: "an event twice") }
      events[event.key.offset] = "\(event.eventClass) \(event.line) \(text(event.message))"
    }
    try keepSessions(of: batch)
    for (_, change) in batch.dispositions { dispositions.add(change) }
  }

  private mutating func keepSessions(of batch: FactBatch) throws {
    for snapshot in batch.sessions {
      if let stored = snapshot.storedLastLine, sessions[snapshot.session]?.lastLine != stored {
        throw Breach(what: "a session that someone else went on with")
      }
      missingLines += snapshot.missingLines - (sessions[snapshot.session]?.missingLines ?? 0)
      sessions[snapshot.session] = snapshot.isOver ? nil : snapshot
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
  var ordered: [Execution] { executions.sorted { $0.key < $1.key }.map(\.value) }
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

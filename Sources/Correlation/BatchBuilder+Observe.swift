import LogModel
import SQLText

extension BatchBuilder {
  /// Writes what a record is by itself, whatever records are around it: its event or plan, its texts
  /// and names, its place in the file's counts. What the session's state machine has to see of it is
  /// returned; nil when that is nothing.
  mutating func observe(_ record: LogRecord) -> Observation? {
    if record.hasStatement || record.severity.isFailure {
      event(record)
      guard record.severity.isFailure, !record.isWorker else { return nil }
      return failure(record)
    }
    guard !isForged(record) else {
      event(record)
      return nil
    }
    switch record.kind {
    case .other:
      event(record)
      return nil
    case .plan: return plan(record)
    case .saidStatement, .saidExecute, .saidFetch, .saidFastpath:
      countExecution(record)
      return described(record, .said, splits: record.kind == .saidStatement)
    case .durationParse, .durationBind:
      return step(record, isBind: record.kind == .durationBind)
    case .durationOnly: return bareDuration(record)
    default:
      countExecution(record)
      return described(record, .duration, splits: record.kind == .durationStatement)
    }
  }

  /// A message that a statement wrote itself, by RAISE, in the form of the server's own: those are
  /// of severity LOG, but for plans (auto_explain.log_level), and have no CONTEXT but that of a
  /// portal, or a plan that of its function.
  func isForged(_ record: LogRecord) -> Bool {
    guard record.kind != .other else { return false }
    if record.hasStatement { return true }
    guard record.kind == .plan else { return record.severity != .log || isNested(record) }
    return isNested(record) && isRaised(record)
  }

  /// Whether a RAISE of PL/pgSQL wrote the message: its CONTEXT begins with `PL/pgSQL function f() line 1
  /// at RAISE`, in every language with this word last.
  func isRaised(_ record: LogRecord) -> Bool {
    let first = bytes(record.context).prefix { $0 != UInt8(ascii: "\n") }
    return first.reversed().starts(with: " RAISE".utf8.reversed())
  }

  private mutating func observation(_ role: Observation.Role, _ record: LogRecord) -> Observation {
    var observation = Observation(
      role, record, key: FactKey(file: file, offset: record.offset), context: context(record))
    observation.tag = CommandTag(firstWordOf: bytes(record.commandTag))
    return observation
  }

  private mutating func countExecution(_ record: LogRecord) {
    count(file) {
      $0.executionRecords += 1
      $0.executionBytes += Int64(record.length)
    }
  }

  // MARK: errors

  private mutating func failure(_ record: LogRecord) -> Observation {
    var failure = observation(.failure, record)
    failure.sqlstate = record.sqlstate
    failure.error = record.message
    failure.micros = 0
    guard record.hasStatement else { return failure }
    failure.traits.insert(.ownStatement)
    failure.message = record.textKey
    failure.identity = record.textKey
    failure.statements = max(1, MessageText(record.statement, self, splits: true).statements)
    return failure
  }

  // MARK: statements

  /// A parse or bind.
  private mutating func step(_ record: LogRecord, isBind: Bool) -> Observation {
    var step = observation(.step, record)
    if isBind { step.traits.insert(.bind) }
    name(of: record, into: &step)
    step.message = record.textKey
    step.identity = record.textKey
    note(record.textKey, record.text, of: record)
    return step
  }

  private mutating func bareDuration(_ record: LogRecord) -> Observation {
    var bare = observation(.bareDuration, record)
    if bare.tag == .parse || bare.tag == .bind {
      bare.role = .step
      bare.traits.insert(.bare)
      if bare.tag == .bind { bare.traits.insert(.bind) }
      return bare
    }
    if bytes(record.commandTag).elementsEqual("PREPARE".utf8) { bare.traits.insert(.prepareTag) }
    countExecution(record)
    return bare
  }

  /// A record with the statement's text.
  private mutating func described(
    _ record: LogRecord, _ role: Observation.Role, splits: Bool
  ) -> Observation {
    let text = MessageText(record.text, self, splits: splits)
    var result = observation(role, record)
    result.message = text.statements == 0 ? TextKey.empty : record.textKey
    result.identity = record.textKey
    result.textTag = text.tag
    if text.runsPrepared, starts(record.detail, with: "prepare: ") {
      let range = ByteRange(start: Int(record.detail.start) + 9, end: Int(record.detail.end))
      result.prepared = TextKey(bytes(range))
      let body = MessageText(range, self, splits: false).preparedBody ?? range
      result.identity = TextKey(bytes(body))
      note(result.identity, body, of: record)
    } else {
      note(record.textKey, record.text, of: record)
    }
    result.traits.formUnion(text.traits)
    result.statements = max(1, text.statements)
    name(of: record, into: &result)
    for part in text.parts.prefix(Self.partsMax) {
      let key = TextKey(bytes(part))
      note(key, part, of: record, isExample: false)
      result.parts.append(key)
    }
    if text.parts.count > Self.partsMax { result.parts = [] }
    result.parameters = parameters(of: record)
    return result
  }

  /// Statements of one message whose plans are told apart.
  private static let partsMax = 16

  private func name(of record: LogRecord, into observation: inout Observation) {
    guard !record.name.isEmpty else { return }
    let name = bytes(record.name)
    observation.name = StableHash.hash(name)
    if name.contains(UInt8(ascii: "/")) { observation.traits.insert(.namedPortal) }
  }

  private func parameters(of record: LogRecord) -> ByteRange {
    let word = 12  // bytes of "parameters: "
    guard record.detail.count > word,
      starts(record.detail, with: "parameters: ") || starts(record.detail, with: "Parameters: ")
    else { return .none }
    return ByteRange(start: Int(record.detail.start) + word, end: Int(record.detail.end))
  }

  // MARK: plans

  private mutating func plan(_ record: LogRecord) -> Observation? {
    guard record.plan >= 0 else {
      event(record)
      return nil
    }
    let facts = plan(of: record)
    let isNested = isNested(record)
    // Without Actual keys (log_analyze off) only the time tells; with "Actual Loops" 0 the time is
    // that of ending it.
    let ran =
      facts.hasActualLoops || facts.actualRows == nil && record.durationMicros != 0
    let text = MessageText(facts.queryText, self, splits: !isNested)
    var result = observation(.plan, record)
    result.message = facts.queryTextKey
    result.identity = text.preparedBody.map { TextKey(bytes($0)) } ?? facts.queryTextKey
    note(result.identity, text.preparedBody ?? facts.queryText, of: record)
    result.planQueryID = facts.queryIdentifier ?? record.nativeQueryID
    append(
      PlanRow(
        key: result.key, text: result.identity, executedAt: record.time,
        planMicros: record.durationMicros, nesting: isNested ? 1 : 0,
        nativeQueryID: result.planQueryID, ran: ran, isTranscoded: record.isTranscoded,
        session: record.session, line: record.line, facts: facts))
    count(file) {
      $0.planRecords += 1
      $0.planBytes += Int64(record.length)
    }
    result.traits.formUnion(text.traits)
    if ran { result.traits.insert(.ran) }
    if facts.hasModifyTable { result.traits.insert(.modifies) }
    result.statements = text.statements
    result.textTag = text.tag
    result.rowsReturned = facts.actualRows
    result.rowsAffected = facts.rowsAffected
    guard isNested else { return result }
    if ran { appendNested(result, record.session) }
    return nil
  }

  /// A nested statement is an execution of its own, whatever its session did before.
  private mutating func appendNested(_ plan: Observation, _ session: SessionID) {
    var item = OpenExecution(plan: WaitingPlan(plan), session)
    item.row.nesting = 1
    append(item.row)
    for link in item.plans { append(LinkRow(link, of: item.row, replacesStored: false)) }
  }

  /// A nested statement's plan has a CONTEXT; a top-level one of the extended protocol may have one
  /// too, which then begins with its portal.
  private func isNested(_ record: LogRecord) -> Bool {
    guard !record.context.isEmpty else { return false }
    return
      !(starts(record.context, with: "unnamed portal")
      || starts(record.context, with: "portal \"")
      || starts(record.context, with: "extended query"))
  }

  // MARK: events

  /// An event beside the record, counted as no record itself: its place is one byte further on,
  /// where no record begins.
  mutating func reportOutlier(_ record: LogRecord) {
    var event = EventRow(
      key: FactKey(file: file, offset: record.offset + 1), eventClass: "time_outlier",
      severity: .log, sqlstate: .successfulCompletion, occurredAt: record.time, text: .none,
      session: record.session, line: record.line, process: record.process)
    event.records = 0
    event.context = context(record)
    append(event)
  }

  /// A record that is no execution.
  private mutating func event(_ record: LogRecord) {
    let sorted = EventClassifier.classify(record, self)
    var text = TextKey.none
    if record.hasStatement {
      text = record.textKey
      note(text, record.statement, of: record)
    }
    var event = EventRow(
      key: FactKey(file: file, offset: record.offset), eventClass: sorted.eventClass,
      severity: record.severity, sqlstate: record.sqlstate, occurredAt: record.time, text: text,
      session: record.session, line: record.line, process: record.process)
    event.isTranscoded = record.isTranscoded
    event.message = record.message
    event.detail = record.detail
    event.hint = record.hint
    event.contextText = record.context
    event.location = record.location
    event.cursorPosition = record.cursorPosition
    event.fields = sorted.fields
    event.context = context(record)
    append(event)
    count(file) {
      $0.eventRecords += 1
      $0.eventBytes += Int64(record.length)
    }
  }
}

import LogModel

extension SessionState {
  /// A record with STATEMENT, or one of ERROR and above: an event, and where it ended a statement
  /// that execution's row.
  mutating func takeEventOrFailure(_ record: LogRecord, _ builder: inout BatchBuilder) {
    event(record, &builder)
    guard record.severity.isFailure, !record.isWorker else { return }
    closeEarlierTransactions(than: record, &builder)
    let tag = CommandTag(firstWordOf: builder.bytes(record.commandTag))
    let own = record.hasStatement
    if let item = takeFailedFetch(record, tag) {
      fail(item, record, boundID: nil, &builder)
      return
    }
    if let item = said {
      // An error that names no statement may be of a later one, which failed at its commit.
      let isOther = !own && (tag == .idle || item.tag != .other && tag != item.tag)
      let isLate = tag == .parse || tag == .bind || isOther
      if !isLate, !own || record.textKey == item.message {
        said = nil
        fail(item, record, boundID: bareBind(of: record, tag)?.nativeQueryID, &builder)
        return
      }
      settleSaid(&builder)
    }
    let bound = tag == .idle ? nil : bareBind(of: record, tag)?.nativeQueryID
    isBound = false
    guard own else { return }
    let text = MessageText(record.statement, builder, splits: true)
    var item = newExecution(
      record, kind: .statement, isExtended: tag == .parse || tag == .bind,
      text: record.textKey, message: record.textKey, &builder)
    item.row.statements = max(1, text.statements)
    fail(item, record, boundID: tag == .bind ? record.nativeQueryID : bound, &builder)
  }

  /// The open execution of which a further fetch has failed: the one that log_statement announced it
  /// of, or one of this text whose bind was logged where this record has none of its own.
  private mutating func takeFailedFetch(
    _ record: LogRecord, _ tag: CommandTag
  ) -> OpenExecution? {
    guard record.hasStatement, tag != .parse, tag != .bind, tag != .idle else { return nil }
    if let fetch = said {
      guard fetch.saidKind == .saidFetch, fetch.message == record.textKey,
        let index = openFetched(name: fetch.name, text: fetch.message)
      else { return nil }
      said = nil
      open[index].row.records += 1
      return open.remove(at: index)
    }
    let isBoundAgain =
      bareBind(of: record, tag) != nil
      || pending.contains { $0.isBind && $0.text == record.textKey }
    guard !isBoundAgain, record.localTransaction != 0 else { return nil }
    let index = open.lastIndex { item in
      guard item.row.bindMicros != nil, item.plans.isEmpty,
        item.transaction == record.localTransaction
      else { return false }
      return item.isUnknown
        ? record.nativeQueryID != 0 && item.row.nativeQueryID == record.nativeQueryID
          && item.tag == tag
        : item.message == record.textKey
    }
    guard let index else { return nil }
    var item = open.remove(at: index)
    if item.row.text.isNone { item.row.text = record.textKey }
    return item
  }

  /// Ends an execution by an error: settled at once. `boundID` is the id of its own parse and bind
  /// where they have no text; nil = it has none.
  private mutating func fail(
    _ failed: OpenExecution, _ record: LogRecord, boundID: Int64?, _ builder: inout BatchBuilder
  ) {
    var item = failed
    builder.note(record.textKey, record.statement, at: record.time)
    item.row.kind =
      switch item.saidKind {
      case .saidExecute: .execute
      case .saidFetch: .fetch
      case .saidFastpath: .fastpath
      default: item.row.kind == .said ? .statement : item.row.kind
      }
    item.row.sqlstate = record.sqlstate
    item.row.error = record.message
    item.row.executedAt = max(item.row.executedAt, record.time)
    item.row.durationMicros = nil
    if item.row.nativeQueryID == 0 { item.row.nativeQueryID = record.nativeQueryID }
    // What fails in Parse has no step before it, what fails in Bind only its parse.
    let tag = CommandTag(firstWordOf: builder.bytes(record.commandTag))
    if tag != .parse {
      foldPending(into: &item, native: boundID, takesBind: tag != .bind, &builder)
    }
    if item.row.parseMicros != nil || item.row.bindMicros != nil { item.row.isExtended = true }
    // Plans of earlier statements of the message are executions of their own.
    linkLatePlans(before: record.line, notOf: item.message, &builder)
    settleWaiting(before: record.line, &builder)
    lastStatementLine = record.line
    emit(item, &builder)
  }

  /// An event beside the record, counted as no record itself: its place is one byte further on,
  /// where no record begins.
  mutating func reportOutlier(_ record: LogRecord, _ builder: inout BatchBuilder) {
    guard !reportedOutlier else { return }
    reportedOutlier = true
    var event = EventRow(
      key: FactKey(file: builder.file, offset: record.offset + 1), eventClass: "time_outlier",
      severity: .log, sqlstate: .successfulCompletion, occurredAt: record.time, text: .none,
      session: record.session, line: record.line, process: record.process)
    event.records = 0
    event.context = builder.context(record)
    builder.append(event)
  }

  /// A record that is no execution.
  mutating func event(_ record: LogRecord, _ builder: inout BatchBuilder) {
    let sorted = EventClassifier.classify(record, builder)
    var text = TextKey.none
    if record.hasStatement {
      text = record.textKey
      builder.note(text, record.statement, at: record.time)
    }
    var event = EventRow(
      key: FactKey(file: builder.file, offset: record.offset), eventClass: sorted.eventClass,
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
    event.context = builder.context(record)
    builder.append(event)
    builder.count(builder.file) {
      $0.eventRecords += 1
      $0.eventBytes += Int64(record.length)
    }
  }
}

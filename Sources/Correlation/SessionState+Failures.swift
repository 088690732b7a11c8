import LogModel

extension SessionState {
  /// An error: where it ended a statement, that execution's row is settled by it.
  mutating func takeFailure(_ record: Observation, _ builder: inout BatchBuilder) {
    let own = record.traits.contains(.ownStatement)
    if let item = takeFailedFetch(record) {
      fail(item, record, boundID: nil, &builder)
      return
    }
    if let item = said {
      // An error that names no statement may be of a later one, which failed at its commit.
      let isOther =
        !own && (record.tag == .idle || item.tag != .other && record.tag != item.tag)
      let isLate = record.tag == .parse || record.tag == .bind || isOther
      if !isLate, !own || record.message == item.message {
        said = nil
        fail(item, record, boundID: bareBind(of: record)?.nativeQueryID, &builder)
        return
      }
      settleSaid(&builder)
    }
    let bound = record.tag == .idle ? nil : bareBind(of: record)?.nativeQueryID
    isBound = false
    guard own else { return }
    var item = newExecution(record, kind: .statement)
    item.row.isExtended = record.tag == .parse || record.tag == .bind
    item.row.statements = record.statements
    fail(item, record, boundID: record.tag == .bind ? record.nativeQueryID : bound, &builder)
  }

  /// The open execution of which a further fetch has failed: the one that log_statement announced it
  /// of, or one of this text whose bind was logged where this record has none of its own.
  private mutating func takeFailedFetch(_ record: Observation) -> OpenExecution? {
    guard record.traits.contains(.ownStatement), record.tag != .parse, record.tag != .bind,
      record.tag != .idle
    else { return nil }
    if let fetch = said {
      guard fetch.saidKind == .saidFetch, fetch.message == record.message,
        let index = openFetched(name: fetch.name, text: fetch.message)
      else { return nil }
      said = nil
      open[index].row.records += 1
      return open.remove(at: index)
    }
    let isBoundAgain =
      bareBind(of: record) != nil
      || pending.contains { $0.isBind && $0.text == record.message }
    guard !isBoundAgain, record.transaction != 0 else { return nil }
    let index = open.lastIndex { item in
      guard item.row.bindMicros != nil, item.plans.isEmpty,
        item.transaction == record.transaction
      else { return false }
      return item.isUnknown
        ? record.nativeQueryID != 0 && item.row.nativeQueryID == record.nativeQueryID
          && item.tag == record.tag
        : item.message == record.message
    }
    guard let index else { return nil }
    var item = open.remove(at: index)
    if item.row.text.isNone { item.row.text = record.message }
    return item
  }

  /// Ends an execution by an error: settled at once. `boundID` is the id of its own parse and bind
  /// where they have no text; nil = it has none.
  private mutating func fail(
    _ failed: OpenExecution, _ record: Observation, boundID: Int64?,
    _ builder: inout BatchBuilder
  ) {
    var item = failed
    item.row.kind =
      switch item.saidKind {
      case .saidExecute: .execute
      case .saidFetch: .fetch
      case .saidFastpath: .fastpath
      default: item.row.kind == .said ? .statement : item.row.kind
      }
    item.row.sqlstate = record.sqlstate
    item.row.error = record.error
    item.failure = EventKey(key: record.key, occurredAt: record.time)
    item.row.executedAt = max(item.row.executedAt, record.time)
    item.row.durationMicros = nil
    if item.row.nativeQueryID == 0 { item.row.nativeQueryID = record.nativeQueryID }
    // What fails in Parse has no step before it, what fails in Bind only its parse.
    if record.tag != .parse {
      foldPending(into: &item, native: boundID, takesBind: record.tag != .bind, &builder)
    }
    if item.row.parseMicros != nil || item.row.bindMicros != nil { item.row.isExtended = true }
    // Plans of earlier statements of the message are executions of their own.
    linkLatePlans(before: record.line, notOf: item.message, &builder)
    settleWaiting(before: record.line, &builder)
    lastStatementLine = record.line
    emit(item, &builder)
  }
}

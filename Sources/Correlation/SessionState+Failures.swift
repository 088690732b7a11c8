import LogModel

extension SessionState {
  /// An error: where it ended a statement, that execution's row is settled by it.
  mutating func takeFailure(_ record: Observation, _ builder: inout BatchBuilder) {
    let own = record.traits.contains(.ownStatement)
    if let item = said {
      let isLate = record.tag == .parse || record.tag == .bind || !own && record.tag == .idle
      if !isLate, !own || record.message == item.message {
        said = nil
        fail(item, record, &builder)
        return
      }
      settleSaid(&builder)
    }
    isBound = false
    guard own else { return }
    var item = newExecution(record, kind: .statement)
    item.row.isExtended = record.tag == .parse || record.tag == .bind
    item.row.statements = record.statements
    fail(item, record, &builder)
  }

  /// Ends an execution by an error: settled at once.
  private mutating func fail(
    _ failed: OpenExecution, _ record: Observation, _ builder: inout BatchBuilder
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
    foldPending(into: &item, &builder)
    if item.row.parseMicros != nil || item.row.bindMicros != nil { item.row.isExtended = true }
    // Plans of earlier statements of the message are executions of their own.
    settleWaiting(before: record.line, &builder)
    lastStatementLine = record.line
    emit(item, &builder)
  }
}

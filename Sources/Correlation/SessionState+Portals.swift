import LogModel

/// Which bind a record belongs to, and which portal a fetch.
extension SessionState {
  /// `execute fetch from`: a further part of an execution that is still open.
  mutating func takeFetch(_ record: LogRecord, _ builder: inout BatchBuilder) -> Bool {
    let name = StableHash.hash(builder.bytes(record.name))
    if let index = openFetched(name: name, text: record.textKey) {
      addFetch(record, at: index)
      lastStatementLine = record.line
      return true
    }
    let unknown = open.firstIndex {
      $0.isUnknown && $0.row.isExtended && record.nativeQueryID != 0
        && $0.row.nativeQueryID == record.nativeQueryID
        && $0.transaction == record.localTransaction
    }
    guard let unknown else { return false }
    addFetch(record, at: unknown)
    lastStatementLine = record.line
    return true
  }

  func openFetched(name: UInt64, text: TextKey) -> Int? {
    open.lastIndex { $0.row.isExtended && $0.name == name && $0.message == text }
  }

  mutating func addFetch(_ record: LogRecord, at index: Int) {
    open[index].row.records += 1
    open[index].row.executedAt = max(open[index].row.executedAt, record.time)
    open[index].row.executeMicros = (open[index].row.executeMicros ?? 0) + record.durationMicros
    open[index].updateDuration()
    lastStatementLine = record.line
  }

  /// The bind without a text that a duration without text belongs to: one with its id. What was
  /// bound and never executed has another id as a rule. Where ids differ within an execution, the
  /// bind stands right before: EXECUTE has an id only when it runs, a utility that was prepared has
  /// one only in its first run (an error without an id is no sign of it).
  func bareBind(of record: LogRecord, _ tag: CommandTag) -> PendingStep? {
    guard tag != .idle, let last = pending.last(where: { $0.isBind && $0.text.isNone }) else {
      return nil
    }
    let isNext = isBound && last.line == lastStatementLine
    if isNext {
      let id = last.nativeQueryID
      let differs =
        id == 0
        ? tag == .execute : record.nativeQueryID == 0 && !record.severity.isFailure
      if id == record.nativeQueryID || differs { return last }
    }
    guard record.nativeQueryID != 0 else { return nil }
    return pending.last {
      $0.isBind && $0.text.isNone && $0.nativeQueryID == record.nativeQueryID
    }
  }

  /// The open execution that a duration without text, and without a bind, is a further fetch of:
  /// one of the same query in the same transaction. A statement of its own has a plan before it
  /// where its first part had one after it.
  func openBareFetched(_ record: LogRecord, _ tag: CommandTag) -> Int? {
    guard record.localTransaction != 0, record.nativeQueryID != 0 else { return nil }
    let hasPlan = waiting.contains {
      $0.plan.line > lastStatementLine && $0.nativeQueryID == record.nativeQueryID
    }
    guard !hasPlan else { return nil }
    return open.lastIndex {
      $0.isUnknown && $0.row.isExtended && $0.plans.isEmpty && $0.tag == tag && tag == .select
        && $0.transaction == record.localTransaction
        && $0.row.nativeQueryID == record.nativeQueryID
    }
  }
}

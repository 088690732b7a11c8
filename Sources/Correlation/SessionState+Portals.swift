import LogModel

/// Which bind a record belongs to, and which portal a fetch.
extension SessionState {
  /// `execute fetch from`: a further part of an execution that is still open.
  mutating func takeFetch(_ record: Observation) -> Bool {
    if let index = openFetched(name: record.name, text: record.message) {
      addFetch(record, at: index)
      lastStatementLine = record.line
      return true
    }
    let unknown = open.firstIndex {
      $0.isUnknown && $0.row.isExtended && record.nativeQueryID != 0
        && $0.row.nativeQueryID == record.nativeQueryID
        && $0.transaction == record.transaction
    }
    guard let unknown else { return false }
    addFetch(record, at: unknown)
    lastStatementLine = record.line
    return true
  }

  func openFetched(name: UInt64, text: TextKey) -> Int? {
    open.lastIndex { $0.row.isExtended && $0.name == name && $0.message == text }
  }

  mutating func addFetch(_ record: Observation, at index: Int) {
    open[index].row.records += 1
    open[index].row.executedAt = max(open[index].row.executedAt, record.time)
    open[index].row.executeMicros = (open[index].row.executeMicros ?? 0) + record.micros
    open[index].updateDuration()
    lastStatementLine = record.line
  }

  /// The bind without a text that a duration without text belongs to: one with its id. What was
  /// bound and never executed has another id as a rule. Where ids differ within an execution, the
  /// bind stands right before: EXECUTE has an id only when it runs, a utility that was prepared has
  /// one only in its first run (an error without an id is no sign of it).
  func bareBind(of record: Observation) -> PendingStep? {
    guard record.tag != .idle, let last = pending.last(where: { $0.isBind && $0.text.isNone })
    else { return nil }
    if isBound, last.line == lastStatementLine {
      let id = last.nativeQueryID
      let differs =
        id == 0
        ? record.tag == .execute : record.nativeQueryID == 0 && record.role != .failure
      if id == record.nativeQueryID || differs { return last }
    }
    guard record.nativeQueryID != 0 else { return nil }
    return pending.last {
      $0.isBind && $0.text.isNone && $0.nativeQueryID == record.nativeQueryID
    }
  }

  /// The text of a duration that has none itself: its bind or parse took long enough to be logged
  /// with it.
  func boundText(of record: Observation) -> TextKey {
    guard record.nativeQueryID != 0 else { return .none }
    let bind = pending.last { $0.isBind }
    guard isBound, let bind, bind.line == lastStatementLine,
      bind.nativeQueryID == record.nativeQueryID
    else { return .none }
    if !bind.text.isNone { return bind.text }
    let parse = pending.last { !$0.isBind && $0.nativeQueryID == record.nativeQueryID }
    return parse?.text ?? .none
  }

  /// The open execution that a duration without text, and without a bind, is a further fetch of:
  /// one of the same query in the same transaction. A statement of its own has a plan before it
  /// where its first part had one after it.
  func openBareFetched(_ record: Observation) -> Int? {
    guard record.transaction != 0, record.nativeQueryID != 0 else { return nil }
    let hasPlan = waiting.contains {
      $0.plan.line > lastStatementLine && $0.nativeQueryID == record.nativeQueryID
    }
    guard !hasPlan else { return nil }
    return open.lastIndex {
      $0.isUnknown && $0.row.isExtended && $0.plans.isEmpty && $0.tag == record.tag
        && record.tag == .select && $0.transaction == record.transaction
        && $0.row.nativeQueryID == record.nativeQueryID
    }
  }
}

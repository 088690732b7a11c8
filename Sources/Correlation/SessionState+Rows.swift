import LogModel

extension SessionState {
  /// A new row of the session, from its first own record.
  func newExecution(_ record: Observation, kind: ExecutionKind) -> OpenExecution {
    var row = ExecutionRow(
      key: record.key, text: record.identity, executedAt: record.time, kind: kind,
      isExtended: record.isExtended, session: session, line: record.line,
      process: record.process)
    row.isTranscoded = record.traits.contains(.transcoded)
    row.nativeQueryID = record.nativeQueryID
    row.context = record.context
    var item = OpenExecution(anchor: record.key, row: row, message: record.message)
    item.transaction = record.transaction
    return item
  }

  /// Takes the parse and bind records that belong to an execution into its row, which then begins
  /// at the first of them. `native` is the id that its parse and bind have; those without a text
  /// have nothing else to tell whose they are (nil = none of them is its own).
  mutating func foldPending(
    into item: inout OpenExecution, native: Int64?, takesBind: Bool = true,
    _ builder: inout BatchBuilder
  ) {
    func take(isBind: Bool) -> PendingStep? {
      let index = pending.lastIndex { step in
        step.isBind == isBind
          && (step.text.isNone ? step.nativeQueryID == native : step.text == item.message)
          && (!isBind || step.name == 0 || item.name == 0 || step.name == item.name)
      }
      return index.map { pending.remove(at: $0) }
    }
    let bind = takesBind ? take(isBind: true) : nil
    let parse = take(isBind: false)
    for step in [bind, parse] {
      guard let step else { continue }
      count(step.key.file, &builder) {
        $0.openRecords -= 1
        $0.openBytes -= step.length
        $0.executionRecords += 1
        $0.executionBytes += step.length
      }
      item.row.records += 1
      if step.line < item.row.line {
        item.row.line = step.line
        item.row.key = step.key
      }
    }
    if let bind { item.row.bindMicros = bind.micros }
    if let parse { item.row.parseMicros = parse.micros }
    if item.row.kind != .said, item.row.sqlstate == nil { item.updateDuration() }
  }

  /// The row of a plan that no record of log_statement or log_duration belongs to.
  func planOnly(_ waiting: WaitingPlan) -> OpenExecution {
    OpenExecution(plan: waiting, session)
  }

  /// Writes a row: a new one, or the new state of one that is in the store. What is kept can change
  /// although it is settled.
  mutating func emit(
    _ item: OpenExecution, isSettled: Bool = true, isKept: Bool = false,
    _ builder: inout BatchBuilder
  ) {
    var row = item.row
    row.isSettled = isSettled
    row.isTentative = head?.isComplete == false || isKept
    if let index = provisional.firstIndex(where: { $0.anchor == item.anchor }) {
      let stored = provisional.remove(at: index)
      let isSame =
        stored.key.isSettled == isSettled && stored.key.key == row.key
        && stored.digest == row.digest
      if isSame {
        // It was tentative if it was written before what precedes the session's first lines was known.
        let wasTentative = isSettled || head != nil || builder.isReplaying
        if wasTentative, !row.isTentative { builder.confirm(stored.key) }
      } else {
        var amendment = Amendment(stored: stored.key, row: row)
        if builder.isReplaying { amendment.errorEvent = item.failure }
        builder.append(amendment)
      }
    } else {
      builder.append(row)
    }
    for plan in item.plans { emitLink(plan, item.row, &builder) }
    guard isSettled, head?.isComplete == false else { return }
    let key = ProvisionalKey(
      key: row.key, text: row.text, executedAt: row.executedAt, isSettled: true)
    head?.rows.append(StoredRow(anchor: item.anchor, key: key, digest: row.digest))
    head?.links += item.plans.map { StoredLink(plan: $0.key, execution: row.key) }
    isHeadNew = true
  }

  private mutating func emitLink(
    _ plan: PlanReference, _ row: ExecutionRow, _ builder: inout BatchBuilder
  ) {
    let index = provisionalLinks.firstIndex { $0.plan == plan.key }
    if let index {
      let stored = provisionalLinks.remove(at: index)
      if stored.execution == row.key { return }
    }
    builder.append(LinkRow(plan, of: row, replacesStored: index != nil))
  }
}

extension LinkRow {
  /// `plan` belongs to `row`.
  init(_ plan: PlanReference, of row: ExecutionRow, replacesStored: Bool) {
    self.init(
      plan: plan.key, execution: row.key, session: row.session, planLine: plan.line,
      executionLine: row.line, replacesStored: replacesStored)
  }
}

extension OpenExecution {
  /// The row of a plan alone.
  init(plan waiting: WaitingPlan, _ session: SessionID) {
    var row = ExecutionRow(
      key: waiting.plan.key, text: waiting.plan.text, executedAt: waiting.plan.executedAt,
      kind: .planOnly, isExtended: false, session: session, line: waiting.plan.line,
      process: waiting.process)
    row.isTranscoded = waiting.isTranscoded
    row.nativeQueryID = waiting.nativeQueryID
    row.context = waiting.context
    self.init(anchor: waiting.plan.key, row: row, message: waiting.message)
    claim([waiting])
    updateDuration()
  }

  /// Takes plans that were waiting.
  mutating func claim(_ plans: [WaitingPlan]) {
    for waiting in plans {
      self.plans.append(waiting.plan)
      addFigures(
        micros: waiting.micros, ran: waiting.ran, returned: waiting.rowsReturned,
        affected: waiting.rowsAffected)
    }
  }

  /// Adds the figures of one of its plans.
  mutating func addFigures(micros: Int64, ran: Bool, returned: Int64?, affected: Int64?) {
    guard ran else { return }
    row.planMicros = (row.planMicros ?? 0) + micros
    if let returned { row.rowsReturned = (row.rowsReturned ?? 0) + returned }
    if let affected { row.rowsAffected = (row.rowsAffected ?? 0) + affected }
    if row.kind == .planOnly { updateDuration() }
  }

  /// What the client waited for, as far as the log tells.
  mutating func updateDuration() {
    switch row.kind {
    case .planOnly: row.durationMicros = row.planMicros
    case .execute, .fetch:
      row.durationMicros = row.executeMicros.map {
        $0 + (row.parseMicros ?? 0) + (row.bindMicros ?? 0)
      }
    default: break
    }
  }

  /// Texts point into the batch that is over: what stays open holds none.
  mutating func dropTexts() {
    row.error = .none
    row.parameters = .none
  }
}

extension ExecutionRow {
  /// Hash of everything that an amendment can change.
  var digest: UInt64 {
    var hasher: UInt64 = 0x9E37_79B9_7F4A_7C15
    func mix(_ value: Int64) {
      hasher = (hasher ^ UInt64(bitPattern: value)) &* 0xC2B2_AE3D_27D4_EB4F
      hasher ^= hasher >> 29
    }
    mix(executedAt.microseconds)
    mix(Int64(kind.rawValue))
    mix(isExtended ? 1 : 0)
    mix(Int64(statements))
    mix(Int64(records))
    mix(Int64(bitPattern: text.hash))
    for value in [
      durationMicros, parseMicros, bindMicros, executeMicros, planMicros, rowsReturned,
      rowsAffected,
    ] { mix(value ?? .min) }
    mix(Int64(bitPattern: sqlstate?.packed ?? 0))
    mix(nativeQueryID)
    return hasher
  }
}

import LogModel

extension SessionState {
  /// A new row of the session, from its first own record.
  mutating func newExecution(
    _ record: LogRecord, kind: ExecutionKind, isExtended: Bool, text: TextKey, message: TextKey,
    _ builder: inout BatchBuilder
  ) -> OpenExecution {
    rowCount += 1
    var row = ExecutionRow(
      key: FactKey(file: builder.file, offset: record.offset), text: text,
      executedAt: record.time, kind: kind, isExtended: isExtended, session: record.session,
      line: record.line, process: record.process)
    row.isTranscoded = record.isTranscoded
    row.nativeQueryID = record.nativeQueryID
    row.context = builder.context(record)
    var item = OpenExecution(row: row, message: message)
    item.transaction = record.localTransaction
    item.ordinal = rowCount
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
      builder.count(step.key.file) {
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

  /// Gives plans that were waiting to an execution.
  func claim(_ plans: [WaitingPlan], for item: inout OpenExecution) {
    for waiting in plans {
      item.plans.append(waiting.plan)
      item.addFigures(
        micros: waiting.micros, ran: waiting.ran, returned: waiting.rowsReturned,
        affected: waiting.rowsAffected)
    }
  }

  /// The row of a plan that no record of log_statement or log_duration belongs to.
  mutating func planOnly(_ waiting: WaitingPlan, _ session: SessionID) -> OpenExecution {
    rowCount += 1
    var row = ExecutionRow(
      key: waiting.plan.key, text: waiting.plan.text, executedAt: waiting.plan.executedAt,
      kind: .planOnly, isExtended: false, session: session, line: waiting.plan.line,
      process: waiting.process)
    row.isTranscoded = waiting.isTranscoded
    row.nativeQueryID = waiting.nativeQueryID
    row.context = waiting.context
    var item = OpenExecution(row: row, message: waiting.message)
    item.ordinal = rowCount
    claim([waiting], for: &item)
    item.updateDuration()
    return item
  }

  /// Writes a row: a new one, or the new state of a provisional one.
  mutating func emit(
    _ item: OpenExecution, isSettled: Bool = true, _ builder: inout BatchBuilder
  ) {
    var row = item.row
    row.isSettled = isSettled
    if let index = provisional.firstIndex(where: { $0.key.key == row.key }) {
      let stored = provisional.remove(at: index)
      if isSettled || stored.digest != row.digest {
        builder.append(Amendment(stored: stored.key, row: row))
      }
    } else {
      builder.append(row)
    }
    for plan in item.plans { emitLink(plan, item.row, &builder) }
  }

  private mutating func emitLink(
    _ plan: PlanReference, _ row: ExecutionRow, _ builder: inout BatchBuilder
  ) {
    let index = provisionalLinks.firstIndex { $0.plan == plan.key }
    if let index {
      let stored = provisionalLinks.remove(at: index)
      if stored.execution == row.key { return }
    }
    builder.append(
      LinkRow(
        plan: plan.key, execution: row.key, session: row.session, planLine: plan.line,
        executionLine: row.line, replacesStored: index != nil))
  }
}

extension OpenExecution {
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

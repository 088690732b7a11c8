import LogModel

/// The state machine of one session: records in the order of their lines become rows.
///
///     statement: TEXT ──▶ said ──▶ duration ──▶ row          (log_statement, then log_duration)
///     plan ─────────────▶ waiting ─▶ duration ──▶ row        (simple protocol, DML, utilities)
///     parse, bind ──────▶ pending ─▶ execute ───▶ open ──▶ plan, fetch … ──▶ row
///
/// What waits is settled by evidence, never by time: a record that can only come when nothing of
/// the earlier statement is left.
extension SessionState {
  /// Takes the next record of the session.
  mutating func take(_ record: LogRecord, _ builder: inout BatchBuilder) {
    if record.line > lastLine + 1 { missingLines += record.line - lastLine - 1 }
    lastLine = max(lastLine, record.line)
    lastTime = max(lastTime, record.time)
    if record.hasStatement || record.severity.isFailure {
      takeEventOrFailure(record, &builder)
      return
    }
    switch record.kind {
    case .other: event(record, &builder)
    case .plan: takePlan(record, &builder)
    case .saidStatement, .saidExecute, .saidFetch, .saidFastpath:
      closeEarlierTransactions(than: record, &builder)
      settleSaid(&builder)
      settleWaiting(before: record.line, &builder)
      takeSaid(record, &builder)
    case .durationParse, .durationBind:
      closeEarlierTransactions(than: record, &builder)
      settleSaid(&builder)
      takeStep(record, isBind: record.kind == .durationBind, isBare: false, &builder)
    default:
      closeEarlierTransactions(than: record, &builder)
      takeDuration(record, &builder)
    }
  }

  /// A transaction's portals end with it: what was open in another one is settled.
  mutating func closeEarlierTransactions(than record: LogRecord, _ builder: inout BatchBuilder) {
    closeOpen(&builder) { $0.transaction != 0 && $0.transaction != record.localTransaction }
  }

  /// Settles the open executions for which `isOver` holds, oldest first.
  mutating func closeOpen(
    _ builder: inout BatchBuilder, where isOver: (OpenExecution) -> Bool
  ) {
    guard !open.isEmpty else { return }
    var kept: [OpenExecution] = []
    let all = open
    open = []
    for item in all {
      if isOver(item) { emit(item, &builder) } else { kept.append(item) }
    }
    open = kept
  }

  /// Plans before `line` that nothing has claimed are executions of their own; what never ran is
  /// none.
  mutating func settleWaiting(before line: Int64, _ builder: inout BatchBuilder) {
    guard !waiting.isEmpty else { return }
    let all = waiting
    waiting = []
    for plan in all {
      if plan.plan.line >= line {
        waiting.append(plan)
      } else if plan.ran {
        let item = planOnly(plan, builder.session)
        emit(item, &builder)
      }
    }
  }

  mutating func push(_ item: OpenExecution, _ builder: inout BatchBuilder) {
    open.append(item)
    if open.count > Self.openMax {
      let oldest = open.removeFirst()
      emit(oldest, &builder)
    }
  }

  // MARK: parse and bind

  /// A parse or bind; `isBare`: its record has neither text nor name.
  mutating func takeStep(
    _ record: LogRecord, isBind: Bool, isBare: Bool, _ builder: inout BatchBuilder
  ) {
    lastStatementLine = record.line
    isBound = isBind
    settleWaiting(before: record.line, &builder)
    if isBind, !isBare, !builder.bytes(record.name).contains(UInt8(ascii: "/")) {
      closeOpen(&builder) { $0.isUnnamedPortal }
    }
    let name = record.name.isEmpty ? 0 : StableHash.hash(builder.bytes(record.name))
    builder.note(record.textKey, record.text, at: record.time)
    let step = PendingStep(
      isBind: isBind, key: FactKey(file: builder.file, offset: record.offset), line: record.line,
      length: Int64(record.length), time: record.time, micros: record.durationMicros,
      text: record.textKey, name: name, nativeQueryID: record.nativeQueryID,
      process: record.process, context: builder.context(record))
    builder.count(builder.file) {
      $0.openRecords += 1
      $0.openBytes += step.length
    }
    // Binding a portal again means that the earlier one was never executed.
    if isBind, let index = pending.firstIndex(where: { $0.isBind && $0.name == name }) {
      dropPending(at: index, &builder)
    }
    pending.append(step)
    if pending.count > Self.pendingMax { dropPending(at: 0, &builder) }
  }

  /// A parse or bind that nothing executed is an event.
  mutating func dropPending(at index: Int, _ builder: inout BatchBuilder) {
    let step = pending.remove(at: index)
    builder.count(step.key.file) {
      $0.openRecords -= 1
      $0.openBytes -= step.length
      $0.eventRecords += 1
      $0.eventBytes += step.length
    }
    var event = EventRow(
      key: step.key, eventClass: step.isBind ? "bind_only" : "parse_only", severity: .log,
      sqlstate: .successfulCompletion, occurredAt: step.time, text: step.text,
      session: builder.session, line: step.line, process: step.process)
    event.fields = [("duration_us", step.micros)]
    event.context = step.context
    builder.append(event)
  }

  /// The session is over: nothing can follow.
  mutating func finish(_ builder: inout BatchBuilder) {
    settleSaid(&builder)
    settleWaiting(before: .max, &builder)
    closeOpen(&builder) { _ in true }
    while !pending.isEmpty { dropPending(at: 0, &builder) }
    takeBackProvisional(&builder)
  }
}

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
  /// Reads the next record of the session.
  mutating func read(_ record: LogRecord, isPlausible: Bool, _ builder: inout BatchBuilder) {
    if record.line > lastLine + 1 {
      missingLines += record.line - lastLine - 1
      builder.miss(record.line - lastLine - 1, before: record.time)
    }
    lastLine = max(lastLine, record.line)
    lastTime = max(lastTime, record.time)
    isClosed = false
    ends.remove(.hole)
    reopen(&builder)
    enter(file: builder.file)
    passage.rejectedBytes = builder.rejectedBytes
    if !isPlausible, !passage.reportsOutlier {
      passage.reportsOutlier = true
      builder.reportOutlier(record)
    }
    if let observation = builder.observe(record) { take(observation, &builder) }
  }

  /// Takes what the state machine has to see of a record.
  mutating func take(_ record: Observation, _ builder: inout BatchBuilder) {
    enter(file: record.key.file, isAnew: record.traits.contains(.entersFile))
    guard !passage.isSettled else {
      process(record, &builder)
      return
    }
    let isFull = head.map { $0.records.count >= SegmentRecording.recordsMax } ?? false
    if isFull || passage.settles(before: record) {
      settlePassage(at: record.line - 1, &builder)
      process(record, &builder)
      return
    }
    if head?.isComplete == false {
      var recorded = record
      if passage.records == 0 { recorded.traits.insert(.entersFile) }
      head?.records.append(recorded)
      isHeadNew = true
    }
    passage.count(record)
    process(record, &builder)
    if record.endsTransaction { settlePassage(at: record.line, &builder) }
  }

  private mutating func process(_ record: Observation, _ builder: inout BatchBuilder) {
    if record.role == .plan {
      takePlan(record, &builder)
      return
    }
    closeEarlierTransactions(than: record, &builder)
    switch record.role {
    case .plan: break
    case .said:
      settleSaid(&builder)
      settleWaiting(before: record.line, &builder)
      takeSaid(record, &builder)
    case .step:
      settleSaid(&builder)
      takeStep(record, &builder)
    case .duration:
      settleSaid(&builder)
      takeDuration(record, &builder)
    case .bareDuration: takeBareDuration(record, &builder)
    case .failure: takeFailure(record, &builder)
    }
  }

  /// A transaction's portals end with it: what was open in another one is settled.
  private mutating func closeEarlierTransactions(
    than record: Observation, _ builder: inout BatchBuilder
  ) {
    closeOpen(&builder) { $0.transaction != 0 && $0.transaction != record.transaction }
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
        let item = planOnly(plan)
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

  mutating func takeStep(_ record: Observation, _ builder: inout BatchBuilder) {
    let isBind = record.traits.contains(.bind)
    lastStatementLine = record.line
    isBound = isBind
    settleWaiting(before: record.line, &builder)
    if isBind, record.traits.isDisjoint(with: [.bare, .namedPortal]) {
      closeOpen(&builder) { $0.isUnnamedPortal }
    }
    let step = PendingStep(
      isBind: isBind, key: record.key, line: record.line, length: record.length,
      time: record.time, micros: record.micros, text: record.identity, name: record.name,
      nativeQueryID: record.nativeQueryID, process: record.process, context: record.context)
    count(step.key.file, &builder) {
      $0.openRecords += 1
      $0.openBytes += step.length
    }
    // Binding a portal again means that the earlier one was never executed.
    if isBind, let index = pending.firstIndex(where: { $0.isBind && $0.name == step.name }) {
      dropPending(at: index, &builder)
    }
    pending.append(step)
    if pending.count > Self.pendingMax { dropPending(at: 0, &builder) }
  }

  /// Changes the counts of what became of a parse or bind record.
  mutating func count(
    _ file: Int64, _ builder: inout BatchBuilder, _ change: (inout Dispositions) -> Void
  ) {
    builder.count(file, change)
    guard head?.isComplete == false else { return }
    var counts = head?.dispositions[file] ?? Dispositions()
    change(&counts)
    head?.dispositions[file] = counts
    isHeadNew = true
  }

  /// A parse or bind that nothing executed is an event.
  mutating func dropPending(at index: Int, _ builder: inout BatchBuilder) {
    let step = pending.remove(at: index)
    count(step.key.file, &builder) {
      $0.openRecords -= 1
      $0.openBytes -= step.length
      $0.eventRecords += 1
      $0.eventBytes += step.length
    }
    var event = EventRow(
      key: step.key, eventClass: step.isBind ? "bind_only" : "parse_only", severity: .log,
      sqlstate: .successfulCompletion, occurredAt: step.time, text: step.text,
      session: session, line: step.line, process: step.process)
    event.fields = [("duration_us", step.micros)]
    event.context = step.context
    let stored = EventKey(key: step.key, occurredAt: step.time)
    if let index = storedEvents.firstIndex(of: stored) {
      storedEvents.remove(at: index)
    } else {
      builder.append(event)
    }
    if head?.isComplete == false { head?.events.append(stored) }
  }

  /// The session is over: nothing can follow.
  mutating func finish(_ builder: inout BatchBuilder) {
    reopen(&builder)
    settleSaid(&builder)
    settleWaiting(before: .max, &builder)
    closeOpen(&builder) { _ in true }
    while !pending.isEmpty { dropPending(at: 0, &builder) }
    takeBackProvisional(&builder)
    isClosed = true
    // Its own record says it: what else has shown it does not matter any more.
    ends = []
    if head?.isComplete == false {
      head?.isComplete = true
      head?.isClosing = true
      isHeadNew = true
    }
  }
}

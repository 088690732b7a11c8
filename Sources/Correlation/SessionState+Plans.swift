import LogModel

extension SessionState {
  /// A plan record: its row is written at once; whose it is may turn out later.
  mutating func takePlan(_ record: LogRecord, _ builder: inout BatchBuilder) {
    guard record.plan >= 0 else {
      event(record, &builder)
      return
    }
    let facts = builder.plan(record)
    let isNested = Self.isNested(record, builder)
    // Without Actual keys (log_analyze off) only the time tells; with "Actual Loops" 0 the time is
    // that of ending it.
    let ran =
      facts.hasActualLoops || facts.actualRows == nil && record.durationMicros != 0
    let text = MessageText(facts.queryText, builder, splits: !isNested)
    let body = text.preparedBody
    let key = body.map { TextKey(builder.bytes($0)) } ?? facts.queryTextKey
    builder.note(key, body ?? facts.queryText, at: record.time)
    let native = facts.queryIdentifier ?? record.nativeQueryID
    let position = FactKey(file: builder.file, offset: record.offset)
    builder.append(
      PlanRow(
        key: position, text: key, executedAt: record.time, planMicros: record.durationMicros,
        nesting: isNested ? 1 : 0, nativeQueryID: native, ran: ran,
        isTranscoded: record.isTranscoded, session: record.session, line: record.line,
        facts: facts))
    builder.count(builder.file) {
      $0.planRecords += 1
      $0.planBytes += Int64(record.length)
    }
    let plan = WaitingPlan(
      plan: PlanReference(key: position, line: record.line, text: key, executedAt: record.time),
      message: facts.queryTextKey, micros: record.durationMicros, nativeQueryID: native,
      transaction: record.localTransaction, process: record.process,
      context: builder.context(record), ran: ran, isTranscoded: record.isTranscoded,
      isPrepare: text.isPrepare, statements: text.statements, tag: text.tag,
      rowsReturned: facts.actualRows, rowsAffected: facts.rowsAffected)
    if isNested {
      guard ran else { return }
      var item = planOnly(plan, record.session)
      item.row.nesting = 1
      emit(item, &builder)
      return
    }
    place(plan, record, text, hasModifyTable: facts.hasModifyTable, &builder)
  }

  /// A nested statement's plan has a CONTEXT; a top-level one of the extended protocol may have one
  /// too, which then begins with its portal.
  private static func isNested(_ record: LogRecord, _ builder: BatchBuilder) -> Bool {
    guard !record.context.isEmpty else { return false }
    return
      !(builder.starts(record.context, with: "unnamed portal")
      || builder.starts(record.context, with: "portal \"")
      || builder.starts(record.context, with: "extended query"))
  }

  /// Finds the execution of a top-level plan among those that came before it, else lets it wait.
  private mutating func place(
    _ plan: WaitingPlan, _ record: LogRecord, _ text: MessageText, hasModifyTable: Bool,
    _ builder: inout BatchBuilder
  ) {
    if !plan.ran {
      // EXPLAIN's own plan: the record of the EXPLAIN will claim it. Others were never executed.
      if text.isExplain { wait(plan, &builder) }
      return
    }
    if let fetch = said, fetch.saidKind == .saidFetch, fetch.message == plan.message {
      // The portal has ended, and the fetch with it: no duration of it follows.
      settleSaid(&builder)
    }
    if !hasModifyTable, text.isSelectish, let index = openSelect(of: plan, record, builder) {
      link(plan, toOpenAt: index, &builder)
      return
    }
    if text.isDeclare {
      let known = open.lastIndex { $0.isDeclare && $0.message == plan.message && $0.plans.isEmpty }
      let index = known ?? open.lastIndex { $0.isDeclare && $0.isUnknown && $0.plans.isEmpty }
      if let index {
        link(plan, toOpenAt: index, &builder)
        return
      }
    }
    wait(plan, &builder)
  }

  /// The latest execute of a SELECT that has this text and no plan yet.
  private func openSelect(
    of plan: WaitingPlan, _ record: LogRecord, _ builder: BatchBuilder
  ) -> Int? {
    let tag = CommandTag(firstWordOf: builder.bytes(record.commandTag))
    return open.lastIndex { item in
      guard item.takesPlan, item.plans.isEmpty else { return false }
      let isSame =
        item.isUnknown
        ? item.tag == .select && item.transaction == record.localTransaction
          && (tag != .select || record.nativeQueryID == item.row.nativeQueryID)
        : item.message == plan.message
      guard isSame else { return false }
      return item.row.executeMicros.map { plan.micros <= $0 + 100 } ?? true
    }
  }

  /// Plans that the statement which has just ended left over: written when it replaced the portal
  /// of an earlier SELECT whose text is not in the log, under the id of the later statement, whose
  /// own text is `message`.
  mutating func linkLatePlans(
    before line: Int64, notOf message: TextKey, _ builder: inout BatchBuilder
  ) {
    var at = 0
    while at < waiting.count {
      let plan = waiting[at]
      let index = open.lastIndex {
        $0.isUnknown && $0.takesPlan && $0.plans.isEmpty && $0.tag == .select
          && $0.transaction == plan.transaction
          && $0.row.executeMicros.map { plan.micros <= $0 + 100 } ?? true
      }
      if plan.plan.line < line, plan.ran, plan.message != message, plan.rowsAffected == nil,
        plan.tag == .select || plan.tag == .other, let index
      {
        waiting.remove(at: at)
        link(plan, toOpenAt: index, &builder)
      } else {
        at += 1
      }
    }
  }

  private mutating func link(
    _ plan: WaitingPlan, toOpenAt index: Int, _ builder: inout BatchBuilder
  ) {
    var item = open.remove(at: index)
    if item.row.kind == .said { item.row.kind = .planOnly }
    if item.isUnknown || item.runsPrepared { item.adopt(plan) }
    if item.row.nativeQueryID == 0 { item.row.nativeQueryID = plan.nativeQueryID }
    claim([plan], for: &item)
    item.updateDuration()
    // The portal has ended: nothing can follow.
    emit(item, &builder)
  }

  private mutating func wait(_ plan: WaitingPlan, _ builder: inout BatchBuilder) {
    // A plan of another message in another transaction: the earlier message is over, and its
    // duration was not logged.
    let isOver = waiting.contains { earlier in
      plan.transaction != 0 && earlier.transaction != 0 && earlier.transaction != plan.transaction
        && !(earlier.statements > 1 && earlier.message == plan.message)
    }
    if isOver, said == nil { settleWaiting(before: plan.plan.line, &builder) }
    waiting.append(plan)
    if waiting.count > Self.waitingMax {
      settleWaiting(before: waiting[0].plan.line + 1, &builder)
    }
  }
}

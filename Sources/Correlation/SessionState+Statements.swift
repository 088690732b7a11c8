import LogModel

extension SessionState {
  // MARK: records of log_statement

  mutating func takeSaid(_ record: Observation, _ builder: inout BatchBuilder) {
    var item = described(record, kind: .said)
    item.saidKind = record.kind
    item.tag =
      item.row.isExtended
      ? record.tag
      : record.statements > 1 || item.isPrepare ? .other : record.textTag
    // Now, so that the row's place does not change any more: it is written before its end comes.
    if item.row.isExtended {
      foldPending(into: &item, native: bareBind(of: record)?.nativeQueryID, &builder)
    }
    lastStatementLine = record.line
    said = item
  }

  /// The record of log_statement that was waiting gets no duration any more.
  mutating func settleSaid(_ builder: inout BatchBuilder) {
    guard var item = said else { return }
    said = nil
    if item.saidKind == .saidFetch {
      if let index = openFetched(name: item.name, text: item.message) {
        open[index].row.records += 1
        open[index].row.executedAt = max(open[index].row.executedAt, item.row.executedAt)
        // The record has no row of its own any more.
        return
      }
      item.row.kind = .fetch
      emit(item, &builder)
      return
    }
    let mine = waiting.indices.filter {
      waiting[$0].ran && waiting[$0].plan.line > item.row.line && matches(waiting[$0], item)
    }
    if !mine.isEmpty {
      // Without a duration each top-level plan is a row; the first one stands at the record.
      let plans = mine.map { waiting[$0] }
      waiting = waiting.indices.filter { !mine.contains($0) }.map { waiting[$0] }
      item.row.kind = .planOnly
      item.adopt(plans[0])
      item.claim([plans[0]])
      item.updateDuration()
      emit(item, &builder)
      for plan in plans.dropFirst() {
        var row = planOnly(plan)
        row.row.isExtended = item.row.isExtended
        emit(row, &builder)
      }
      return
    }
    if item.row.isExtended && item.takesPlan || item.isDeclare {
      push(item, &builder)
    } else {
      emit(item, &builder)
    }
  }

  // MARK: duration records

  mutating func takeDuration(_ record: Observation, _ builder: inout BatchBuilder) {
    if record.kind == .durationFetch, takeFetch(record) { return }
    let kind: ExecutionKind =
      switch record.kind {
      case .durationExecute: .execute
      case .durationFetch: .fetch
      case .durationFastpath: .fastpath
      default: record.traits.contains(.prepare) ? .prepare : .statement
      }
    var item = described(record, kind: kind)
    finishDuration(&item, record, &builder)
  }

  /// `duration: N ms` alone: the end of the statement that log_statement announced, or of one whose
  /// text is not in the log.
  mutating func takeBareDuration(_ record: Observation, _ builder: inout BatchBuilder) {
    if var item = said {
      said = nil
      takeAnnounced(&item, record, &builder)
      return
    }
    let isFastpath = record.tag == .fastpath
    let text = isFastpath ? TextKey.none : boundText(of: record)
    let isExtended = !isFastpath && (bareBind(of: record) != nil || !text.isNone)
    if !isFastpath, !isExtended, let index = openBareFetched(record) {
      addFetch(record, at: index)
      return
    }
    let isPrepare = record.traits.contains(.prepareTag)
    var item = newExecution(
      record,
      kind: isFastpath
        ? .fastpath : isExtended ? .execute : isPrepare ? .prepare : .statement)
    item.row.isExtended = isExtended
    item.isUnknown = text.isNone
    item.row.text = text
    item.message = text
    // PREPARE's record has the id of the query that it prepares, which it does not run.
    if isPrepare { item.row.nativeQueryID = 0 }
    item.tag = record.tag
    item.takesPlan = isExtended
    item.isDeclare = record.tag == .declare
    item.row.records = 1
    completeUnknown(&item, record, &builder)
  }

  private mutating func takeAnnounced(
    _ item: inout OpenExecution, _ record: Observation, _ builder: inout BatchBuilder
  ) {
    item.row.records += 1
    item.row.executedAt = max(item.row.executedAt, record.time)
    item.row.nativeQueryID = record.nativeQueryID
    item.transaction = record.transaction
    if item.saidKind == .saidFetch {
      if let index = openFetched(name: item.name, text: item.message) {
        addFetch(record, at: index)
        open[index].row.records += 1
        return
      }
      item.row.kind = .fetch
    } else {
      item.row.kind =
        switch item.saidKind {
        case .saidExecute: .execute
        case .saidFastpath: .fastpath
        default: item.isPrepare ? .prepare : .statement
        }
    }
    finishDuration(&item, record, &builder)
  }

  private mutating func finishDuration(
    _ item: inout OpenExecution, _ record: Observation, _ builder: inout BatchBuilder
  ) {
    if item.row.isExtended {
      item.row.executeMicros = record.micros
    } else {
      item.row.durationMicros = record.micros
    }
    // What came after the record of log_statement is inside by its place in the session.
    let announced = item.saidKind == .other ? Int64.max : item.row.line
    var mine = waiting.indices.filter {
      matches(waiting[$0], item)
        && (waiting[$0].plan.line > announced || isInside(waiting[$0], record))
    }
    if mine.count > 1, item.row.isExtended || item.row.statements < 2 {
      mine = [mine[mine.count - 1]]
    }
    take(mine, for: &item, &builder)
    afterDuration(&item, record, &builder)
  }

  /// As `finishDuration`, where neither text nor name is in the log.
  private mutating func completeUnknown(
    _ item: inout OpenExecution, _ record: Observation, _ builder: inout BatchBuilder
  ) {
    if item.row.isExtended {
      item.row.executeMicros = record.micros
    } else {
      item.row.durationMicros = record.micros
    }
    let since = lastStatementLine
    var mine = waiting.indices.filter { index in
      let plan = waiting[index]
      guard plan.plan.line > since, isInside(plan, record) else { return false }
      let sameID = plan.nativeQueryID == record.nativeQueryID || record.nativeQueryID == 0
      let fits = plan.tag == .other || plan.tag == record.tag
      return sameID && fits || !item.row.isExtended && plan.statements > 1
    }
    if let last = mine.last {
      // The plans of one message have one text; another's came in because its portal has ended.
      let text = waiting[last].message
      mine.removeAll { item.row.isExtended ? $0 != last : waiting[$0].message != text }
    }
    if let first = mine.first, !item.row.isExtended {
      item.row.statements = max(waiting[first].statements, 1)
    }
    take(mine, for: &item, &builder)
    afterDuration(&item, record, &builder)
  }

  /// Gives the waiting plans at `indices` to `item`, each its own statement's text where that can be
  /// told.
  private mutating func take(
    _ indices: [Int], for item: inout OpenExecution, _ builder: inout BatchBuilder
  ) {
    guard !indices.isEmpty else { return }
    var plans = indices.map { waiting[$0] }
    waiting = waiting.indices.filter { !indices.contains($0) }.map { waiting[$0] }
    if plans.count > 1, plans.count == item.parts.count {
      for index in plans.indices where plans[index].plan.text != item.parts[index] {
        builder.setText(plans[index].plan, item.parts[index])
        plans[index].plan.text = item.parts[index]
      }
    }
    if let first = plans.first, item.runsPrepared || item.isUnknown { item.adopt(first) }
    item.claim(plans)
    item.row.statements = max(item.row.statements, Int32(plans.count))
  }

  private mutating func afterDuration(
    _ item: inout OpenExecution, _ record: Observation, _ builder: inout BatchBuilder
  ) {
    let boundID = bareBind(of: record)?.nativeQueryID
    lastStatementLine = record.line
    isBound = false
    linkLatePlans(before: record.line, notOf: item.message, &builder)
    settleWaiting(before: record.line, &builder)
    if item.row.isExtended, item.saidKind == .other {
      foldPending(into: &item, native: boundID, &builder)
    }
    item.updateDuration()
    item.takesPlan = item.takesPlan && item.plans.isEmpty
    let replacesUnnamed =
      item.row.isExtended ? item.isUnnamedPortal : item.message != TextKey.empty
    if !item.isUnknown, replacesUnnamed, item.row.kind != .fastpath {
      // A simple-protocol message and an execute of the unnamed portal both replace that portal; an
      // empty message and a function call do not.
      closeOpen(&builder) { $0.isUnnamedPortal }
    }
    let staysOpen =
      item.row.isExtended
      || item.isDeclare && item.plans.isEmpty && record.transaction != 0
    if staysOpen { push(item, &builder) } else { emit(item, &builder) }
  }

  // MARK: what belongs together

  /// Whether a plan's text is that of a statement.
  func matches(_ plan: WaitingPlan, _ item: OpenExecution) -> Bool {
    guard item.runsPrepared else {
      return plan.message.isNone
        ? plan.nativeQueryID == item.row.nativeQueryID : plan.message == item.message
    }
    return item.prepared.isNone ? plan.isPrepare : plan.message == item.prepared
  }

  /// Whether a plan was written while the statement of a duration record ran: the log's clock has
  /// milliseconds, and on a busy machine a record gets its time some while after the duration that
  /// it speaks of was taken.
  private func isInside(_ plan: WaitingPlan, _ record: Observation) -> Bool {
    let age = record.time.microseconds - plan.plan.executedAt.microseconds
    return age >= 0 && age <= record.micros + 20_000
      && plan.micros <= record.micros + 50
  }

  /// A row described by its text.
  private mutating func described(_ record: Observation, kind: ExecutionKind) -> OpenExecution {
    var item = newExecution(record, kind: kind)
    item.prepared = record.prepared
    item.runsPrepared = record.traits.contains(.runsPrepared)
    item.isPrepare = record.traits.contains(.prepare)
    item.isDeclare = record.traits.contains(.declare)
    item.takesPlan = record.traits.contains(.selectish)
    item.row.statements = record.statements
    item.row.records = 1
    item.row.parameters = record.parameters
    item.name = record.name
    item.isUnnamedPortal = record.name != 0 && !record.traits.contains(.namedPortal)
    item.parts = record.parts
    return item
  }
}

extension OpenExecution {
  /// The plan tells what the record does not: whose identity it has.
  mutating func adopt(_ plan: WaitingPlan) {
    if row.text.isNone || runsPrepared && prepared.isNone { row.text = plan.plan.text }
    if row.nativeQueryID == 0 { row.nativeQueryID = plan.nativeQueryID }
  }
}

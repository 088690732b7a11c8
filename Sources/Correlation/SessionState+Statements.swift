import LogModel

extension SessionState {
  // MARK: records of log_statement

  mutating func takeSaid(_ record: LogRecord, _ builder: inout BatchBuilder) {
    builder.count(builder.file) {
      $0.executionRecords += 1
      $0.executionBytes += Int64(record.length)
    }
    let isExtended = record.kind == .saidExecute || record.kind == .saidFetch
    let text = MessageText(record.text, builder, splits: record.kind == .saidStatement)
    var item = described(
      record, text, kind: .said, isExtended: isExtended, &builder)
    item.saidKind = record.kind
    item.row.records = 1
    item.tag =
      isExtended
      ? CommandTag(firstWordOf: builder.bytes(record.commandTag))
      : text.statements > 1 || text.isPrepare ? .other : text.tag
    readParameters(record, into: &item, builder)
    // Now, so that the row's place does not change any more: it is written before its end comes.
    if isExtended {
      let tag = CommandTag(firstWordOf: builder.bytes(record.commandTag))
      let bound = bareBind(of: record, tag)?.nativeQueryID
      foldPending(into: &item, native: bound, &builder)
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
      claim([plans[0]], for: &item)
      item.updateDuration()
      emit(item, &builder)
      for plan in plans.dropFirst() {
        var row = planOnly(plan, builder.session)
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

  mutating func takeDuration(_ record: LogRecord, _ builder: inout BatchBuilder) {
    if record.kind == .durationOnly {
      let tag = CommandTag(firstWordOf: builder.bytes(record.commandTag))
      if tag == .parse || tag == .bind {
        settleSaid(&builder)
        takeStep(record, isBind: tag == .bind, isBare: true, &builder)
        return
      }
      takeBareDuration(record, tag, &builder)
      return
    }
    settleSaid(&builder)
    countExecution(record, &builder)
    let isExtended = record.kind == .durationExecute || record.kind == .durationFetch
    let text = MessageText(record.text, builder, splits: record.kind == .durationStatement)
    if record.kind == .durationFetch, takeFetch(record, &builder) { return }
    let kind: ExecutionKind =
      switch record.kind {
      case .durationExecute: .execute
      case .durationFetch: .fetch
      case .durationFastpath: .fastpath
      default: text.isPrepare ? .prepare : .statement
      }
    var item = described(record, text, kind: kind, isExtended: isExtended, &builder)
    item.row.records = 1
    readParameters(record, into: &item, builder)
    finishDuration(&item, record, &builder)
  }

  private mutating func countExecution(_ record: LogRecord, _ builder: inout BatchBuilder) {
    builder.count(builder.file) {
      $0.executionRecords += 1
      $0.executionBytes += Int64(record.length)
    }
  }

  /// `duration: N ms` alone: the end of the statement that log_statement announced, or of one whose
  /// text is not in the log.
  private mutating func takeBareDuration(
    _ record: LogRecord, _ tag: CommandTag, _ builder: inout BatchBuilder
  ) {
    countExecution(record, &builder)
    if var item = said {
      said = nil
      takeAnnounced(&item, record, tag, &builder)
      return
    }
    let isFastpath = tag == .fastpath
    let isExtended = !isFastpath && bareBind(of: record, tag) != nil
    if !isFastpath, !isExtended, let index = openBareFetched(record, tag) {
      addFetch(record, at: index)
      return
    }
    let isPrepare = builder.bytes(record.commandTag).elementsEqual("PREPARE".utf8)
    var item = newExecution(
      record,
      kind: isFastpath
        ? .fastpath : isExtended ? .execute : isPrepare ? .prepare : .statement,
      isExtended: isExtended, text: .none, message: .none, &builder)
    item.isUnknown = true
    // PREPARE's record has the id of the query that it prepares, which it does not run.
    if isPrepare { item.row.nativeQueryID = 0 }
    item.tag = tag
    item.takesPlan = isExtended
    item.isDeclare = tag == .declare
    item.row.records = 1
    completeUnknown(&item, record, tag, &builder)
  }

  private mutating func takeAnnounced(
    _ item: inout OpenExecution, _ record: LogRecord, _ tag: CommandTag,
    _ builder: inout BatchBuilder
  ) {
    item.row.records += 1
    item.row.executedAt = max(item.row.executedAt, record.time)
    item.row.nativeQueryID = record.nativeQueryID
    item.transaction = record.localTransaction
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

  private func readParameters(
    _ record: LogRecord, into item: inout OpenExecution, _ builder: BatchBuilder
  ) {
    let word = 12  // bytes of "parameters: "
    guard record.detail.count > word,
      builder.starts(record.detail, with: "parameters: ")
        || builder.starts(record.detail, with: "Parameters: ")
    else { return }
    item.row.parameters = ByteRange(
      start: Int(record.detail.start) + word, end: Int(record.detail.end))
  }

  private mutating func finishDuration(
    _ item: inout OpenExecution, _ record: LogRecord, _ builder: inout BatchBuilder
  ) {
    if item.row.isExtended {
      item.row.executeMicros = record.durationMicros
    } else {
      item.row.durationMicros = record.durationMicros
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
    _ item: inout OpenExecution, _ record: LogRecord, _ tag: CommandTag,
    _ builder: inout BatchBuilder
  ) {
    if item.row.isExtended {
      item.row.executeMicros = record.durationMicros
    } else {
      item.row.durationMicros = record.durationMicros
    }
    let since = lastStatementLine
    var mine = waiting.indices.filter { index in
      let plan = waiting[index]
      guard plan.plan.line > since, isInside(plan, record) else { return false }
      let sameID = plan.nativeQueryID == record.nativeQueryID || record.nativeQueryID == 0
      let fits = plan.tag == .other || plan.tag == tag
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
    claim(plans, for: &item)
    item.row.statements = max(item.row.statements, Int32(plans.count))
  }

  private mutating func afterDuration(
    _ item: inout OpenExecution, _ record: LogRecord, _ builder: inout BatchBuilder
  ) {
    let tag = CommandTag(firstWordOf: builder.bytes(record.commandTag))
    let boundID = bareBind(of: record, tag)?.nativeQueryID
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
      || item.isDeclare && item.plans.isEmpty && record.localTransaction != 0
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
  private func isInside(_ plan: WaitingPlan, _ record: LogRecord) -> Bool {
    let age = record.time.microseconds - plan.plan.executedAt.microseconds
    return age >= 0 && age <= record.durationMicros + 20_000
      && plan.micros <= record.durationMicros + 50
  }

  /// A row described by its text; notes the texts.
  private mutating func described(
    _ record: LogRecord, _ text: MessageText, kind: ExecutionKind, isExtended: Bool,
    _ builder: inout BatchBuilder
  ) -> OpenExecution {
    var identity = record.textKey
    var prepared = TextKey.none
    if text.runsPrepared, builder.starts(record.detail, with: "prepare: ") {
      let range = ByteRange(start: Int(record.detail.start) + 9, end: Int(record.detail.end))
      prepared = TextKey(builder.bytes(range))
      let body = MessageText(range, builder, splits: false).preparedBody ?? range
      identity = TextKey(builder.bytes(body))
      builder.note(identity, body, at: record.time)
    } else {
      builder.note(record.textKey, record.text, at: record.time)
    }
    var item = newExecution(
      record, kind: kind, isExtended: isExtended, text: identity,
      message: text.statements == 0 ? TextKey.empty : record.textKey, &builder)
    item.prepared = prepared
    item.runsPrepared = text.runsPrepared
    item.isPrepare = text.isPrepare
    item.isDeclare = text.isDeclare
    item.takesPlan = text.isSelectish
    item.row.statements = max(1, text.statements)
    if !record.name.isEmpty {
      let name = builder.bytes(record.name)
      item.name = StableHash.hash(name)
      item.isUnnamedPortal = !name.contains(UInt8(ascii: "/"))
    }
    for part in text.parts.prefix(16) {
      let key = TextKey(builder.bytes(part))
      builder.note(key, part, at: record.time)
      item.parts.append(key)
    }
    if text.parts.count > 16 { item.parts = [] }
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

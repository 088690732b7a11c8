import LogModel

extension SessionState {
  /// Nothing more is to be expected of the session, unless another file has it: what is open is
  /// written settled, and kept.
  var isTakenAsOver: Bool { !ends.isEmpty }

  /// At the end of a batch what is open is written as it would stand if nothing followed; the state
  /// itself goes on as it was.
  mutating func writeProvisional(_ builder: inout BatchBuilder) {
    reopen(&builder)
    var copy = self
    copy.settleProvisionally(&builder)
    provisional = copy.provisional
    provisionalLinks = copy.provisionalLinks
    storedEvents = []
    endedEvents = copy.endedEvents
    for index in open.indices { open[index].dropTexts() }
    said?.dropTexts()
  }

  /// Parse and bind records that became events when the session was taken as over wait again.
  mutating func reopen(_ builder: inout BatchBuilder) {
    for event in endedEvents {
      guard let step = pending.first(where: { $0.key == event.key }) else { continue }
      builder.count(step.key.file) {
        $0.openRecords += 1
        $0.openBytes += step.length
        $0.eventRecords -= 1
        $0.eventBytes -= step.length
      }
    }
    storedEvents += endedEvents
    endedEvents = []
  }

  /// Run on a copy: emits the rows of what is open, takes back what is not among them, and leaves in
  /// `provisional` what is in the store now.
  private mutating func settleProvisionally(_ builder: inout BatchBuilder) {
    var rows: [OpenExecution] = []
    if let item = said { rows += provisionalRows(ofSaid: item) }
    for plan in waiting where plan.ran { rows.append(planOnly(plan)) }
    rows += open
    var stored: [StoredRow] = []
    var links: [StoredLink] = []
    for item in rows {
      emit(item, isSettled: isTakenAsOver, isKept: isTakenAsOver, &builder)
      let key = ProvisionalKey(
        key: item.row.key, text: item.row.text, executedAt: item.row.executedAt,
        isSettled: isTakenAsOver)
      stored.append(StoredRow(anchor: item.anchor, key: key, digest: item.row.digest))
      for plan in item.plans {
        links.append(StoredLink(plan: plan.key, execution: item.row.key))
      }
    }
    if isTakenAsOver {
      endedEvents = pending.map { EventKey(key: $0.key, occurredAt: $0.time) }
      while !pending.isEmpty { dropPending(at: 0, &builder) }
    }
    takeBackProvisional(&builder)
    provisional = stored
    provisionalLinks = links
  }

  /// What a record of log_statement would become if no duration followed; its plans leave
  /// `waiting`.
  private mutating func provisionalRows(ofSaid announced: OpenExecution) -> [OpenExecution] {
    var item = announced
    if item.saidKind == .saidFetch {
      item.row.kind = .fetch
      return [item]
    }
    let mine = waiting.filter { $0.ran && $0.plan.line > item.row.line && matches($0, item) }
    guard let first = mine.first else { return [item] }
    waiting.removeAll { plan in mine.contains { $0.plan.line == plan.plan.line } }
    item.row.kind = .planOnly
    item.adopt(first)
    item.claim([first])
    item.updateDuration()
    return [item] + mine.dropFirst().map { planOnly($0) }
  }

  /// Rows and links in the store that turned out to be none.
  mutating func takeBackProvisional(_ builder: inout BatchBuilder) {
    for row in provisional { builder.retract(row.key) }
    for link in provisionalLinks { builder.retractLink(ofPlan: link.plan) }
    for event in storedEvents { builder.retract(event) }
    provisional = []
    provisionalLinks = []
    storedEvents = []
  }
}

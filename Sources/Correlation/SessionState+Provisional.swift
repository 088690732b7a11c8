import LogModel

extension SessionState {
  /// At the end of a batch what is open is written as it would stand if nothing followed; the state
  /// itself goes on as it was.
  mutating func writeProvisional(_ builder: inout BatchBuilder) {
    var copy = self
    copy.settleProvisionally(&builder)
    provisional = copy.provisional
    provisionalLinks = copy.provisionalLinks
    for index in open.indices { open[index].dropTexts() }
    said?.dropTexts()
  }

  /// Run on a copy: emits unsettled rows, takes back what is not among them, and leaves in
  /// `provisional` what is in the store now.
  private mutating func settleProvisionally(_ builder: inout BatchBuilder) {
    var rows: [OpenExecution] = []
    if let item = said { rows += provisionalRows(ofSaid: item) }
    for plan in waiting where plan.ran { rows.append(planOnly(plan)) }
    rows += open
    var stored: [StoredRow] = []
    var links: [StoredLink] = []
    for item in rows {
      emit(item, isSettled: false, &builder)
      let key = ProvisionalKey(
        key: item.row.key, text: item.row.text, executedAt: item.row.executedAt)
      stored.append(StoredRow(anchor: item.anchor, key: key, digest: item.row.digest))
      for plan in item.plans {
        links.append(StoredLink(plan: plan.key, execution: item.row.key))
      }
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

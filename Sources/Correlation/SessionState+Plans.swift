import LogModel

extension SessionState {
  /// The plan of a statement that the client sent: finds its execution among those that came before
  /// it, else lets it wait.
  mutating func takePlan(_ record: Observation, _ builder: inout BatchBuilder) {
    let plan = WaitingPlan(record)
    if !plan.ran {
      // EXPLAIN's own plan: the record of the EXPLAIN will claim it. Others were never executed.
      if record.traits.contains(.explain) { wait(plan, &builder) }
      return
    }
    if let fetch = said, fetch.saidKind == .saidFetch, fetch.message == plan.message {
      // The portal has ended, and the fetch with it: no duration of it follows.
      settleSaid(&builder)
    }
    if !record.traits.contains(.modifies), record.traits.contains(.selectish),
      let index = openSelect(of: plan, record)
    {
      link(plan, toOpenAt: index, &builder)
      return
    }
    if record.traits.contains(.declare) {
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
  private func openSelect(of plan: WaitingPlan, _ record: Observation) -> Int? {
    open.lastIndex { item in
      guard item.takesPlan, item.plans.isEmpty else { return false }
      let isSame =
        item.isUnknown
        ? item.tag == .select && item.transaction == plan.transaction
          && (record.tag != .select || record.nativeQueryID == item.row.nativeQueryID)
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
    item.claim([plan])
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

/// Time that no node has: output, clients, planning, nested statements, locks.
enum ClientRules {
  static let all = [resultFlood, clientBound, nestedDominates, planningHeavy, lockWaitInPlan]

  /// Time outside of the nodes and triggers: sending rows, mostly.
  private static func gap(_ root: NodeReading) -> Double? {
    guard let duration = root.plan.context.durationMs, let wall = root.truth.wallMs else {
      return nil
    }
    let triggers = PlanTrigger.all(root.tree).reduce(0) { $0 + $1.ms }
    return max(0, duration - wall.value - root.plan.truth.detachedMs.value - triggers)
  }

  static let resultFlood = PlanRule("result-flood", 0.5) { root in
    guard !root.modifies, root.kind != .limit, root.limitBelowIsNone else { return nil }
    let holds = root.rows.isAtLeast(10_000)
    guard holds != .no else { return nil }
    return Firing(
      holds, saves: gap(root) ?? 0,
      [.init("rows", root.rows.value, "rows")],
      "\(Wording.number(root.rows.value)) rows are sent to the client.",
      "Ask for pages (LIMIT with the last key), or let the database count and sum."
    ).doubted(if: root.plan.context.isBulkRead)
  }

  static let clientBound = PlanRule("client-bound", 0.85, needs: [.analyze, .timing]) { root in
    guard let gap = gap(root), gap >= 100, gap >= 0.5 * root.plan.totalMs else { return nil }
    return .init(
      .surely, saves: gap,
      [
        .init("time outside the plan", gap, "ms"), .init("duration", root.plan.totalMs, "ms"),
        .init("rows", root.rows.value, "rows"),
      ],
      "\(Wording.ms(gap)) of \(Wording.ms(root.plan.totalMs)) are outside the plan: writing out "
        + "the rows and "
        + "waiting for the client to take them.",
      "Fewer or narrower rows; a client that fetches faster. The plan is fine.")
  }

  static let nestedDominates = PlanRule("nested-dominates", 0.9, needs: []) { root in
    guard let nested = root.plan.context.nestedMs, nested >= 0.5 * root.plan.totalMs, nested > 1
    else {
      return nil
    }
    return Firing(
      .surely, saves: 0,
      [
        .init("time of nested statements", nested, "ms"),
        .init("duration", root.plan.totalMs, "ms"),
      ],
      "Statements inside functions take \(Wording.ms(nested)) of \(Wording.ms(root.plan.totalMs)).",
      "Look at those statements; a function that is called for each row may be written as a join."
    ).information()
  }

  static let planningHeavy = PlanRule("planning-heavy", 0.8, needs: []) { root in
    let context = root.plan.context
    let gap: Double
    let total: Double
    if let planning = context.planningMs {
      gap = planning
      total = planning + root.plan.totalMs
    } else if let statement = context.statementMs, let duration = context.durationMs {
      gap = max(0, statement - duration - (context.lockWaitMs ?? 0))
      total = statement
    } else if let planning = root.tree.documentNumber(.planningTime)?.value {
      gap = planning
      total = planning + root.plan.totalMs
    } else {
      return nil
    }
    guard gap >= 20, gap >= 0.5 * total else { return nil }
    // Few relations are planned in no time: then the gap is something else, such as a commit.
    let relations = root.tree.nodes.count { $0.kind.isScan }
    let isMeasured = context.planningMs != nil || root.tree.documentNumber(.planningTime) != nil
    return Firing(
      .surely, saves: gap,
      [.init("planning", gap, "ms"), .init("execution", root.plan.totalMs, "ms")],
      "Planning takes \(Wording.ms(gap)), running the plan \(Wording.ms(root.plan.totalMs)).",
      "A prepared statement with a generic plan is planned once. Fewer joined tables and "
        + "partitions, and "
        + "smaller statistics targets, make planning cheaper."
    ).doubted(if: !isMeasured && relations < 4)
  }

  static let lockWaitInPlan = PlanRule("lock-wait-in-plan", 0.95, needs: []) { root in
    guard let wait = root.plan.context.lockWaitMs, wait >= 0.2 * root.plan.totalMs, wait > 0 else {
      return nil
    }
    return .init(
      .surely, saves: wait,
      [.init("waiting for locks", wait, "ms"), .init("duration", root.plan.totalMs, "ms")],
      "The statement waited \(Wording.ms(wait)) for locks of others.",
      "Look at the statement that held them: shorter transactions, the same order of rows "
        + "everywhere, FOR NO "
        + "KEY UPDATE where the key stays.")
  }
}

extension NodeReading {
  /// No limit among the nodes that hand rows to the root one by one.
  var limitBelowIsNone: Bool {
    var at: NodeReading? = self
    while let node = at {
      if node.kind == .limit { return false }
      at = node.child(.outer) ?? node.child(.subquery)
      if node.kind.isJoin || node.kind == .aggregate { return true }
    }
    return true
  }
}

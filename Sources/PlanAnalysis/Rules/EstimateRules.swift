/// Where the planner was wrong about rows, and what came of it.
enum EstimateRules {
  static let all = [misestimateOrigin, staleStatistics, deadSubtree]

  static let misestimateOrigin = PlanRule("misestimate-origin", 0.8) { root in
    var best: Firing?
    for index in root.tree.nodes.indices {
      guard let firing = origin(root.node(index)) else { continue }
      if (best?.savingMs ?? -1) < firing.savingMs { best = firing }
    }
    return best
  }

  /// The lowest node that is wrong while those below are about right.
  private static func origin(_ node: NodeReading) -> Firing? {
    let wrong = node.misestimate
    guard wrong >= 10,
      node.rows.value / max(1, node.truth.loops) >= 100 || node.truth.plannedRows >= 100
    else { return nil }
    switch node.kind {
    // These only pass on what is below.
    case .gather, .gatherMerge, .sort, .incrementalSort, .hash, .materialize, .limit, .memoize,
      .subqueryScan, .lockRows, .result, .bitmapIndexScan, .workTableScan:
      return nil
    default: break
    }
    let bound = max(3, wrong.squareRoot())
    guard node.children.allSatisfy({ $0.misestimate < bound || $0.kind == .bitmapIndexScan }) else {
      return nil
    }
    guard
      let consumer = node.consumer(where: { above in
        node.truth.isUnderestimated && above.suffersFromEstimates(below: node)
      })
    else { return nil }
    let saving: Double
    switch consumer.kind {
    case .nestedLoop:
      saving = JoinRules.nestedLoopUnderestimate.test(consumer)?.savingMs ?? consumer.ownMs.value
    case .hash: saving = JoinRules.hashBatches.test(consumer)?.savingMs ?? 0
    default: saving = consumer.tempMs(else: 0.5)
    }
    return Firing(
      .surely, saves: saving,
      [
        .init("rows", node.rows.value / max(1, node.truth.loops), "rows"),
        .init("rows expected", node.truth.plannedRows, "rows"), .init("factor", wrong, "ratio"),
        .init("consequence", consumer.wholeMs, "ms"),
      ],
      "The misestimate begins here: \(Wording.number(node.truth.plannedRows)) rows expected, "
        + "\(Wording.number(node.rows.value / max(1, node.truth.loops))) came. Because of it "
        + "\(consumer.label) was chosen or got too little memory.",
      remedy(node), ddl: statistics(node)
    ).at(node.index)
  }

  private static func conditionColumns(_ node: NodeReading) -> [String] {
    var columns: [String] = []
    for conjunct in node.conjuncts + node.indexConditions {
      for column in Conjunct.columns(conjunct.tokens) {
        let name = column.split(separator: ".").last.map(String.init) ?? column
        if !columns.contains(name) { columns.append(name) }
      }
    }
    return columns
  }

  private static func remedy(_ node: NodeReading) -> String {
    switch node.kind {
    case .functionScan: return "Tell the planner how many rows the function gives (ROWS)."
    case .aggregate, .group, .unique:
      return "CREATE STATISTICS (ndistinct) on the grouping columns, or a larger statistics target."
    default: break
    }
    guard node.has(.relationName) else {
      return
        "ANALYZE the tables that are joined here; where the columns of the join depend on others "
        + "in the "
        + "filters, extended statistics on each table help."
    }
    switch conditionColumns(node).count {
    case 0: return "ANALYZE the table: its size is not known as it is now."
    case 1:
      return
        "ANALYZE the table; raise the column's statistics target where the value is a rare one."
    default:
      return
        "ANALYZE the table first. Where its columns depend on each other, extended statistics "
        + "tell the "
        + "planner."
    }
  }

  private static func statistics(_ node: NodeReading) -> String? {
    guard node.has(.relationName) else { return nil }
    let columns = conditionColumns(node).prefix(8)
    guard columns.count >= 2 else { return "ANALYZE \(node.tableName)" }
    let list = columns.map(SQLName.quoted).joined(separator: ", ")
    // Before version 16 the statistics need a name.
    let name = SQLName.quoted(
      ((node.text(.relationName) ?? "t") + "_" + columns.joined(separator: "_") + "_stats"))
    return
      "CREATE STATISTICS \(name) (dependencies, ndistinct, mcv) ON \(list) FROM \(node.tableName); "
      + "ANALYZE \(node.tableName)"
  }

  static let staleStatistics = PlanRule("stale-statistics", 0.75, on: [.seqScan]) { node in
    guard !node.has(.filter), node.truth.loops > 0, !node.truth.isCutShort else { return nil }
    let expected = node.truth.plannedRows * node.truth.processes
    let found = node.rows.value
    let isOff = node.misestimate >= 2 && abs(found - expected) >= 10_000
    guard isOff || node.truth.plannedRows <= 10 && found >= 10_000 else { return nil }
    let consumer = node.consumer(where: { $0.suffersFromEstimates(below: node) })
    return Firing(
      .surely,
      saves: consumer.map { $0.kind == .nestedLoop ? $0.wholeMs / 2 : $0.tempMs(else: 0.5) } ?? 0,
      [.init("rows", found, "rows"), .init("rows expected", expected, "rows")],
      "\(node.tableName) has \(Wording.number(found)) rows; its statistics say "
        + "\(Wording.number(expected)).",
      "ANALYZE it now, after every bulk load, and let autovacuum do it sooner "
        + "(autovacuum_analyze_scale_factor).",
      ddl: "ANALYZE \(node.tableName)"
    ).doubted(if: node.loops > 1)
  }

  static let deadSubtree = PlanRule("dead-subtree", 0.4) { root in
    let whole = root.number(.totalCost)
    guard whole > 0, root.truth.isExecuted else { return nil }
    var cost = 0.0
    var first: Int?
    for node in root.tree.nodes where !root.node(node.index).truth.isExecuted {
      cost += root.node(node.index).truth.selfCost
      if first == nil { first = node.index }
    }
    guard let first, cost >= 0.5 * whole, whole >= 1000 else { return nil }
    return Firing(
      .surely, saves: 0, [.init("cost never run", cost, "cost"), .init("cost", whole, "cost")],
      "\(Wording.percent(min(1, cost / whole))) of the plan's cost is in nodes that were never "
        + "run.",
      "For these parameters the estimates were far off; nothing is to be done about this execution."
    ).at(first).information()
  }
}

extension NodeReading {
  /// What the node is, for people: `Seq Scan on orders`.
  var label: String {
    let name = text(.nodeType) ?? ""
    if let relation = text(.relationName) { return "\(name) on \(relation)" }
    if let index = text(.indexName) { return "\(name) on \(index)" }
    if let other = text(.cteName) ?? text(.functionName) { return "\(name) on \(other)" }
    return name
  }
}

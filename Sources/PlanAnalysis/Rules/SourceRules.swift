/// Partitions, foreign tables, functions, CTEs and lists as sources of rows.
enum SourceRules {
  static let all = [
    partitionPruneAbsent, foreignLocalFilter, functionScanDefaultRows, cteFence, cteScanLooped,
    recursionRunaway, valuesScanWide,
  ]

  static let partitionPruneAbsent = PlanRule(
    "partition-prune-absent", 0.75, on: [.append, .mergeAppend]
  ) { node in
    guard node.number(.subplansRemoved) == 0 else { return nil }
    let members = node.children.filter {
      $0.place.relationship == .member && $0.truth.isExecuted
    }
    let empty = members.filter { $0.rows.high == 0 }
    guard members.count >= 8, Double(empty.count) >= 0.9 * Double(members.count) else { return nil }
    let wasted = empty.reduce(0) { $0 + Double($1.truth.buffers.accessed) }
    let all = Double(node.truth.buffers.accessed)
    guard !node.plan.truth.hasBuffers || all > 0 && wasted >= 0.5 * all else { return nil }
    return .init(
      .surely, saves: empty.reduce(0) { $0 + $1.wholeMs },
      [
        .init("partitions read", Double(members.count), "partitions"),
        .init("partitions without a row", Double(empty.count), "partitions"),
      ],
      "\(empty.count) of \(members.count) partitions were read and gave no row.",
      "Compare the partition key itself, without a function or cast around it, with a value of "
        + "its own "
        + "type, so that partitions can be left out.")
  }

  static let foreignLocalFilter = PlanRule("foreign-local-filter", 0.7, on: [.foreignScan]) {
    node in
    guard node.has(.filter) else { return nil }
    let holds = node.removed.isAtLeast(1000)
    guard holds != .no else { return nil }
    return .init(
      holds, saves: node.ownMs.value * (1 - node.keep.value),
      [.init("rows removed", node.removed.value, "rows")],
      "\(Wording.number(node.removed.value)) rows came from the foreign server to be thrown away "
        + "here.",
      "Only operators and functions that both servers are known to have are sent over: simplify "
        + "the "
        + "condition, list the extension in the server's options, or set use_remote_estimate and "
        + "fetch_size."
    ).doubted(if: !node.plan.evidence.contains(.verbose))
  }

  static let functionScanDefaultRows = PlanRule(
    "function-scan-default-rows", 0.75, on: [.functionScan]
  ) { node in
    guard [1, 100, 1000].contains(node.truth.plannedRows), node.misestimate >= 10 else {
      return nil
    }
    guard let consumer = node.consumer(where: { $0.suffersFromEstimates(below: node) }) else {
      return nil
    }
    return .init(
      .surely, saves: consumer.ownMs.value * 0.5,
      [
        .init("rows expected", node.truth.plannedRows, "rows"),
        .init("rows", node.rows.value, "rows"),
      ],
      "The function \(node.text(.functionName) ?? "") gave \(Wording.number(node.rows.value)) "
        + "rows where its "
        + "default of \(Wording.number(node.truth.plannedRows)) was expected.",
      "Tell the planner with ROWS in the function's definition, or with a support function.",
      ddl: node.text(.functionName).map {
        "ALTER FUNCTION \(SQLName.quoted($0)) ROWS "
          + "\(Wording.decimal(max(1, node.rows.value), digits: 0))"
      })
  }

  static let cteFence = PlanRule("cte-fence", 0.7, on: [.cteScan]) { node in
    guard node.has(.filter), let cte = node.commonTable, !cte.isRecursive, !cte.modifies,
      node.scansOfCommonTable == 1
    else { return nil }
    let holds = node.keep.isAtMost(0.1) && cte.rows.isAtLeast(10_000)
    guard holds != .no else { return nil }
    return .init(
      holds, saves: cte.wholeMs * (1 - node.keep.value),
      [
        .init("rows of the CTE", cte.rows.value, "rows"),
        .init("rows kept", node.rows.value, "rows"),
        .init("time of the CTE", cte.wholeMs, "ms"),
      ],
      "The CTE \(node.text(.cteName) ?? "") is computed as a whole, and "
        + "\(Wording.percent(node.keep.value)) of "
        + "it is used.",
      "Write NOT MATERIALIZED, or put the condition into the CTE, so that it reaches the tables.")
  }

  static let cteScanLooped = PlanRule("cte-scan-looped", 0.8, on: [.cteScan]) { node in
    guard node.loops >= 100, let cte = node.commonTable, cte.rows.value >= 100,
      node.consumer(where: { $0.kind == .nestedLoop }) != nil
    else { return nil }
    return .init(
      .surely, saves: node.wholeMs * 0.9,
      [.init("loops", node.loops, "loops"), .init("rows of the CTE", cte.rows.value, "rows")],
      "The CTE \(node.text(.cteName) ?? "") is read from its beginning "
        + "\(Wording.number(node.loops)) times.",
      "A CTE has no index: join it once (a hash join needs a plain equality), or make a "
        + "temporary table "
        + "with an index.")
  }

  static let recursionRunaway = PlanRule("recursion-runaway", 0.6, on: [.recursiveUnion]) { node in
    let steps = node.below.first { $0.kind == .workTableScan }?.truth.loops ?? 0
    let factor = node.rows.low / max(1, node.truth.plannedRows)
    guard steps >= 1000 || factor >= 100 else { return nil }
    return .init(
      .surely, saves: 0,
      [
        .init("steps", steps, "loops"), .init("rows", node.rows.value, "rows"),
        .init("rows expected", node.truth.plannedRows, "rows"),
      ],
      "The recursion went \(Wording.number(steps)) steps and gave "
        + "\(Wording.number(node.rows.value)) rows.",
      "Bound it: a CYCLE clause, a limit on the depth; and give the column of the recursive join "
        + "an index."
    )
  }

  static let valuesScanWide = PlanRule("values-scan-wide", 0.5, on: [.valuesScan]) { node in
    let holds = node.rows.isAtLeast(1000)
    guard holds != .no, let join = node.consumer(where: { $0.kind.isJoin }) else { return nil }
    return .init(
      holds, saves: node.ownMs.value,
      [.init("rows", node.rows.value, "rows"), .init("time of the join", join.wholeMs, "ms")],
      "A list of \(Wording.number(node.rows.value)) rows in the statement is joined.",
      "Hand it over as arrays and unnest them, or fill a temporary table and ANALYZE it: then the "
        + "statement stays the same and the planner knows the rows.")
  }
}

extension NodeReading {
  /// The CTE that a CTE Scan reads.
  var commonTable: NodeReading? {
    guard let name = text(.cteName) else { return nil }
    for above in [self] + ancestors {
      let found = above.children.prefix(256).first { SubplanName.ofCTE($0.index, in: tree) == name }
      if let found { return found }
    }
    return nil
  }

  /// How many CTE Scans of the plan read what this one reads.
  var scansOfCommonTable: Int {
    let name = text(.cteName)
    return tree.nodes.count { $0.kind == .cteScan && tree.text($0.index, .cteName) == name }
  }

  var isRecursive: Bool { kind == .recursiveUnion || below.contains { $0.kind == .recursiveUnion } }
  var modifies: Bool { kind == .modifyTable || below.contains { $0.kind == .modifyTable } }

  /// A node whose plan or memory was chosen by the rows expected below: it had to do more than
  /// that.
  func suffersFromEstimates(below source: NodeReading) -> Bool {
    switch kind {
    case .nestedLoop:
      guard let outer, let inner, outer.place.contains(source.index) else { return false }
      return outer.truth.isUnderestimated && outer.misestimate >= 3 && inner.truth.loops >= 100
        && (inner.isWholePart(0.1) != .no || isPart(0.1) != .no)
    case .sort, .incrementalSort: return isSpilled
    case .hash: return number(.hashBatches) > max(1, number(.originalHashBatches))
    case .aggregate: return isSpilled
    default: return false
    }
  }

  /// Whether something was written to a temporary file, by the leader or a worker.
  var isSpilled: Bool {
    if tempBlocks > 0 || isText(.sortSpaceType, "Disk") || isText(.storage, "Disk") { return true }
    if most(.diskUsage) > 0 || most(.hashaggBatches) > 1 { return true }
    return PlanWorker.all(of: index, in: tree).contains { $0.text(.sortSpaceType) == "Disk" }
  }
}

/// Aggregates, windows and duplicates.
enum AggregateRules {
  static let all = [
    hashaggSpill, aggInnerSortSpill, windowSpill, distinctAfterFanout, unionDedupUseless,
  ]

  static let hashaggSpill = PlanRule(
    "hashagg-spill", 0.85, on: [.aggregate], needs: [], readsEstimates: true
  ) { node in
    if node.isEstimate {
      guard node.number(.plannedPartitions) > 0, node.isCostly else { return nil }
      return .init(
        .surely, saves: 0,
        [.init("partitions planned", node.number(.plannedPartitions), "partitions")],
        "The planner expects that the groups do not fit into memory.",
        "More memory for the statement (work_mem, hash_mem_multiplier), or fewer groups.")
    }
    let batches = node.most(.hashaggBatches)
    let disk = node.most(.diskUsage)
    guard batches > 1 || disk > 0 else { return nil }
    let needed = node.most(.peakMemoryUsage) + 1.5 * disk
    return Firing(
      .surely, saves: node.ownMs.value * 0.5,
      [
        .init("batches", batches, "batches"), .init("on disk", disk, "kB"),
        .init("memory needed", needed, "kB"), .init("groups", node.rows.value, "rows"),
      ],
      "The groups did not fit into memory: \(Wording.kilobytes(disk)) went through temporary "
        + "files.",
      MemoryAdvice.hashMemory(node, kilobytes: needed)
        + " Where far fewer groups were expected, statistics on the grouping columns help."
    ).doubted(if: node.number(.plannedPartitions) > 0 && node.rows.value >= 10_000_000)
  }

  static let aggInnerSortSpill = PlanRule(
    "agg-inner-sort-spill", 0.8, on: [.aggregate], needs: [.analyze, .buffers]
  ) { node in
    guard !node.isText(.strategy, "Hashed"), !node.isText(.strategy, "Mixed"), node.tempBlocks > 0,
      node.outer?.kind != .sort || node.tempBlocks > 0 && !node.has(.groupingSets)
    else { return nil }
    return .init(
      .surely, saves: node.tempMs(else: 0.5),
      [
        .init("temporary blocks", node.tempBlocks, "blocks"),
        .init("own time", node.ownMs.value, "ms"),
      ],
      "DISTINCT or ORDER BY inside an aggregate sorts on its own, and did not fit into work_mem.",
      "From version 16 on an index or subquery that gives the order is used; count(DISTINCT x) "
        + "can be "
        + "count(*) over a subquery with GROUP BY x, which can be hashed.")
  }

  static let windowSpill = PlanRule(
    "window-spill", 0.75, on: [.windowAgg], needs: [.analyze, .buffers]
  ) { node in
    guard node.tempBlocks > 0 || node.isText(.storage, "Disk") else { return nil }
    return .init(
      .surely, saves: node.tempMs(else: 0.5),
      [
        .init("temporary blocks", node.tempBlocks, "blocks"),
        .init("rows", node.rows.value, "rows"),
      ],
      "A window's partition did not fit into work_mem.",
      "A frame that does not reach over the whole partition, a filter before the window, or more "
        + "work_mem "
        + "for the statement.")
  }

  static let distinctAfterFanout = PlanRule(
    "distinct-after-fanout", 0.6, on: [.unique, .aggregate]
  ) { node in
    guard node.kind == .unique || node.isText(.strategy, "Hashed"),
      !node.isText(.partialMode, "Partial"),
      let join = node.inputThroughSort, join.kind.isJoin
    else { return nil }
    let output = node.tree.texts(node.index, .output)
    let computes = output.contains { $0.contains("(") && $0.contains(")") }
    let isKnown = node.kind == .unique || !output.isEmpty
    guard !computes || node.kind == .unique else { return nil }
    let holds =
      join.rows.isAtLeast(10_000) && Holds(node.rows.value <= 0.05 * join.rows.value)
    guard holds != .no else { return nil }
    return Firing(
      holds, saves: join.ownMs.value * 0.5,
      [.init("rows joined", join.rows.value, "rows"), .init("rows left", node.rows.value, "rows")],
      "A join makes \(Wording.number(join.rows.value)) rows, of which "
        + "\(Wording.number(node.rows.value)) are "
        + "left when duplicates are removed.",
      "Where the joined table is only asked whether there is a row, EXISTS stops at the first "
        + "one. Or "
        + "remove duplicates before the join."
    ).doubted(if: !isKnown)
  }

  static let unionDedupUseless = PlanRule(
    "union-dedup-useless", 0.5, on: [.unique, .aggregate], needs: [.analyze]
  ) { node in
    guard node.kind == .unique || node.isText(.strategy, "Hashed"),
      let append = node.inputThroughSort, append.kind == .append, !append.children.isEmpty,
      !append.hasPartitions
    else { return nil }
    let holds = append.rows.isAtLeast(10_000) && Holds(node.rows.value == append.rows.value)
    guard holds != .no else { return nil }
    return Firing(
      holds, saves: node.ownMs.value, [.init("rows", append.rows.value, "rows")],
      "UNION compared \(Wording.number(append.rows.value)) rows and found no duplicate.",
      "UNION ALL, if the parts can't have a row in common."
    ).doubted(if: node.plan.context.samples < 5)
  }
}

extension NodeReading {
  /// Whether an Append's members are partitions: other tables under one alias with a number.
  var hasPartitions: Bool {
    let members = children
    let tables = Set(members.compactMap { $0.text(.relationName) })
    return tables.count == members.count
      && members.contains { PlanNames.memberBase($0.index, tree) != nil }
  }

  /// What feeds the node, a sort or a Gather in between left out.
  var inputThroughSort: NodeReading? {
    var at = outer
    while let node = at, [.sort, .incrementalSort, .gather, .gatherMerge].contains(node.kind) {
      at = node.outer
    }
    return at
  }
}

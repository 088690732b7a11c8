/// Joins by the wrong method, in the wrong order, or without a condition.
enum JoinRules {
  static let all = [
    nestedLoopUnderestimate, nestedLoopJoinFilter, cartesianJoin, joinFilterOr, memoizeThrash,
    materializeSpill, hashBatches, hashSkew, hashBuildSide,
  ]

  static let nestedLoopUnderestimate = PlanRule(
    "nested-loop-underestimate", 0.85, on: [.nestedLoop]
  ) { node in
    guard let outer = node.outer, let inner = node.inner, outer.truth.isUnderestimated,
      outer.misestimate >= 10
    else { return nil }
    let holds = outer.rows.isAtLeast(1000) && inner.isWholePart(0.3)
    guard holds != .no else { return nil }
    // What one pass over the inner rows and a hash of them would take.
    let once = inner.rowsOfOnePass
    let hashed = (once + outer.rows.value) * 0.001
    let blocksPerProbe = Double(inner.truth.buffers.accessed) / max(1, inner.truth.loops)
    return Firing(
      holds, saves: inner.wholeMs * (1 - min(1, hashed / max(0.001, inner.wholeMs))),
      [
        .init("outer rows", outer.rows.value, "rows"),
        .init("outer rows expected", outer.truth.plannedRows, "rows"),
        .init("loops", inner.truth.loops, "loops"),
        .init("time of the inner side", inner.wholeMs, "ms"),
      ],
      "The inner side was run \(Wording.number(inner.truth.loops)) times; the planner expected "
        + "\(Wording.number(outer.truth.plannedRows)) outer rows and got "
        + "\(Wording.number(outer.rows.value)).",
      "Better estimates for the outer side make another join likely (see where the misestimate "
        + "begins). "
        + "Then an index for the inner side, then another query."
    ).doubted(
      if: node.plan.truth.hasBuffers && blocksPerProbe <= 3 && inner.truth.loops < 10_000)
  }

  static let nestedLoopJoinFilter = PlanRule("nested-loop-join-filter", 0.85, on: [.nestedLoop]) {
    node in
    guard node.has(.joinFilter), let inner = node.inner else { return nil }
    let removed = node.truth.removedByJoinFilter
    let holds =
      removed.isAtLeast(100_000) && Holds(removed.value >= 100 * (node.rows.value + 1))
    guard holds != .no else { return nil }
    return .init(
      holds, saves: node.ownMs.value + inner.wholeMs * 0.9,
      [
        .init("pairs thrown away", removed.value, "rows"),
        .init("rows joined", node.rows.value, "rows"),
      ],
      "Every outer row is compared with every inner row: \(Wording.number(removed.value)) pairs "
        + "for "
        + "\(Wording.number(node.rows.value)) rows.",
      "Join by an equality that can be hashed or looked up in an index on the inner side. For "
        + "ranges a "
        + "range type with a GiST index serves.")
  }

  static let cartesianJoin = PlanRule(
    "cartesian-join", 0.9, on: [.nestedLoop], needs: [], readsEstimates: true
  ) { node in
    guard node.isText(.joinType, "Inner"), !node.has(.joinFilter), let outer = node.outer,
      let inner = node.inner, !inner.refersTo(outer)
    else { return nil }
    let innerRows = node.isEstimate ? inner.truth.plannedRows : inner.rowsOfOnePass
    let outerRows = node.isEstimate ? outer.truth.plannedRows : outer.rows.value
    guard outerRows >= 100, innerRows >= 100, outerRows * innerRows >= 1_000_000 else { return nil }
    let isSaid = node.tree.documentText(.queryText)?.lowercased().contains("cross join") == true
    return Firing(
      .surely, saves: node.ownMs.value,
      [.init("outer rows", outerRows, "rows"), .init("inner rows", innerRows, "rows")],
      "Every one of \(Wording.number(outerRows)) rows is joined with every one of "
        + "\(Wording.number(innerRows)): there is no condition between the two sides.",
      "A join condition is missing, or it became one that cannot be used."
    ).based(node.isEstimate ? 0.5 : 0.9).doubted(if: isSaid)
  }

  static let joinFilterOr = PlanRule(
    "join-filter-or", 0.75, on: [.nestedLoop, .hashJoin, .mergeJoin]
  ) { node in
    let holds = node.truth.removedByJoinFilter.isAtLeast(10_000)
    guard holds != .no else { return nil }
    let isWide = Conjunct.list(node.tree, node.index, .joinFilter).contains { conjunct in
      guard case .or(let alternatives) = conjunct.kind else { return false }
      let relations = alternatives.map { columns in
        Set(columns.compactMap { $0.split(separator: ".").first.map(String.init) })
      }
      let columns = Set(alternatives.flatMap { $0 })
      return relations.contains { $0.count > 1 } && columns.count > 2
    }
    guard isWide else { return nil }
    return .init(
      holds, saves: node.ownMs.value + (node.inner?.wholeMs ?? 0) * 0.8,
      [.init("pairs thrown away", node.truth.removedByJoinFilter.value, "rows")],
      "The tables are joined by conditions with OR between them: neither a hash nor an index can "
        + "be used.",
      "A UNION of two joins, one for each condition. Keep a key in the output, so that it "
        + "removes only "
        + "what really comes twice.")
  }

  static let memoizeThrash = PlanRule("memoize-thrash", 0.8, on: [.memoize]) { node in
    let hits = node.sum(.cacheHits)
    let misses = node.sum(.cacheMisses)
    let evictions = node.sum(.cacheEvictions)
    let lookups = hits + misses
    guard lookups > 0 else { return nil }
    let isCold = hits < 0.1 * lookups && node.truth.loops >= 1000
    let isFull = misses >= 100 && evictions >= 0.5 * misses || node.sum(.cacheOverflows) > 0
    guard isCold || isFull else { return nil }
    let needed = node.most(.peakMemoryUsage) * misses / max(1, misses - evictions)
    let inner = node.child(.outer)?.wholeMs ?? 0
    return Firing(
      .surely, saves: node.ownMs.value,
      [
        .init("cache hits", hits, "lookups"), .init("cache misses", misses, "lookups"),
        .init("evictions", evictions, "entries"),
      ],
      "The cache of a Memoize node helps little: \(Wording.number(hits)) hits, "
        + "\(Wording.number(misses)) misses, \(Wording.number(evictions)) entries pushed out.",
      isFull
        ? MemoryAdvice.hashMemory(node, kilobytes: needed)
        : "Nearly every key came once: statistics on the number of distinct keys (n_distinct) "
          + "would tell "
          + "the planner."
    ).doubted(if: isCold && !isFull && inner < 0.1 * node.plan.totalMs)
  }

  static let materializeSpill = PlanRule(
    "materialize-spill", 0.75, on: [.materialize], needs: [.analyze, .buffers]
  ) { node in
    guard node.loops >= 10, node.tempBlocks > 0 || node.isText(.storage, "Disk") else { return nil }
    let needed = node.rowsOfOnePass * (node.width + 24) / 1024
    return .init(
      .surely, saves: node.tempMs(else: 0.5),
      [
        .init("loops", node.loops, "loops"), .init("temporary blocks", node.tempBlocks, "blocks"),
        .init("memory needed", needed, "kB"),
      ],
      "Rows kept for reading again did not fit into memory, and were read "
        + "\(Wording.number(node.loops)) times "
        + "from a temporary file.",
      MemoryAdvice.workMem(node, kilobytes: needed)
        + " Or a join by equality, which can be a hash or merge join.")
  }

  static let hashBatches = PlanRule("hash-batches", 0.85, on: [.hash]) { node in
    let batches = node.number(.hashBatches)
    guard batches > 1 else { return nil }
    let peak = node.number(.peakMemoryUsage)
    let needed = peak * batches
    let join = node.parent ?? node
    let temp = node.tempMs(else: 0) + join.tempMs(else: 0)
    return Firing(
      .surely, saves: temp > 0 ? temp : (node.ownMs.value + join.ownMs.value) * 0.5,
      [
        .init("batches", batches, "batches"),
        .init("batches planned", node.number(.originalHashBatches), "batches"),
        .init("peak memory", peak, "kB"), .init("memory needed", needed, "kB"),
        .init("rows hashed", node.rows.value, "rows"),
      ],
      "The hash table did not fit into memory: it was written to temporary files in "
        + "\(Wording.number(batches)) parts, as was the other side.",
      MemoryAdvice.hashMemory(node, kilobytes: needed)
        + " Fewer rows or columns on the build side help too."
    ).doubted(if: needed > 1024 * 1024)
      .information(if: batches == node.number(.originalHashBatches) && node.tempBlocks < 1280)
  }

  static let hashSkew = PlanRule("hash-skew", 0.7, on: [.hash]) { node in
    let memory = node.plan.hashMemoryKB
    guard node.number(.hashBatches) >= 8, node.number(.peakMemoryUsage) > 2 * memory.value else {
      return nil
    }
    return Firing(
      .surely, saves: 0,
      [
        .init("batches", node.number(.hashBatches), "batches"),
        .init("peak memory", node.number(.peakMemoryUsage), "kB"),
        .init("limit", memory.value, "kB"),
      ],
      "One part of the hash table is larger than its memory however often it is split: many rows "
        + "have the "
        + "same key.",
      "More memory will not split them. Aggregate before the join, or treat the frequent key apart."
    ).based(memory.isKnown ? 0.7 : 0.4)
  }

  static let hashBuildSide = PlanRule("hash-build-side", 0.6, on: [.hashJoin]) { node in
    guard let hash = node.inner, let outer = node.outer, outer.truth.isExecuted else { return nil }
    let holds = hash.rows.isAtLeast(100_000) && Holds(hash.rows.value >= 10 * outer.rows.value)
    guard holds != .no else { return nil }
    return Firing(
      holds, saves: hash.ownMs.value,
      [
        .init("rows hashed", hash.rows.value, "rows"),
        .init("rows looked up", outer.rows.value, "rows"),
      ],
      "A table of \(Wording.number(hash.rows.value)) rows is hashed to look up "
        + "\(Wording.number(outer.rows.value)).",
      "The smaller side should be hashed, or the larger one read by an index: see which side's "
        + "estimate is "
        + "wrong."
    ).doubted(if: !node.isText(.joinType, "Inner"))
  }
}

extension NodeReading {
  /// Rows that one pass over the node gives.
  var rowsOfOnePass: Double {
    if kind == .materialize || kind == .memoize, let child = outer {
      return child.rows.value / max(1, child.truth.loops) * max(1, child.truth.processes)
    }
    return rows.value / max(1, truth.loops)
  }

  /// Whether an expression below mentions a column of the other side.
  func refersTo(_ other: NodeReading) -> Bool {
    var names: [[UInt8]] = []
    for node in [other] + other.below {
      guard let alias = node.text(.alias) else { continue }
      names.append(Array((SQLName.quoted(alias) + ".").utf8))
    }
    for node in [self] + below {
      for field in [PlanField.indexCond, .recheckCond, .filter, .cacheKey, .tidCond, .functionCall]
      {
        guard let value = tree.value(node.index, field), value.kind == .string else { continue }
        if names.contains(where: { SubplanName.contains($0, in: tree.bytes[value.text]) }) {
          return true
        }
      }
      // A parameter whose source is not printed.
      if node.has(.tidCond) || node.kind == .subqueryScan && node.has(.filter) { return true }
    }
    return false
  }
}

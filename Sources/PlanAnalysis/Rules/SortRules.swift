/// Sorts that spill or are for nothing, and limits that come late.
enum SortRules {
  static let all = [sortSpill, sortThenLimit, incrementalSortMisled, limitHunt, largeOffset]

  static let sortSpill = PlanRule("sort-spill", 0.9, on: [.sort]) { node in
    let disk = node.diskKilobytes
    guard disk > 0 || node.tempBlocks > 0 else { return nil }
    let perProcess = node.rows.value / max(1, node.truth.loops)
    let needed = max(2 * disk, perProcess * (node.width + 48) / 1024)
    return Firing(
      .surely, saves: node.tempMs(else: 0.6),
      [
        .init("on disk", disk, "kB"), .init("rows sorted", node.rows.value, "rows"),
        .init("memory needed", needed, "kB"), .init("own time", node.ownMs.value, "ms"),
      ],
      "The sort did not fit into work_mem and went through \(Wording.kilobytes(disk)) of "
        + "temporary files.",
      MemoryAdvice.workMem(node, kilobytes: needed)
        + " An index that gives the order, or fewer columns, spares it."
    ).doubted(if: disk < 1024)
  }

  static let sortThenLimit = PlanRule(
    "sort-then-limit", 0.6, on: [.sort], needs: [], readsEstimates: true
  ) { node in
    guard let limit = node.limitAboveSort, let input = node.outer else { return nil }
    let isTop = node.text(.sortMethod)?.hasPrefix("top-N") == true
    guard node.isEstimate || isTop else { return nil }
    let holds =
      input.rows.isAtLeast(100_000) && limit.rows.isAtMost(1000)
      && (node.isEstimate ? Holds(input.isCostly) : node.isWholePart(0.3))
    guard holds != .no else { return nil }
    let columns = node.plainColumns(.sortKey)
    let scan = ([input] + input.below).first { $0.has(.relationName) }
    let isOneTable = input.place.end == input.index + 1 || input.kind.isGather
    let index = columns.flatMap { columns in
      scan.map { IndexAdvice($0, order: columns) }
    }
    return Firing(
      holds, saves: node.wholeMs * 0.9,
      [
        .init("rows sorted", input.rows.value, "rows"),
        .init("rows given", limit.rows.value, "rows"),
        .init("time", node.wholeMs, "ms"),
      ],
      "\(Wording.number(input.rows.value)) rows are read to give the first "
        + "\(Wording.number(limit.rows.value)).",
      "An index on the filter's columns followed by the order's gives them at once."
    ).serving(isOneTable ? index : nil).doubted(if: columns == nil).doubted(if: !isOneTable)
  }

  static let incrementalSortMisled = PlanRule(
    "incremental-sort-misled", 0.6, on: [.incrementalSort]
  ) { node in
    guard node.limitAbove != nil, let input = node.outer else { return nil }
    let groups = node.sortGroups
    guard groups > 0,
      input.rows.value / groups >= 10_000 || groups == 1 && input.rows.value >= 10_000
    else { return nil }
    return .init(
      .surely, saves: node.ownMs.value + input.wholeMs * 0.5,
      [.init("groups", groups, "groups"), .init("rows sorted", input.rows.value, "rows")],
      "The rows come in \(Wording.number(groups)) groups of equal leading keys, "
        + "\(Wording.number(input.rows.value / groups)) rows each: each group is sorted as a "
        + "whole.",
      "An index on all columns of the order, or a better n_distinct for the leading one.")
  }

  static let limitHunt = PlanRule("limit-hunt", 0.75, on: [.limit]) { node in
    guard let child = node.outer, node.rows.value >= node.truth.plannedRows else { return nil }
    // What the scans below looked at; what is behind a sort is read in any case.
    let scanned = ([child] + child.below).filter {
      $0.kind.isScan && $0.limitAbove?.index == node.index
    }
    .reduce(Interval.zero) { $0 + $1.rowsIn }
    let holds = scanned.isAtLeast(50_000) && Holds(scanned.value >= 1000 * max(1, node.rows.value))
    guard holds != .no else { return nil }
    let skipped = child.rows.value - node.rows.value
    return Firing(
      holds, saves: child.wholeMs * 0.9,
      [.init("rows read", scanned.value, "rows"), .init("rows given", node.rows.value, "rows")],
      "\(Wording.number(scanned.value)) rows were looked at until "
        + "\(Wording.number(node.rows.value)) were "
        + "found: because of the limit, a plan that starts fast looked cheap.",
      "An index on the filter's columns followed by the order's finds them directly."
    ).doubted(if: skipped >= 1000)
  }

  static let largeOffset = PlanRule(
    "large-offset", 0.95, on: [.limit], needs: [], readsEstimates: true
  ) { node in
    guard let child = node.outer else { return nil }
    let literal = OffsetClause.value(in: node.tree.documentText(.queryText))
    let skipped: Double
    if node.isEstimate {
      guard let literal, literal >= 1000, node.place.parent < 0 else { return nil }
      skipped = literal
    } else {
      skipped = child.rows.low - node.rows.high
      guard skipped >= 1000, skipped >= 5 * node.rows.value || (literal ?? 0) >= 1000 else {
        return nil
      }
      // A Gather below may give more than is wanted without any offset.
      guard !child.kind.isGather || literal != nil else { return nil }
    }
    let all = skipped + max(1, node.rows.value)
    return Firing(
      .surely, saves: node.wholeMs * skipped / all,
      [.init("rows skipped", skipped, "rows"), .init("rows given", node.rows.value, "rows")],
      "\(Wording.number(skipped)) rows are made and skipped before the first one is given.",
      "Go on from the last row's key (WHERE (key) > (last) ORDER BY key LIMIT n) instead of "
        + "counting rows "
        + "with OFFSET; or skip in an index alone and join the rest."
    ).doubted(if: node.plan.context.isBulkRead)
  }
}

/// The OFFSET of a statement, where it is a literal.
enum OffsetClause {
  static func value(in text: String?) -> Double? {
    guard let text else { return nil }
    let tokens = ExpressionLexer.tokens(Array(text.utf8.prefix(100_000))[...])
    for (index, token) in tokens.enumerated() where token.kind == .word {
      guard token.text.count == 6, token.string.lowercased() == "offset", index + 1 < tokens.count
      else { continue }
      if tokens[index + 1].kind == .number { return Double(tokens[index + 1].string) }
    }
    return nil
  }
}

extension NodeReading {
  /// Temporary file space of a sort, the largest of its processes, in kB.
  var diskKilobytes: Double {
    var most = isText(.sortSpaceType, "Disk") ? number(.sortSpaceUsed) : 0
    for worker in PlanWorker.all(of: index, in: tree)
    where worker.text(.sortSpaceType) == "Disk" {
      most = max(most, worker.number(.sortSpaceUsed)?.value ?? 0)
    }
    return most
  }

  /// The limit that is fed by a sort, over a Gather Merge too.
  var limitAboveSort: NodeReading? {
    guard let above = parent else { return nil }
    if above.kind == .limit { return above }
    return above.kind == .gatherMerge && above.parent?.kind == .limit ? above.parent : nil
  }

  /// Groups of an incremental sort, over the leader and its workers.
  var sortGroups: Double {
    [PlanField.fullSortGroups, .preSortedGroups].reduce(0) { sum, field in
      guard has(field) else { return sum }
      let slot = Int(tree.slots[(index + 1) * PlanReader.slotsPerNode + Int(field.rawValue)])
      return sum + (tree.member(.groupCount, of: slot)?.decimal?.value ?? 0)
    }
  }
}

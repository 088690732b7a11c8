/// Rows: what was printed is a rounded mean over the loops, so totals are intervals; exact
/// neighbours make
/// them narrower.
extension TruthBuilder {
  mutating func countRows() {
    guard tree.has(0, .actualLoops) else {
      for index in nodes.indices {
        nodes[index].rows = Interval(nodes[index].plannedRows * nodes[index].plannedLoops)
      }
      return
    }
    for index in nodes.indices {
      nodes[index].rows = total(index, .actualRows)
      nodes[index].removedByFilter = total(index, .rowsRemovedByFilter)
      nodes[index].removedByJoinFilter = total(index, .rowsRemovedByJoinFilter)
      nodes[index].removedByRecheck = total(index, .rowsRemovedByIndexRecheck)
    }
    // Children first: what they know helps their parents; then back down.
    for index in nodes.indices.reversed() { reconcileFromBelow(index) }
    for index in nodes.indices { reconcileFromAbove(index) }
  }

  /// A mean times the loops: whole rows within the rounding.
  private func total(_ node: Int, _ field: PlanField) -> Interval {
    let loops = nodes[node].loops
    guard loops > 0, let mean = tree.number(node, field) else { return .zero }
    guard loops > 1 else { return Interval(mean.value) }
    let sum = mean.interval * loops
    return Interval(
      low: max(0, sum.low.rounded(.up)), value: max(0, sum.value.rounded()),
      high: max(0, sum.high.rounded(.down)))
  }

  private mutating func reconcileFromBelow(_ node: Int) {
    let kind = tree.nodes[node].kind
    guard kind.isAppend, !tree.has(node, .filter) else { return }
    var sum = Interval.zero
    for child in tree.children(of: node) where tree.nodes[child].relationship == .member {
      sum += nodes[child].rows
    }
    // A limit may leave rows of a member unread.
    guard !nodes[node].isCutShort else { return }
    nodes[node].rows = nodes[node].rows.intersection(sum)
  }

  private mutating func reconcileFromAbove(_ node: Int) {
    switch tree.nodes[node].kind {
    case .nestedLoop: reconcileNestedLoop(node)
    case .gather, .gatherMerge: reconcileGather(node)
    default: break
    }
  }

  /// Each row of the inner side is joined or removed.
  private mutating func reconcileNestedLoop(_ node: Int) {
    guard
      let inner = tree.children(of: node).first(where: {
        tree.nodes[$0].relationship == .inner
      })
    else { return }
    if tree.flag(node, .innerUnique) {
      let loops = nodes[inner].loops
      nodes[inner].rows = nodes[inner].rows.intersection(
        Interval(low: 0, value: nodes[inner].rows.value, high: loops))
    }
    guard tree.text(node, .joinType, is: "Inner") else { return }
    let truth = nodes[node]
    let sum = truth.rows + truth.removedByJoinFilter + truth.removedByFilter
    nodes[inner].rows = nodes[inner].rows.intersection(sum)
  }

  /// Every row that its processes made passed through the Gather.
  private mutating func reconcileGather(_ node: Int) {
    guard !nodes[node].isCutShort, !tree.has(node, .filter) else { return }
    for child in tree.children(of: node) where tree.nodes[child].relationship == .outer {
      nodes[child].rows = nodes[child].rows.intersection(nodes[node].rows)
    }
  }

  // MARK: what was not read to its end

  mutating func markCutShort() {
    for node in tree.nodes where node.parent >= 0 {
      nodes[node.index].isCutShort = isCutShort(node)
    }
  }

  private func isCutShort(_ node: PlanNode) -> Bool {
    let parent = node.parent
    let above = tree.nodes[parent]
    switch node.relationship {
    case .initPlan:
      // EXISTS takes one row; a CTE is read as far as its scans read.
      return SubplanName.isCTE(node.index, in: tree)
        ? nodes[parent].isCutShort || nodes.indices.contains { limitsCTE($0, node) }
        : nodes[node.index].plannedRows > 1
    case .subPlan: return nodes[node.index].plannedRows > 1
    default: break
    }
    switch above.kind {
    case .sort, .hash, .bitmapHeapScan, .bitmapAnd, .bitmapOr, .modifyTable: return false
    case .aggregate where !tree.text(parent, .strategy, is: "Sorted"): return false
    case .limit:
      // Fewer rows than the limit was expected to let through: it was not reached.
      let rows = tree.number(parent, .actualRows)?.value ?? 0
      return nodes[parent].isCutShort || rows >= nodes[parent].plannedRows
    case .mergeJoin: return true
    case .nestedLoop where node.relationship == .inner, .hashJoin where node.relationship == .inner:
      return nodes[parent].isCutShort || tree.flag(parent, .innerUnique)
        || tree.text(parent, .joinType, is: "Semi") || tree.text(parent, .joinType, is: "Anti")
    default: return nodes[parent].isCutShort
    }
  }

  private func limitsCTE(_ node: Int, _ cte: PlanNode) -> Bool {
    tree.nodes[node].kind == .limit && tree.nodes[cte.parent].contains(node)
  }

  // MARK: estimates

  mutating func compareWithEstimate(_ node: Int) {
    let kind = tree.nodes[node].kind
    let truth = nodes[node]
    // Bitmap And and Or report no rows, ModifyTable only with RETURNING.
    guard truth.isExecuted, kind != .bitmapAnd, kind != .bitmapOr, kind != .modifyTable else {
      return
    }
    let rows = truth.rows / truth.loops
    let nearest = min(max(truth.plannedRows, rows.low), rows.high)
    let factor = (nearest + 1) / (truth.plannedRows + 1)
    guard !truth.isCutShort || factor >= 1 else { return }
    nodes[node].misestimate = max(factor, 1 / factor)
    nodes[node].isUnderestimated = factor > 1
  }
}

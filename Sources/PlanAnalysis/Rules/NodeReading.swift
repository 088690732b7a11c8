/// A node as the rules see it: the symbols of a rule's condition.
struct NodeReading: Sendable {
  let plan: PlanReading
  let index: Int

  var tree: PlanTree { plan.tree }
  var truth: NodeTruth { plan.truth.nodes[index] }
  var place: PlanNode { plan.tree.nodes[index] }
  var kind: NodeKind { plan.tree.nodes[index].kind }
  var isEstimate: Bool { !plan.truth.isAnalyzed }

  // MARK: fields

  func has(_ field: PlanField) -> Bool { tree.has(index, field) }
  func text(_ field: PlanField) -> String? { tree.text(index, field) }
  func isText(_ field: PlanField, _ word: StaticString) -> Bool {
    tree.text(index, field, is: word)
  }
  func number(_ field: PlanField) -> Double { tree.number(index, field)?.value ?? 0 }
  func flag(_ field: PlanField) -> Bool { tree.flag(index, field) }

  /// A figure summed over the leader and its workers.
  func sum(_ field: PlanField) -> Double {
    PlanWorker.all(of: index, in: tree).reduce(number(field)) {
      $0 + ($1.number(field)?.value ?? 0)
    }
  }

  /// The largest value over the leader and its workers.
  func most(_ field: PlanField) -> Double {
    PlanWorker.all(of: index, in: tree).reduce(number(field)) {
      max($0, $1.number(field)?.value ?? 0)
    }
  }

  // MARK: figures

  /// Rows out.
  var rows: Interval { truth.rows }
  /// Rows removed by the filter.
  var removed: Interval { truth.removedByFilter }
  /// Rows that were looked at.
  var rowsIn: Interval { truth.rows + truth.removedByFilter + truth.removedByRecheck }
  /// The part of them that came out.
  var keep: Interval { truth.rows.share(with: truth.removedByFilter + truth.removedByRecheck) }
  /// Loops of one process.
  var loops: Double { truth.loops / truth.processes }
  /// Own time in ms, or what stands for it.
  var ownMs: Interval {
    PlanReading.work(index, tree: tree, truth: plan.truth, context: plan.context)
  }
  /// Time with everything below, in ms.
  var wholeMs: Double {
    if let wall = truth.wallMs { return max(0, wall.value) }
    return (index..<place.end).reduce(0.0) { $0 + node($1).ownMs.value }
  }
  /// Own blocks.
  var blocks: Double { Double(max(0, truth.selfBuffers.accessed)) }
  /// Own blocks of temporary files.
  var tempBlocks: Double { Double(max(0, truth.selfBuffers.temp)) }
  /// Expected bytes of a row.
  var width: Double { number(.planWidth) }
  /// By which factor the expected rows were wrong; 1 where that can't be said.
  var misestimate: Double { truth.misestimate ?? 1 }

  /// Whether the node itself is a fair part of the plan.
  func isPart(_ share: Double) -> Holds { ownMs.isAtLeast(plan.totalMs * share) }

  /// The same of the node with everything below it.
  func isWholePart(_ share: Double) -> Holds {
    guard let wall = truth.wallMs else { return Holds(wholeMs >= plan.totalMs * share) }
    return wall.isAtLeast(plan.totalMs * share)
  }

  /// A plan that was not run: the node is most of its cost, and that is not little.
  var isCostly: Bool {
    let cost = truth.selfCost
    return cost >= 10_000 && cost >= 0.5 * (tree.number(0, .totalCost)?.value ?? 0)
  }

  /// Time that temporary files took: measured, else a part of the node's own.
  func tempMs(else share: Double) -> Double {
    let measured = truth.selfIO.temp / truth.processes
    return measured > 0 ? min(measured, ownMs.value) : ownMs.value * share
  }

  // MARK: neighbours

  func node(_ index: Int) -> NodeReading { NodeReading(plan: plan, index: index) }
  var parent: NodeReading? { place.parent < 0 ? nil : node(place.parent) }
  var root: NodeReading { node(0) }

  var children: [NodeReading] { tree.children(of: index).map { node($0) } }

  func child(_ relationship: NodeRelationship) -> NodeReading? {
    tree.children(of: index).first { tree.nodes[$0].relationship == relationship }.map { node($0) }
  }

  var outer: NodeReading? { child(.outer) }
  var inner: NodeReading? { child(.inner) }

  /// The nodes above it, the nearest first.
  var ancestors: [NodeReading] {
    var found: [NodeReading] = []
    var at = place.parent
    while at >= 0, found.count < 64 {
      found.append(node(at))
      at = tree.nodes[at].parent
    }
    return found
  }

  /// The nearest node above for which `condition` holds, through nodes that pass rows on.
  func consumer(where condition: (NodeReading) -> Bool) -> NodeReading? {
    ancestors.prefix(16).first(where: condition)
  }

  /// Below a limit, with nothing in between that reads everything.
  var limitAbove: NodeReading? {
    for above in ancestors {
      switch above.kind {
      case .limit: return above
      case .sort, .aggregate, .hash, .modifyTable, .setOp, .group: return nil
      default: continue
      }
    }
    return nil
  }

  /// All nodes below, itself left out.
  var below: [NodeReading] { (index + 1..<max(index + 1, place.end)).map { node($0) } }

  // MARK: names

  /// The table with its schema, as it is written in SQL.
  var tableName: String {
    let name = SQLName.quoted(text(.relationName) ?? "")
    guard let schema = text(.schema), schema != "public" else { return name }
    return SQLName.quoted(schema) + "." + name
  }

  var conjuncts: [Conjunct] { Conjunct.list(tree, index, .filter) }
}

/// Names as SQL wants them.
enum SQLName {
  static func quoted(_ name: String) -> String {
    let isPlain = name.utf8.enumerated().allSatisfy { index, byte in
      byte == 95 || (97...122).contains(byte) || index > 0 && (48...57).contains(byte)
    }
    if isPlain, !name.isEmpty { return name }
    return "\""
      + name.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}

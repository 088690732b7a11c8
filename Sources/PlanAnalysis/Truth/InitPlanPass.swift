/// Finds the node that evaluated each InitPlan, and moves the InitPlan's time out of it.
///
/// EXPLAIN lists an InitPlan under the node that it is attached to; it runs when a value of it is
/// needed
/// for the first time, inside whichever node needs it. Below a Gather that is the leader, which
/// evaluates it before it starts the workers.
struct InitPlanPass {
  private let tree: PlanTree
  /// Nodes in the order in which they come to evaluate their expressions.
  private var order: [Int] = []

  init(_ tree: PlanTree) {
    self.tree = tree
  }

  /// Of more than these it is not searched who evaluated them: it is said to be the node above.
  private static let initPlansMax = 256

  mutating func run(_ truth: inout TruthBuilder) {
    var count = 0
    for node in tree.nodes where node.relationship == .initPlan {
      guard !SubplanName.isCTE(node.index, in: tree), truth.nodes[node.index].isExecuted else {
        continue
      }
      count += 1
      guard count <= Self.initPlansMax else {
        truth.move(node.index, outOf: node.parent)
        truth.nodes[node.index].isAmbiguous = true
        continue
      }
      if order.isEmpty { order = executionOrder() }
      let found = evaluator(of: node, in: truth)
      truth.move(node.index, outOf: found.node)
      truth.nodes[node.index].isAmbiguous = !found.isCertain
    }
  }

  private func evaluator(
    of initPlan: PlanNode, in truth: TruthBuilder
  ) -> (node: Int, isCertain: Bool) {
    let attach = initPlan.parent
    let names = SubplanName.references(of: initPlan.index, in: tree)
    let below = order.filter {
      tree.nodes[attach].contains($0) && !initPlan.contains($0) && truth.nodes[$0].isExecuted
    }
    var candidates: [Int] = []
    for node in below where names.contains(where: { SubplanName.mentions($0, node, in: tree) }) {
      // Run-time pruning evaluates it before any member does.
      var at = node
      while at != attach {
        at = tree.nodes[at].parent
        if tree.nodes[at].kind.isAppend { candidates.append(gatherAbove(at, below: attach)) }
      }
      candidates.append(gatherAbove(node, below: attach))
    }
    if let node = candidates.first(where: { isHeld($0, initPlan.index, truth) }) {
      return (node, true)
    }
    // Nothing that is printed mentions it: a limit's count, or output without VERBOSE.
    let others = [attach] + below.map { gatherAbove($0, below: attach) }
    if let node = others.first(where: { isHeld($0, initPlan.index, truth) }) {
      return (node, candidates.isEmpty)
    }
    let most = (candidates + others).max {
      (truth.nodes[$0].selfMs?.value ?? 0) < (truth.nodes[$1].selfMs?.value ?? 0)
    }
    return (most ?? attach, false)
  }

  /// The topmost Gather on the way from `node` to `attach`, or the node itself.
  private func gatherAbove(_ node: Int, below attach: Int) -> Int {
    var found = node
    var at = node
    while true {
      if tree.nodes[at].kind.isGather { found = at }
      guard at != attach, tree.nodes[at].parent >= 0 else { return found }
      at = tree.nodes[at].parent
    }
  }

  /// Whether what is left of the node's own figures can hold the InitPlan's.
  private func isHeld(_ node: Int, _ initPlan: Int, _ truth: TruthBuilder) -> Bool {
    guard truth.nodes[node].selfBuffers.covers(truth.nodes[initPlan].buffers) else { return false }
    guard let own = truth.nodes[node].selfMs, let wall = truth.nodes[initPlan].wallMs else {
      return true
    }
    return own.high >= wall.low
  }

  private func executionOrder() -> [Int] {
    var order: [Int] = []
    var stack = [(node: 0, isDone: false)]
    while let (node, isDone) = stack.popLast() {
      if isDone {
        order.append(node)
        continue
      }
      if tree.has(node, .oneTimeFilter) { order.append(node) } else { stack.append((node, true)) }
      var children = Array(tree.children(of: node))
      if tree.nodes[node].kind == .hashJoin {
        children.sort { rank($0) < rank($1) }
      }
      stack.append(contentsOf: children.reversed().map { ($0, false) })
    }
    return order
  }

  /// The inner side of a hash join is built first.
  private func rank(_ node: Int) -> Int {
    switch tree.nodes[node].relationship {
    case .inner: 0
    case .outer: 1
    default: 2
    }
  }
}

/// "Subplan Name", and how expressions refer to it.
enum SubplanName {
  static func isCTE(_ node: Int, in tree: PlanTree) -> Bool {
    tree.nodes[node].relationship == .initPlan
      && tree.text(node, .subplanName)?.hasPrefix("CTE ") == true
  }

  /// The name of the CTE that a node is, without the word.
  static func ofCTE(_ node: Int, in tree: PlanTree) -> String? {
    guard isCTE(node, in: tree) else { return nil }
    return tree.text(node, .subplanName).map { String($0.dropFirst(4)) }
  }

  /// The texts that stand for values of the subplan: `$0`, `$1` up to 16, `(InitPlan 1)` from 17
  /// on.
  static func references(of node: Int, in tree: PlanTree) -> [[UInt8]] {
    guard let name = tree.text(node, .subplanName) else { return [] }
    guard let paren = name.firstIndex(of: "("), name[paren...].hasPrefix("(returns ") else {
      return [Array("(\(name))".utf8)]
    }
    return name[paren...].dropFirst(9).dropLast().split(separator: ",").map { Array($0.utf8) }
  }

  /// Whether a text of the node holds the reference, with no further digit after it.
  static func mentions(_ reference: [UInt8], _ node: Int, in tree: PlanTree) -> Bool {
    var at = tree.nodes[node].value + 1
    let end = tree.values[tree.nodes[node].value].next
    while at < end {
      let value = tree.values[at]
      if value.field == .plans || value.field == .subplanName {
        at = value.next
        continue
      }
      if value.kind == .string, contains(reference, in: tree.bytes[value.text]) { return true }
      at += 1
    }
    return false
  }

  static func contains(_ word: [UInt8], in text: ArraySlice<UInt8>) -> Bool {
    guard let first = word.first, text.count >= word.count else { return false }
    var at = text.startIndex
    while at <= text.endIndex - word.count {
      if text[at] == first, text[at..<(at + word.count)].elementsEqual(word) {
        let next = at + word.count
        if next == text.endIndex || !(48...57).contains(text[next]) || word.last == 41 {
          return true
        }
      }
      at += 1
    }
    return false
  }
}

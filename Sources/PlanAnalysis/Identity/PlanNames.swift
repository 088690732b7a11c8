/// What names in a plan stand for, so that they can be written the same way whatever they are
/// called:
/// relations by name and occurrence, subplans and CTEs by their order.
struct PlanNames {
  private var aliases: [ArraySlice<UInt8>: [UInt8]] = [:]
  private var ctes: [String: Int] = [:]
  private var initPlans: [String: Int] = [:]
  private var subPlans: [String: Int] = [:]
  /// `$0` of version 16 and before: InitPlan and column.
  private var parameters: [ArraySlice<UInt8>: [UInt8]] = [:]
  /// All columns are of one relation: qualifiers say nothing.
  private(set) var isSingleRelation = false

  init(_ tree: PlanTree) {
    var occurrences: [[UInt8]: Int] = [:]
    var known: Set<[UInt8]> = []
    for node in tree.nodes {
      if tree.has(node.index, .subplanName) { addSubplan(node, tree) }
      guard let value = tree.value(node.index, .alias) else { continue }
      let alias = tree.bytes[value.text]
      guard aliases[alias] == nil else { continue }
      var name: [UInt8]
      if let base = Self.memberBase(node.index, tree) {
        name = base + Array("*".utf8)
        name = aliases[name[...]] ?? name
        aliases[base[...]] = aliases[base[...]] ?? name
      } else {
        let relation = self.relation(node.index, tree)
        let count = (occurrences[relation] ?? 0) + 1
        occurrences[relation] = count
        name = relation + Array("#\(count)".utf8)
      }
      aliases[alias] = name
      known.insert(name)
    }
    isSingleRelation = known.count <= 1
  }

  private mutating func addSubplan(_ node: PlanNode, _ tree: PlanTree) {
    guard let name = tree.text(node.index, .subplanName) else { return }
    if let cte = SubplanName.ofCTE(node.index, in: tree) {
      if ctes[cte] == nil { ctes[cte] = ctes.count + 1 }
      return
    }
    let words = name.split(separator: " ", maxSplits: 2)
    guard words.count > 1 else { return }
    let label = String(words[1])
    if words[0] == "InitPlan" {
      let ordinal = initPlans.count + 1
      initPlans[label] = ordinal
      guard words.count > 2 else { return }
      for (column, reference) in SubplanName.references(of: node.index, in: tree).enumerated() {
        parameters[reference[...]] = Array("i\(ordinal).\(column + 1)".utf8)
      }
    } else {
      subPlans[label] = subPlans.count + 1
    }
  }

  /// Of a partition's alias `o_1` below an Append the parent's `o`.
  static func memberBase(_ node: Int, _ tree: PlanTree) -> [UInt8]? {
    guard isBelowAppend(node, tree), let value = tree.value(node, .alias) else { return nil }
    let alias = tree.bytes[value.text]
    var at = alias.endIndex
    while at > alias.startIndex, alias[at - 1] &- 48 < 10 { at -= 1 }
    guard at < alias.endIndex, at > alias.startIndex + 1, alias[at - 1] == 95 else { return nil }
    return Array(alias[..<(at - 1)])
  }

  private static func isBelowAppend(_ node: Int, _ tree: PlanTree) -> Bool {
    var at = node
    for _ in 0..<8 {
      guard tree.nodes[at].parent >= 0 else { return false }
      at = tree.nodes[at].parent
      if tree.nodes[at].kind.isAppend || tree.nodes[at].kind == .modifyTable { return true }
    }
    return false
  }

  /// The name of what a node reads, without dates in it: partitions of other days are the same.
  func relation(_ node: Int, _ tree: PlanTree) -> [UInt8] {
    for field in [PlanField.relationName, .functionName, .tableFunctionName, .tuplestoreName] {
      if let value = tree.value(node, field) { return Self.undated(tree.bytes[value.text]) }
    }
    if let cte = tree.text(node, .cteName) { return Array("cte\(ctes[cte] ?? 0)".utf8) }
    return Array(tree.nodes[node].kind.rawValue.utf8)
  }

  /// Runs of digits and underscores with four digits or more become `#`.
  static func undated(_ name: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(name.count)
    var at = name.startIndex
    while at < name.endIndex {
      var next = at
      var digits = 0
      while next < name.endIndex, name[next] &- 48 < 10 || name[next] == 95 {
        if name[next] != 95 { digits += 1 }
        next += 1
      }
      if digits >= 4 {
        result.append(35)
        at = next
      } else {
        next = max(next, at + 1)
        result += name[at..<next]
        at = next
      }
    }
    return result
  }

  /// What an alias stands for.
  func alias(_ name: ArraySlice<UInt8>) -> [UInt8]? { aliases[name] }

  /// What a `$n` stands for, if it is a value of an InitPlan.
  func parameter(_ name: ArraySlice<UInt8>) -> [UInt8]? { parameters[name] }

  /// Number of a subplan by the label in its name.
  func subplan(_ label: String, isInitPlan: Bool) -> Int {
    (isInitPlan ? initPlans[label] : subPlans[label]) ?? 0
  }

  /// Number of a CTE.
  func cte(_ name: String) -> Int { ctes[name] ?? 0 }
}

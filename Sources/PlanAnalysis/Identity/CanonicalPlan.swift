/// The texts that a plan's hashes are made of.
struct CanonicalPlan {
  private let tree: PlanTree
  private var normalizer: ExpressionNormalizer
  /// Operators only.
  private(set) var shape: [UInt8] = []
  /// With conditions and keys.
  private(set) var plan: [UInt8] = []
  /// The estimates, a line a node.
  private(set) var estimates: [UInt8] = []

  /// A member of an Append that is being written, and where it begins.
  private struct Member {
    var end: Int
    var append: Int
    var shape: Int
    var plan: Int
    var estimates: Int
  }
  private var members: [Member] = []
  /// Members of each open Append that were written before.
  private var shapes: [Int: Set<[UInt8]>] = [:]
  private var plans: [Int: Set<[UInt8]>] = [:]

  init(_ tree: PlanTree) {
    self.tree = tree
    normalizer = ExpressionNormalizer(names: PlanNames(tree))
    shape.reserveCapacity(tree.nodes.count * 48)
    plan.reserveCapacity(tree.nodes.count * 128)
  }

  /// Whether a parameter of the statement was met.
  var isGeneric: Bool { normalizer.hasExternalParameter }

  mutating func write() {
    for node in tree.nodes {
      closeMembers(before: node.index)
      if node.parent >= 0, tree.nodes[node.parent].kind.isAppend, node.relationship == .member {
        members.append(
          Member(
            end: node.end, append: node.parent, shape: shape.count, plan: plan.count,
            estimates: estimates.count))
      }
      line(node)
    }
    closeMembers(before: tree.nodes.count)
  }

  /// Members that are equal to one before them are not written again: how many partitions there
  /// are is not
  /// part of a plan.
  private mutating func closeMembers(before index: Int) {
    while let member = members.last, member.end <= index {
      members.removeLast()
      if !shapes[member.append, default: []].insert(Array(shape[member.shape...])).inserted {
        shape.removeSubrange(member.shape...)
      }
      if !plans[member.append, default: []].insert(Array(plan[member.plan...])).inserted {
        plan.removeSubrange(member.plan...)
        estimates.removeSubrange(member.estimates...)
      }
    }
  }

  private static let operators: [PlanField] = [
    .strategy, .partialMode, .joinType, .operation, .command, .scanDirection, .customPlanProvider,
  ]
  private static let expressions: [PlanField] = [
    .indexCond, .recheckCond, .tidCond, .hashCond, .mergeCond, .filter, .joinFilter, .oneTimeFilter,
    .sortKey, .presortedKey, .groupKey, .cacheKey, .hashKey, .orderBy, .conflictResolution,
    .conflictFilter, .conflictArbiterIndexes,
  ]

  private mutating func line(_ node: PlanNode) {
    let start = shape.count
    shape += Array("\(node.depth) \(node.relationship.rawValue)|".utf8)
    append(node.index, .nodeType)
    for field in Self.operators { append(node.index, field) }
    shape += tree.flag(node.index, .parallelAware) ? Array("|p".utf8) : [124]
    let isMember = PlanNames.memberBase(node.index, tree) != nil
    shape.append(124)
    if let value = tree.value(node.index, .alias),
      let name = normalizer.names.alias(
        tree.bytes[value.text])
    {
      shape += name
    } else {
      shape += normalizer.names.relation(node.index, tree)
    }
    shape.append(124)
    // Of a partition's index its condition says enough.
    if !isMember, !isBelowMember(node), let value = tree.value(node.index, .indexName) {
      shape += PlanNames.undated(tree.bytes[value.text])
    }
    subplan(node.index)
    shape.append(10)
    plan += shape[start...]
    plan.removeLast()
    for field in Self.expressions { expression(node.index, field) }
    groupingSets(node.index)
    plan.append(10)
    estimate(node.index)
  }

  /// A bitmap index scan has no alias: its heap scan is a partition's.
  private func isBelowMember(_ node: PlanNode) -> Bool {
    guard node.kind == .bitmapIndexScan else { return false }
    var at = node.index
    while tree.nodes[at].parent >= 0 {
      at = tree.nodes[at].parent
      if tree.nodes[at].kind == .bitmapHeapScan { return PlanNames.memberBase(at, tree) != nil }
    }
    return false
  }

  private mutating func append(_ node: Int, _ field: PlanField) {
    shape.append(124)
    guard let value = tree.value(node, field) else { return }
    shape += tree.bytes[value.text]
  }

  private mutating func subplan(_ node: Int) {
    shape.append(124)
    guard let name = tree.text(node, .subplanName) else { return }
    if let cte = SubplanName.ofCTE(node, in: tree) {
      shape += Array("cte\(normalizer.names.cte(cte))".utf8)
      return
    }
    let label = name.split(separator: " ").dropFirst().first.map(String.init) ?? ""
    let isInitPlan = tree.nodes[node].relationship == .initPlan
    let ordinal = normalizer.names.subplan(label, isInitPlan: isInitPlan)
    shape += Array((isInitPlan ? "i\(ordinal)" : "s\(ordinal)").utf8)
  }

  private mutating func expression(_ node: Int, _ field: PlanField) {
    guard tree.has(node, field) else { return }
    let own = ownAlias(node)
    for value in tree.elements(node, field) where value.kind == .string {
      let key = PlanField.keys[Int(field.rawValue)]
      plan.append(124)
      plan += UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
      plan.append(58)
      normalizer.append(tree.bytes[value.text], own: own, to: &plan)
    }
  }

  /// The alias of what a scan reads; of a bitmap index scan, its heap scan's.
  private func ownAlias(_ node: Int) -> ArraySlice<UInt8>? {
    var at = node
    while tree.nodes[at].kind == .bitmapIndexScan || tree.nodes[at].kind == .bitmapAnd
      || tree.nodes[at].kind == .bitmapOr, tree.nodes[at].parent >= 0
    {
      at = tree.nodes[at].parent
    }
    return tree.nodes[at].kind.isScan ? tree.value(at, .alias).map { tree.bytes[$0.text] } : nil
  }

  /// An array of objects with the keys of each set: their texts in order.
  private mutating func groupingSets(_ node: Int) {
    guard tree.has(node, .groupingSets) else { return }
    for set in tree.elements(node, .groupingSets) {
      plan += [124, 123]
      var at = set.index + 1
      while at < set.next {
        if tree.values[at].kind == .string {
          plan.append(44)
          normalizer.append(tree.bytes[tree.values[at].text], own: nil, to: &plan)
        }
        at += 1
      }
    }
  }

  private mutating func estimate(_ node: Int) {
    for field in [PlanField.planRows, .totalCost] {
      let value = tree.number(node, field)?.value ?? 0
      estimates += Array("\(Self.rounded(value)) ".utf8)
    }
    estimates.append(10)
  }

  /// Two significant digits: `3.4e5` as `34e4`.
  static func rounded(_ value: Double) -> String {
    guard value >= 1 else { return "0" }
    var mantissa = value
    var exponent = 0
    while mantissa >= 100 {
      mantissa /= 10
      exponent += 1
    }
    return "\(Int(mantissa.rounded()))e\(exponent)"
  }
}

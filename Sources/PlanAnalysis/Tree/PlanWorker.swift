/// The figures of one parallel worker at one node.
struct PlanWorker {
  private let tree: PlanTree
  private let object: Int

  /// A figure of it.
  func number(_ field: PlanField) -> PlanDecimal? { tree.member(field, of: object)?.decimal }

  /// A text of it.
  func text(_ field: PlanField) -> String? {
    guard let value = tree.member(field, of: object), value.kind == .string else { return nil }
    return tree.string(value)
  }

  /// All workers of a node. Version 12 prints the list twice, with other figures.
  static func all(of node: Int, in tree: PlanTree) -> [PlanWorker] {
    guard tree.has(node, .workers) else { return [] }
    return tree.members(of: tree.nodes[node].value)
      .filter { $0.field == .workers }
      .flatMap { tree.members(of: $0.index) }
      .filter { $0.kind == .object }
      .map { PlanWorker(tree: tree, object: $0.index) }
  }
}

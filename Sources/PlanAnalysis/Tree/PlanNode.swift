/// A node's place in the tree.
public struct PlanNode: Sendable {
  /// Its index among the nodes.
  public let index: Int
  /// The index of its parent; -1 for the root.
  public let parent: Int
  /// Nodes above it.
  public let depth: Int
  /// Index after the last node below it.
  public internal(set) var end: Int
  /// What it does.
  public internal(set) var kind = NodeKind.other
  /// What it is to its parent.
  public internal(set) var relationship = NodeRelationship.none
  /// The index of its object.
  let value: Int

  init(index: Int, parent: Int, depth: Int, value: Int) {
    self.index = index
    self.parent = parent
    self.depth = depth
    self.value = value
    end = index + 1
  }

  /// Whether `other` stands below this node, or is it.
  public func contains(_ other: Int) -> Bool { other >= index && other < end }
}

/// The indices of a node's children.
public struct ChildNodes: Sequence, IteratorProtocol, Sendable {
  private let nodes: [PlanNode]
  private var at: Int
  private let end: Int

  init(nodes: [PlanNode], parent: Int) {
    self.nodes = nodes
    at = parent + 1
    end = nodes[parent].end
  }

  /// The next child.
  public mutating func next() -> Int? {
    guard at < end else { return nil }
    defer { at = nodes[at].end }
    return at
  }
}

/// Nodes of a plan's text, put together by their columns.
struct TextTree {
  private struct Node {
    var type: String
    var members: [String]
    /// Where its properties and children begin.
    var column: Int
    var children: [Int] = []
    var workers: [[String]] = []
    /// Of a ModifyTable over several tables.
    var targets: [[String]] = []
  }

  private var nodes: [Node]
  /// From the root to the node that was read last.
  private var path = [0]
  /// `SubPlan 1`, before the node that it is.
  private var label: (text: Substring, column: Int)?

  private static let depthMax = 512

  /// A tree of its first line.
  init(root line: Substring) {
    nodes = [Self.node(line, column: 2)]
  }

  private static func node(_ line: Substring, column: Int) -> Node {
    let reading = NodeReading(line)
    return Node(type: reading?.type ?? "", members: reading?.members ?? [], column: column)
  }

  /// Adds a line that stands at `column`.
  mutating func add(_ content: Substring, column: Int) throws(PlanTextError) {
    if content.hasPrefix("->  "), NodeReading(content.dropFirst(4)) != nil {
      return try addNode(content.dropFirst(4), column: column)
    }
    if isLabel(content), path.contains(where: { nodes[$0].column == column }) {
      label = (content, column)
      return
    }
    while path.count > 1, nodes[path[path.count - 1]].column > column { path.removeLast() }
    let node = path[path.count - 1]
    if content.hasPrefix("Worker "), let colon = content.firstRange(of: ":  ") {
      let number = content[..<colon.lowerBound].dropFirst("Worker ".count)
      guard JSONMember.isNumber(number) else { return }
      nodes[node].workers.append([JSONMember.raw("Worker Number", number)])
      return addToWorker(node, content[colon.upperBound...])
    }
    if nodes[node].type == "ModifyTable", let target = NodeReading.target(content) {
      nodes[node].targets.append(target)
      return
    }
    if column > nodes[node].column, !nodes[node].workers.isEmpty {
      return addToWorker(node, content)
    }
    nodes[node].members += TextProperty.members(content, of: nodes[node].type)
  }

  private mutating func addNode(_ line: Substring, column: Int) throws(PlanTextError) {
    var parentColumn = column
    var relation: [String] = []
    if let label, label.column + 2 == column {
      parentColumn = label.column
      relation = Self.relation(label.text)
    }
    label = nil
    while path.count > 1, nodes[path[path.count - 1]].column > parentColumn { path.removeLast() }
    guard path.count < Self.depthMax else { throw PlanTextError(code: .tooDeep, offset: 0) }
    let parent = path[path.count - 1]
    var node = Self.node(line, column: column + 6)
    if relation.isEmpty { relation = [relationship(to: parent)] }
    node.members += relation
    nodes[parent].children.append(nodes.count)
    path.append(nodes.count)
    nodes.append(node)
  }

  private func isLabel(_ content: Substring) -> Bool {
    ["InitPlan ", "SubPlan ", "CTE "].contains { content.hasPrefix($0) }
      && !content.contains(":")
  }

  private static func relation(_ label: Substring) -> [String] {
    let isSubPlan = label.hasPrefix("SubPlan")
    return [
      JSONMember.text("Parent Relationship", isSubPlan ? "SubPlan" : "InitPlan"),
      JSONMember.text("Subplan Name", label),
    ]
  }

  /// What a child is, which the text does not say.
  private func relationship(to parent: Int) -> String {
    let role: String
    switch nodes[parent].type {
    case "Append", "Merge Append", "BitmapAnd", "BitmapOr": role = "Member"
    case "Subquery Scan": role = "Subquery"
    default:
      let isSecond = nodes[parent].children.contains { child in
        nodes[child].members.contains(JSONMember.text("Parent Relationship", "Outer"))
      }
      role = isSecond ? "Inner" : "Outer"
    }
    return JSONMember.text("Parent Relationship", role)
  }

  private mutating func addToWorker(_ node: Int, _ content: Substring) {
    let last = nodes[node].workers.count - 1
    if content.hasPrefix("actual ") {
      nodes[node].workers[last] += NodeReading.worker(content.dropFirst("actual ".count))
    } else {
      nodes[node].workers[last] += TextProperty.members(content, of: nodes[node].type)
    }
  }

  /// Writes a node and everything below it as JSON.
  func write(_ index: Int, to text: inout String) {
    let node = nodes[index]
    var members = node.members
    for (key, objects) in [("Workers", node.workers), ("Target Tables", node.targets)]
    where !objects.isEmpty {
      let list = objects.map { "{" + $0.joined(separator: ", ") + "}" }
      members.append(JSONMember.raw(key, "[" + list.joined(separator: ", ") + "]"))
    }
    text += "{" + members.joined(separator: ", ")
    if !node.children.isEmpty {
      text += ", \"Plans\": ["
      for (place, child) in node.children.enumerated() {
        if place > 0 { text += ", " }
        write(child, to: &text)
      }
      text += "]"
    }
    text += "}"
  }
}

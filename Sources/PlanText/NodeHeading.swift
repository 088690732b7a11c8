/// The first line of a node: what it is, on what, what it was estimated at and what it took.
enum NodeHeading {
  /// The line of the node `fields`, from which everything that it says is taken.
  static func line(_ fields: inout Fields) -> String {
    let node = fields.text("Node Type") ?? "???"
    let operation = fields.text("Operation")
    var line = fields.flag("Parallel Aware") ? "Parallel " : ""
    if fields.flag("Async Capable") { line += "Async " }
    line += name(node, operation: operation, &fields)
    line += join(node, &fields)
    if let direction = fields.text("Scan Direction"), direction == "Backward" {
      line += " Backward"
    }
    if let index = fields.text("Index Name") {
      let word = node == "Bitmap Index Scan" ? "on" : "using"
      line += " \(word) \(Identifier.quoted(index))"
    }
    if let command = fields.text("Command") { line += " \(command)" }
    line += target(&fields)
    return line + estimate(&fields) + actual(&fields, isRow: true)
  }

  private static func name(
    _ node: String, operation: String?, _ fields: inout Fields
  ) -> String {
    let strategy = fields.text("Strategy")
    let partial = fields.text("Partial Mode")
    let provider = fields.text("Custom Plan Provider")
    switch node {
    case "Aggregate":
      let prefix = partial == nil || partial == "Simple" ? "" : (partial ?? "") + " "
      switch strategy {
      case "Sorted": return prefix + "GroupAggregate"
      case "Hashed": return prefix + "HashAggregate"
      case "Mixed": return prefix + "MixedAggregate"
      default: return prefix + "Aggregate"
      }
    case "SetOp": return strategy == "Hashed" ? "HashSetOp" : "SetOp"
    case "ModifyTable": return operation ?? node
    case "Foreign Scan":
      guard let operation, operation != "Select" else { return node }
      return "Foreign \(operation)"
    case "Custom Scan": return provider.map { "Custom Scan (\($0))" } ?? node
    case "Merge Join": return "Merge"
    case "Hash Join": return "Hash"
    default: return node
    }
  }

  private static func join(_ node: String, _ fields: inout Fields) -> String {
    let type = fields.text("Join Type")
    switch node {
    case "Nested Loop":
      guard let type, type != "Inner" else { return "" }
      return " \(type) Join"
    case "Merge Join", "Hash Join":
      guard let type, type != "Inner" else { return " Join" }
      return " \(type) Join"
    default: return ""
    }
  }

  /// ` on schema.relation alias`, empty for a node that is on nothing.
  static func target(_ fields: inout Fields) -> String {
    let schema = fields.text("Schema")
    let names = ["Relation Name", "Function Name", "Table Function Name", "CTE Name"]
    let object = (names + ["Tuplestore Name"]).reduce(nil as String?) { found, key in
      let name = fields.text(key)
      return found ?? name
    }
    let alias = fields.text("Alias")
    guard object != nil || alias != nil else { return "" }
    var text = " on"
    if let object {
      text += schema.map { " \(Identifier.quoted($0))." } ?? " "
      text += Identifier.quoted(object)
    }
    if let alias, alias != object { text += " \(Identifier.quoted(alias))" }
    return text
  }

  private static func estimate(_ fields: inout Fields) -> String {
    let startup = fields.text("Startup Cost")
    let total = fields.text("Total Cost")
    let rows = fields.text("Plan Rows")
    let width = fields.text("Plan Width")
    guard let startup, let total, let rows, let width else { return "" }
    return "  (cost=\(startup)..\(total) rows=\(rows) width=\(width))"
  }

  /// ` (actual time=… rows=… loops=…)` of a node, without the parentheses of a worker.
  static func actual(_ fields: inout Fields, isRow: Bool) -> String {
    let startup = fields.text("Actual Startup Time")
    let total = fields.text("Actual Total Time")
    let rows = fields.text("Actual Rows")
    let loops = fields.text("Actual Loops")
    guard let rows, let loops else { return "" }
    guard Fields.isPositive(loops) else { return isRow ? " (never executed)" : "" }
    var text = "actual "
    if let startup, let total { text += "time=\(startup)..\(total) " }
    text += "rows=\(rows) loops=\(loops)"
    return isRow ? " (\(text))" : text
  }
}

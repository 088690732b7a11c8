/// What stands below the plan tree: settings, planning, triggers, JIT, times.
enum SummaryLines {
  /// Adds everything that `fields`, the document without its plan, still holds.
  static func add(_ fields: inout Fields, isVerbose: Bool, to lines: inout TextLines) {
    let execution = fields.text("Execution Time")
    if let settings = fields.take("Settings")?.members, !settings.isEmpty {
      let list = settings.map { "\($0.key) = '\($0.value.text)'" }
      lines.line("Settings: \(list.joined(separator: ", "))")
    }
    if let id = fields.text("Query Identifier") { lines.line("Query Identifier: \(id)") }
    if let value = fields.take("Planning") { add(planning: value, to: &lines) }
    if let time = fields.text("Planning Time") { lines.line("Planning Time: \(time) ms") }
    add(triggers: fields.take("Triggers")?.elements ?? [], isVerbose: isVerbose, to: &lines)
    if let jit = fields.take("JIT") { add(jit: jit, to: &lines) }
    if let value = fields.take("Serialization") { add(serialization: value, to: &lines) }
    for (key, value) in fields.rest { lines.property(key, value) }
    if let execution { lines.line("Execution Time: \(execution) ms") }
  }

  /// Adds the lines of `jit`, of the whole plan or of one worker.
  static func add(jit: JSONValue, to lines: inout TextLines) {
    var fields = Fields(jit)
    lines.line("JIT:")
    lines.indent += 1
    if let functions = fields.text("Functions") { lines.line("Functions: \(functions)") }
    if let value = fields.take("Options") {
      let first = ["Inlining", "Optimization", "Expressions"]
      lines.line("Options: \(ordered(value, first, unit: ""))")
    }
    if let value = fields.take("Timing") {
      let first = ["Generation", "Inlining", "Optimization", "Emission"]
      lines.line("Timing: \(ordered(value, first, unit: " ms"))")
    }
    for (key, value) in fields.rest { lines.property(key, value) }
    lines.indent -= 1
  }

  /// `a 1 ms, b 2 ms`: the members `first` in that order, then the others.
  private static func ordered(_ value: JSONValue, _ first: [String], unit: String) -> String {
    var fields = Fields(value)
    var parts: [String] = []
    func add(_ key: String, _ value: JSONValue) {
      guard value.kind == .object else { return parts.append("\(key) \(value.text)\(unit)") }
      var inner = Fields(value)
      let total = inner.text("Total") ?? "?"
      let deform = inner.text("Deform").map { " (Deform \($0)\(unit))" } ?? ""
      parts.append("\(key) \(total)\(unit)\(deform)")
    }
    for key in first {
      if let value = fields.take(key) { add(key, value) }
    }
    for (key, value) in fields.rest { add(key, value) }
    return parts.joined(separator: ", ")
  }

  private static func add(planning: JSONValue, to lines: inout TextLines) {
    var fields = Fields(planning)
    var inner = TextLines()
    inner.indent = lines.indent + 1
    var usage = UsageLines.split(&fields)
    UsageLines.add(&usage, to: &inner)
    if let used = fields.text("Memory Used") {
      let allocated = fields.text("Memory Allocated") ?? "?"
      inner.line("Memory: used=\(used)kB  allocated=\(allocated)kB")
    }
    for (key, value) in fields.rest { inner.property(key, value) }
    guard !inner.text.isEmpty else { return }
    lines.line("Planning:")
    lines.append(inner)
  }

  private static func add(serialization: JSONValue, to lines: inout TextLines) {
    var fields = Fields(serialization)
    let time = fields.text("Time").map { "time=\($0) ms  " } ?? ""
    let volume = fields.text("Output Volume") ?? "?"
    let format = fields.text("Format") ?? "?"
    lines.line("Serialization: \(time)output=\(volume)kB  format=\(format)")
    lines.indent += 1
    UsageLines.add(&fields, to: &lines)
    lines.indent -= 1
  }

  /// The relation is named only where triggers of several fired, the trigger of a constraint only
  /// with VERBOSE.
  private static func add(triggers: [JSONValue], isVerbose: Bool, to lines: inout TextLines) {
    let relations = Set(
      triggers.compactMap { trigger in
        trigger.members.first { $0.key == "Relation" }?.value.text
      })
    for trigger in triggers {
      var fields = Fields(trigger)
      let name = fields.text("Trigger Name")
      let constraint = fields.text("Constraint Name")
      let relation = fields.text("Relation")
      var text = "Trigger"
      if let name, isVerbose || constraint == nil { text += " \(name)" }
      if let constraint { text += " for constraint \(constraint)" }
      if let relation, relations.count > 1 { text += " on \(relation)" }
      let time = fields.text("Time").map { "time=\($0) " } ?? ""
      lines.line("\(text): \(time)calls=\(fields.text("Calls") ?? "?")")
    }
  }
}

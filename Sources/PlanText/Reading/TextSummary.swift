/// What stands around the nodes: statement, settings, triggers, JIT, times. The counterpart of `SummaryLines`.
struct TextSummary {
  /// The statement.
  var query: String?
  private var members: [String] = []
  private var triggers: [String] = []
  private var jit: [String] = []
  private var planning: [String] = []
  /// The heading that indented lines belong to.
  private var part = ""

  /// Adds a line behind the nodes.
  mutating func add(_ content: Substring, column: Int) {
    guard let colon = content.firstRange(of: ":") else { return }
    let key = String(content[..<colon.lowerBound])
    let value = content[colon.upperBound...].drop { $0 == " " }
    if column > 0 {
      if part == "JIT" { add(jit: key, value) }
      if part == "Planning" { planning += TextProperty.members(content, of: "") }
      return
    }
    part = key
    switch key {
    case "Settings": addSettings(value)
    case "Planning Time", "Execution Time":
      let number = value.prefix { $0 != " " }
      if JSONMember.isNumber(number) { members.append(JSONMember.raw(key, number)) }
    case "Query Identifier":
      if JSONMember.isNumber(value) { members.append(JSONMember.raw(key, value)) }
    case _ where key.hasPrefix("Trigger "): addTrigger(key.dropFirst("Trigger ".count), value)
    case _ where key.hasPrefix("Trigger"): addTrigger("", value)
    default: break
    }
  }

  /// Members before the plan.
  var head: String { query.map { JSONMember.text("Query Text", $0) + ", " } ?? "" }

  /// Members behind the plan.
  var tail: String {
    var members = members
    if !planning.isEmpty {
      members.append(JSONMember.raw("Planning", "{" + planning.joined(separator: ", ") + "}"))
    }
    if !triggers.isEmpty {
      members.append(JSONMember.raw("Triggers", "[" + triggers.joined(separator: ", ") + "]"))
    }
    if !jit.isEmpty {
      members.append(JSONMember.raw("JIT", "{" + jit.joined(separator: ", ") + "}"))
    }
    return members.map { ", " + $0 }.joined()
  }

  /// `work_mem = '4MB', jit = 'off'`
  private mutating func addSettings(_ value: Substring) {
    let settings = TextProperty.list(value).compactMap { part -> String? in
      guard let equals = part.firstRange(of: " = '"), part.hasSuffix("'") else { return nil }
      return JSONMember.text(
        String(part[..<equals.lowerBound]), part[equals.upperBound...].dropLast())
    }
    members.append(JSONMember.raw("Settings", "{" + settings.joined(separator: ", ") + "}"))
  }

  /// `name for constraint c on t: time=1.5 calls=2`
  private mutating func addTrigger(_ title: Substring, _ value: Substring) {
    var rest = title
    var trigger: [String] = []
    if let relation = rest.ranges(of: " on ").last {
      trigger.append(JSONMember.text("Relation", rest[relation.upperBound...]))
      rest = rest[..<relation.lowerBound]
    }
    if let constraint = rest.firstRange(of: "for constraint ") {
      trigger.append(JSONMember.text("Constraint Name", rest[constraint.upperBound...]))
      rest = rest[..<constraint.lowerBound]
    }
    let name = rest.split(separator: " ").joined(separator: " ")
    if !name.isEmpty { trigger.append(JSONMember.text("Trigger Name", name)) }
    for word in value.split(separator: " ") {
      let parts = word.split(separator: "=")
      guard parts.count == 2, JSONMember.isNumber(parts[1]) else { continue }
      trigger.append(JSONMember.raw(parts[0] == "time" ? "Time" : "Calls", parts[1]))
    }
    triggers.append("{" + trigger.joined(separator: ", ") + "}")
  }

  private mutating func add(jit key: String, _ value: Substring) {
    switch key {
    case "Functions": if JSONMember.isNumber(value) { jit.append(JSONMember.raw(key, value)) }
    case "Options":
      let options = value.split(separator: ",").map { option in
        let words = option.split(separator: " ")
        return JSONMember.raw(String(words.first ?? ""), words.last == "true" ? "true" : "false")
      }
      jit.append(JSONMember.raw(key, "{" + options.joined(separator: ", ") + "}"))
    case "Timing":
      let times = TextProperty.list(value).compactMap { part -> String? in
        let words = part.split(separator: " ")
        guard words.count >= 3, JSONMember.isNumber(words[1]) else { return nil }
        return JSONMember.raw(String(words[0]), words[1])
      }
      jit.append(JSONMember.raw(key, "{" + times.joined(separator: ", ") + "}"))
    default: break
    }
  }
}

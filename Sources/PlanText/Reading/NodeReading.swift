/// The first line of a node, read: the counterpart of `NodeHeading`.
struct NodeReading {
  /// Its "Node Type".
  private(set) var type = ""
  /// Its members but for the type, as JSON.
  private(set) var members: [String] = []

  /// Nil when the line is no node's.
  init?(_ line: Substring) {
    let figures =
      line.firstRange(of: "  (cost=") ?? line.firstRange(of: "  (actual ")
      ?? line.firstRange(of: "  (never executed)")
    guard let figures else { return nil }
    var heading = line[..<figures.lowerBound]
    let isParallel = take("Parallel ", from: &heading)
    let isAsync = take("Async ", from: &heading)
    guard readName(&heading) else { return nil }
    add(text: "Node Type", type)
    members.append(JSONMember.raw("Parallel Aware", isParallel ? "true" : "false"))
    if isAsync { members.append(JSONMember.raw("Async Capable", "true")) }
    readTarget(heading)
    guard readFigures(line[figures.lowerBound...]) else { return nil }
  }

  // MARK: name

  private func take(_ word: String, from text: inout Substring) -> Bool {
    guard text.hasPrefix(word) else { return false }
    text = text.dropFirst(word.count)
    return true
  }

  private mutating func add(text key: String, _ value: some StringProtocol) {
    members.append(JSONMember.text(key, value))
  }

  private mutating func readName(_ heading: inout Substring) -> Bool {
    if readAggregate(&heading) || readJoin(&heading) || readWrite(&heading) { return true }
    for (word, strategy) in [("HashSetOp", "Hashed"), ("SetOp", "Sorted")]
    where take(word, from: &heading) {
      type = "SetOp"
      add(text: "Strategy", strategy)
      if heading.first == " " { add(text: "Command", heading.dropFirst()) }
      heading = ""
      return true
    }
    if take("Custom Scan (", from: &heading) {
      guard let close = heading.firstIndex(of: ")") else { return false }
      type = "Custom Scan"
      add(text: "Custom Plan Provider", heading[..<close])
      heading = heading[close...].dropFirst()
      return true
    }
    guard let name = Self.names.first(where: { Self.begins(heading, $0) }) else { return false }
    type = name
    heading = heading.dropFirst(name.count)
    guard name.hasPrefix("Index") else { return true }
    add(text: "Scan Direction", take(" Backward", from: &heading) ? "Backward" : "Forward")
    if take(" using ", from: &heading) { add(text: "Index Name", Self.identifier(&heading)) }
    return true
  }

  private mutating func readAggregate(_ heading: inout Substring) -> Bool {
    let saved = heading
    var mode = "Simple"
    for word in ["Partial", "Finalize"] where take(word + " ", from: &heading) { mode = word }
    for (word, strategy) in [
      ("GroupAggregate", "Sorted"), ("HashAggregate", "Hashed"), ("MixedAggregate", "Mixed"),
      ("Aggregate", "Plain"),
    ] where take(word, from: &heading) {
      type = "Aggregate"
      add(text: "Strategy", strategy)
      add(text: "Partial Mode", mode)
      return true
    }
    heading = saved
    return false
  }

  private mutating func readJoin(_ heading: inout Substring) -> Bool {
    for (word, name) in [
      ("Nested Loop", "Nested Loop"), ("Merge", "Merge Join"), ("Hash", "Hash Join"),
    ] where heading.hasPrefix(word) {
      let rest = heading.dropFirst(word.count)
      let kind = Self.joins.first { rest == ($0 == "Inner" ? " Join" : " \($0) Join") }
      guard let kind = kind ?? (name == "Nested Loop" && rest.isEmpty ? "Inner" : nil) else {
        continue
      }
      type = name
      add(text: "Join Type", kind)
      heading = ""
      return true
    }
    return false
  }

  private mutating func readWrite(_ heading: inout Substring) -> Bool {
    for word in ["Insert", "Update", "Delete", "Merge"] {
      for (prefix, name) in [("", "ModifyTable"), ("Foreign ", "Foreign Scan")]
      where Self.begins(heading, prefix + word)
        && heading.dropFirst(prefix.count + word.count)
          .hasPrefix(" on ")
      {
        heading = heading.dropFirst(prefix.count + word.count)
        type = name
        add(text: "Operation", word)
        return true
      }
    }
    return false
  }

  /// The word, and nothing else behind it but what it is on.
  private static func begins(_ heading: Substring, _ word: String) -> Bool {
    guard heading.hasPrefix(word) else { return false }
    let rest = heading.dropFirst(word.count)
    return rest.isEmpty || rest.first == " "
  }

  private static let joins = [
    "Inner", "Left", "Full", "Right", "Semi", "Anti", "Right Semi", "Right Anti",
  ]

  /// Longer names come before those that they begin with.
  private static let names = [
    "Result", "ProjectSet", "Merge Append", "Append", "Recursive Union", "BitmapAnd", "BitmapOr",
    "Seq Scan", "Sample Scan", "Gather Merge", "Gather", "Index Only Scan", "Index Scan",
    "Bitmap Index Scan", "Bitmap Heap Scan", "Tid Range Scan", "Tid Scan", "Subquery Scan",
    "Function Scan", "Table Function Scan", "Values Scan", "CTE Scan", "Named Tuplestore Scan",
    "WorkTable Scan", "Foreign Scan", "Materialize", "Memoize", "Incremental Sort", "Sort",
    "Group", "WindowAgg", "Unique", "LockRows", "Limit", "Hash",
  ]

  // MARK: what it is on

  private mutating func readTarget(_ heading: Substring) {
    var rest = heading
    guard take(" on ", from: &rest) else { return }
    let first = Self.identifier(&rest)
    switch type {
    case "Bitmap Index Scan": return add(text: "Index Name", first)
    case "Subquery Scan", "Values Scan": return add(text: "Alias", first)
    default: break
    }
    var object = first
    if take(".", from: &rest) {
      add(text: "Schema", first)
      object = Self.identifier(&rest)
    }
    let key =
      switch type {
      case "Function Scan": "Function Name"
      case "Table Function Scan": "Table Function Name"
      case "CTE Scan", "WorkTable Scan": "CTE Name"
      case "Named Tuplestore Scan": "Tuplestore Name"
      default: "Relation Name"
      }
    add(text: key, object)
    add(text: "Alias", take(" ", from: &rest) ? Self.identifier(&rest) : object)
  }

  /// Takes a name, in quotes or up to a point or blank.
  private static func identifier(_ text: inout Substring) -> String {
    guard text.first == "\"" else {
      let name = text.prefix { $0 != "." && $0 != " " }
      text = text.dropFirst(name.count)
      return String(name)
    }
    var name = ""
    text = text.dropFirst()
    while let character = text.popFirst() {
      guard character == "\"" else {
        name.append(character)
        continue
      }
      guard text.first == "\"" else { break }
      name.append(character)
      text = text.dropFirst()
    }
    return name
  }

  // MARK: figures

  private mutating func readFigures(_ text: Substring) -> Bool {
    var rest = text.drop { $0 == " " }
    if take("(cost=", from: &rest) {
      guard let close = rest.firstIndex(of: ")"),
        add(
          numbers: Self.pieces(rest[..<close], labels: ["", "..", " rows=", " width="]),
          ["Startup Cost", "Total Cost", "Plan Rows", "Plan Width"])
      else { return false }
      rest = rest[close...].dropFirst().drop { $0 == " " }
    }
    if take("(never executed)", from: &rest) {
      members.append(JSONMember.raw("Actual Rows", "0"))
      members.append(JSONMember.raw("Actual Loops", "0"))
      return true
    }
    guard take("(actual ", from: &rest), let close = rest.firstIndex(of: ")") else { return true }
    return readActual(rest[..<close])
  }

  /// `time=0.1..0.2 rows=3 loops=1`, the time only where it was measured.
  mutating func readActual(_ text: Substring) -> Bool {
    if text.hasPrefix("time=") {
      return add(
        numbers: Self.pieces(text, labels: ["time=", "..", " rows=", " loops="]),
        ["Actual Startup Time", "Actual Total Time", "Actual Rows", "Actual Loops"])
    }
    return add(
      numbers: Self.pieces(text, labels: ["rows=", " loops="]), ["Actual Rows", "Actual Loops"])
  }

  private mutating func add(numbers: [Substring]?, _ keys: [String]) -> Bool {
    guard let numbers, numbers.allSatisfy({ JSONMember.isNumber($0) }) else { return false }
    for (key, number) in zip(keys, numbers) { members.append(JSONMember.raw(key, number)) }
    return true
  }

  /// What stands between and behind the labels; nil when one is missing.
  private static func pieces(_ text: Substring, labels: [String]) -> [Substring]? {
    guard let first = labels.first, text.hasPrefix(first) else { return nil }
    var rest = text.dropFirst(first.count)
    var pieces: [Substring] = []
    for label in labels.dropFirst() {
      guard let range = rest.firstRange(of: label) else { return nil }
      pieces.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    return pieces + [rest]
  }

  /// The members of a table that a ModifyTable writes to: `Update on part_1`; nil when the line is something else.
  static func target(_ line: Substring) -> [String]? {
    var reading = NodeReading()
    var rest = line
    guard !line.contains(": "), reading.readWrite(&rest) else { return nil }
    reading.members = []
    reading.readTarget(rest)
    return reading.members
  }

  /// The members that `text` behind `actual ` gives a worker; none when it is something else.
  static func worker(_ text: Substring) -> [String] {
    var reading = NodeReading()
    return reading.readActual(text) ? reading.members : []
  }

  private init() {}
}

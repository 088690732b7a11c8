/// The JSON form of EXPLAIN, made from its text form as far as the text says it.
///
/// What the text leaves out (zeros, schemas without VERBOSE) is left out; what it does not name is told from where
/// it stands, as which child of a join is the inner one. Lines that are not known are kept as `Key: value`.
public enum ExplainReading {
  /// The document for the plan in `text`, UTF-8, as auto_explain or EXPLAIN writes it.
  ///
  /// Throws `noPlan` when no line is a node, `tooDeep`.
  public static func json(text: [UInt8]) throws(PlanTextError) -> [UInt8] {
    let lines = String(decoding: text, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map { $0.hasSuffix("\r") ? $0.dropLast() : $0 }
    // A statement can hold what looks like a plan: its own comes last.
    guard let root = lines.lastIndex(where: { isRoot($0) }) else {
      throw PlanTextError(code: .noPlan, offset: 0)
    }
    var tree = TextTree(root: lines[root])
    var summary = TextSummary()
    summary.query = query(lines[..<root])
    var isBelow = false
    for line in lines[(root + 1)...] {
      let content = line.drop { $0 == " " }
      let column = line.count - content.count
      guard !content.isEmpty else { continue }
      if column == 0 { isBelow = true }
      if isBelow {
        summary.add(content, column: column)
      } else {
        try tree.add(content, column: column)
      }
    }
    var text = "{"
    text += summary.head
    text += "\"Plan\": "
    tree.write(0, to: &text)
    text += summary.tail
    text += "}"
    return Array(text.utf8)
  }

  private static func isRoot(_ line: Substring) -> Bool {
    guard let first = line.first, first != " ", !line.hasPrefix("Query Text: ") else {
      return false
    }
    return NodeReading(line) != nil
  }

  /// The statement, over as many lines as it has.
  private static func query(_ lines: ArraySlice<Substring>) -> String? {
    let label = "Query Text: "
    guard let start = lines.firstIndex(where: { $0.hasPrefix(label) }) else { return nil }
    let end =
      lines[start...].firstIndex { $0.hasPrefix("Query Parameters: ") } ?? lines.endIndex
    return String(lines[start..<end].joined(separator: "\n").dropFirst(label.count))
  }
}

/// JSON text, written member by member.
enum JSONMember {
  /// `"key": ` and the string.
  static func text(_ key: String, _ value: some StringProtocol) -> String {
    "\(string(key)): \(string(value))"
  }

  /// `"key": ` and a value that is JSON already.
  static func raw(_ key: String, _ value: some StringProtocol) -> String {
    "\(string(key)): \(value)"
  }

  /// A JSON string.
  static func string(_ text: some StringProtocol) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }

  /// Whether the text is a number as JSON writes one.
  static func isNumber(_ text: some StringProtocol) -> Bool {
    var digits = text[...]
    if digits.first == "-" { digits = digits.dropFirst() }
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    return 1...2 ~= parts.count
      && parts.allSatisfy { part in
        !part.isEmpty && part.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
      } && !(parts[0].count > 1 && parts[0].hasPrefix("0"))
  }
}

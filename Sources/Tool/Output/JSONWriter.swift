/// Writes results as JSON: ids as strings, times as RFC 3339, durations as numbers of ms.
///
/// What could harm a terminal is written as `\uXXXX`, which changes no value.
enum JSONWriter {
  /// The whole document as one value.
  static func document(_ document: Document) -> String {
    if let only = document.parts.first, document.parts.count == 1, only.name == nil {
      return pretty(only.content) + "\n"
    }
    var members: [String] = []
    for part in document.parts {
      if let name = part.name {
        members.append("\(string(name)): \(indented(pretty(part.content)))")
      } else if case .record(let values) = part.content {
        members += values.map { "\(string($0.0.name)): \(value($0.1))" }
      } else {
        members.append("\(string("rows")): \(indented(pretty(part.content)))")
      }
    }
    return "{\n  " + members.joined(separator: ",\n  ") + "\n}\n"
  }

  /// A line a row; where there are several parts each line says in `part` which one it is of.
  static func lines(_ document: Document) -> String {
    let isNamed = document.parts.count > 1
    var text = ""
    for part in document.parts {
      let prefix = isNamed ? ["\(string("part")): \(string(part.name ?? "main"))"] : []
      switch part.content {
      case .table(let columns, let rows):
        for row in rows {
          text += object(prefix + members(columns, row)) + "\n"
        }
      case .record(let values):
        text += object(prefix + members(values.map(\.0), values.map(\.1))) + "\n"
      case .block(let cell):
        text += object(prefix + ["\(string(part.name ?? "text")): \(value(cell))"]) + "\n"
      }
    }
    return text
  }

  private static func pretty(_ content: Document.Content) -> String {
    switch content {
    case .table(let columns, let rows):
      if rows.isEmpty { return "[]" }
      let lines = rows.map { "  " + object(members(columns, $0)) }
      return "[\n" + lines.joined(separator: ",\n") + "\n]"
    case .record(let values):
      let lines = members(values.map(\.0), values.map(\.1)).map { "  " + $0 }
      return "{\n" + lines.joined(separator: ",\n") + "\n}"
    case .block(let cell): return value(cell)
    }
  }

  private static func members(_ columns: [Document.Column], _ row: [Cell]) -> [String] {
    zip(columns, row).map { "\(string($0.name)): \(value($1))" }
  }

  private static func object(_ members: [String]) -> String {
    "{" + members.joined(separator: ", ") + "}"
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n  ")
  }

  /// One value.
  static func value(_ cell: Cell) -> String {
    switch cell {
    case .none: "null"
    case .text(let text), .block(let text): string(text)
    case .count(let count): String(count)
    case .ms(let number), .share(let number): Number.json(number)
    case .flag(let flag): flag ? "true" : "false"
    case .list(let list): "[" + list.map { $0.map(string) ?? "null" }.joined(separator: ", ") + "]"
    case .json(let json): harmless(json)
    }
  }

  /// A string with its quotes.
  static func string(_ text: String) -> String {
    var out = "\"".unicodeScalars
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        out.append("\\")
        out.append(scalar)
      case "\n": out.append(contentsOf: "\\n".unicodeScalars)
      case "\t": out.append(contentsOf: "\\t".unicodeScalars)
      case "\r": out.append(contentsOf: "\\r".unicodeScalars)
      default: append(scalar, to: &out)
      }
    }
    out.append("\"")
    return String(out)
  }

  /// A JSON document whose harmful characters, which can only stand in its strings, are escaped.
  static func harmless(_ json: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in json.unicodeScalars {
      if scalar == "\n" || scalar == "\t" || scalar == "\r" {
        out.append(" ")
      } else {
        append(scalar, to: &out)
      }
    }
    return String(out)
  }

  private static func append(_ scalar: Unicode.Scalar, to out: inout String.UnicodeScalarView) {
    guard SafeText.isHarmful(scalar) else { return out.append(scalar) }
    for unit in String(Character(scalar)).utf16 {
      let digits = String(unit, radix: 16)
      let escape = "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      out.append(contentsOf: escape.unicodeScalars)
    }
  }
}

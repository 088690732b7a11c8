/// The lines of a plan's text, indented by two spaces a step.
struct TextLines {
  private(set) var text = ""
  /// Steps before the next line.
  var indent = 0
  /// What stands before the next line, once: `Worker 0:  `.
  private var prefix: String?

  /// Adds one line.
  mutating func line(_ content: String) {
    text += String(repeating: "  ", count: indent)
    if let prefix {
      text += prefix
      indent += 1
      self.prefix = nil
    }
    text += content
    text += "\n"
  }

  /// Adds lines that are indented already.
  mutating func append(_ other: TextLines) { text += other.text }

  /// Adds `key: value`, lists separated by commas; an object becomes a heading with lines below it.
  mutating func property(_ key: String, _ value: JSONValue) {
    switch value.kind {
    case .object:
      line("\(key):")
      indent += 1
      for (key, value) in value.members { property(key, value) }
      indent -= 1
    case .array where value.elements.contains(where: { $0.kind == .object }):
      for (index, element) in value.elements.enumerated() { property("\(key) \(index)", element) }
    default: line("\(key): \(TextLines.list(value))")
    }
  }

  /// The elements of a list separated by commas; the text of anything else.
  static func list(_ value: JSONValue) -> String {
    value.kind == .array ? value.elements.map(\.text).joined(separator: ", ") : value.text
  }

  /// Writes what `body` adds behind `Worker n:  `, further lines a step deeper.
  mutating func worker(_ number: String, _ body: (inout TextLines) -> Void) {
    let saved = indent
    prefix = "Worker \(number):  "
    body(&self)
    prefix = nil
    indent = saved
  }
}

internal import SQLText

/// The names in what a model was told: those that its answer may use.
struct KnownNames: Sendable, Equatable {
  /// In lower case: an answer may write a name as it likes.
  private(set) var words: Set<String> = []

  /// Adds names and words of a SQL text.
  mutating func add(sql text: String) {
    for word in Self.words(of: text) { words.insert(word) }
  }

  /// Adds what stands in the strings of a plan, but for keys and for PostgreSQL's own words.
  mutating func add(planJSON text: String) {
    let bytes = Array(text.utf8)
    var (at, key) = (0, "")
    while at < bytes.count {
      guard bytes[at] == UInt8(ascii: "\"") else {
        at += 1
        continue
      }
      let start = at + 1
      at = start
      while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
        at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
      }
      let string = String(decoding: bytes[start..<min(at, bytes.count)], as: UTF8.self)
      at += 1
      var next = at
      while next < bytes.count, bytes[next] == UInt8(ascii: " ") { next += 1 }
      if next < bytes.count, bytes[next] == UInt8(ascii: ":") {
        key = string
      } else if !Self.fixedKeys.contains(key) {
        // An escaped quote is the quote of a name within an expression.
        add(
          sql: string.split(separator: "\\\"", omittingEmptySubsequences: false).joined(
            separator: "\""))
      }
    }
  }

  /// Whether `name`, which may be qualified and quoted, is made of known words only.
  func contains(name: String) -> Bool {
    let parts = Self.words(of: name)
    return !parts.isEmpty && parts.allSatisfy { words.contains($0) }
  }

  /// Names and words of a text in lower case; the name in quotes as one.
  static func words(of text: String) -> [String] {
    tokens(of: text).compactMap { token in
      switch token.kind {
      case .word: token.text.lowercased()
      case .quotedName: unquoted(token.text)
      default: nil
      }
    }
  }

  /// All tokens of a text.
  static func tokens(of text: String) -> [(kind: SQLTokenKind, text: String)] {
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBufferPointer { buffer in
      var tokens: [(kind: SQLTokenKind, text: String)] = []
      var lexer = SQLLexer(buffer)
      while true {
        let token = lexer.next()
        guard token.kind != .endOfText, token.end > token.start else { return tokens }
        tokens.append(
          (token.kind, String(decoding: buffer[token.start..<token.end], as: UTF8.self)))
      }
    }
  }

  static func unquoted(_ name: String) -> String {
    var name = name.lowercased()
    if name.hasSuffix("\"") { name.removeLast() }
    if let quote = name.firstIndex(of: "\"") { name = String(name[name.index(after: quote)...]) }
    return name.split(separator: "\"\"", omittingEmptySubsequences: false).joined(separator: "\"")
  }

  /// Keys of a plan whose values are PostgreSQL's own words.
  private static let fixedKeys: Set<String> = [
    "Node Type", "Parent Relationship", "Join Type", "Strategy", "Partial Mode", "Command",
    "Operation", "Scan Direction", "Sort Method", "Sort Space Type", "Cache Mode", "Storage",
    "Format",
  ]
}

internal import SQLText

/// Which statements an answer may propose: one that makes an index, or gathers statistics, on what the model
/// was told of. Nothing that takes away, changes or calls anything gets through.
enum StatementCheck {
  /// Throws `forbiddenStatement` or `unknownName`.
  static func check(_ statement: String, _ names: KnownNames) throws(Rejection) {
    guard !statement.unicodeScalars.contains(where: { TextCheck.isControl($0, allowing: "\n\t") }),
      !statement.contains("--"), !statement.contains("/*")
    else { throw .forbiddenStatement }
    var tokens = KnownNames.tokens(of: statement)
    if tokens.last?.text == ";" { tokens.removeLast() }
    let words = tokens.map { $0.kind == .word ? $0.text.lowercased() : $0.text }
    guard let first = words.first,
      first == "analyze" || first == "vacuum" || words.starts(with: ["create", "index"])
    else { throw .forbiddenStatement }
    for (place, token) in tokens.enumerated() {
      switch token.kind {
      case .word:
        // Where a name has to stand a word of SQL is no name.
        guard Vocabulary.statementWords.contains(words[place]) || names.words.contains(words[place])
        else { throw .unknownName }
      case .quotedName:
        guard names.words.contains(KnownNames.unquoted(token.text)) else { throw .unknownName }
      case .number: break
      case .symbol, .cast, .punctuation:
        guard token.text != ";" else { throw .forbiddenStatement }
      default: throw .forbiddenStatement
      }
    }
    // The query itself may have these words, and so they would count as names.
    guard !words.contains("drop"), !words.contains("delete"), !words.contains("truncate") else {
      throw .forbiddenStatement
    }
  }
}

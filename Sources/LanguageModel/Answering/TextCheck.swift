/// What the sentences of an answer may say. Words of a language can't be told from names; what is written as
/// code can: in backticks or double quotes, with an underscore, or qualified with a dot.
enum TextCheck {
  /// Throws `forbiddenText` or `unknownName`.
  static func check(_ text: String, _ names: KnownNames) throws(Rejection) {
    guard !text.unicodeScalars.contains(where: { isControl($0, allowing: "\n\t") }) else {
      throw .forbiddenText
    }
    let lower = text.lowercased()
    let plain = lower.split(whereSeparator: { $0.isWhitespace }).joined(separator: " ")
    guard !links.contains(where: lower.contains), !orders.contains(where: plain.contains) else {
      throw .forbiddenText
    }
    for code in marked(text) {
      for word in KnownNames.words(of: code) where !isKnown(word, names) { throw .unknownName }
    }
    for name in nameLike(lower) where !isKnown(name, names) { throw .unknownName }
  }

  /// Whether a terminal or a log could take it for more than text; `allowing` are exceptions. Directions of
  /// writing can hide what stands there.
  static func isControl(_ scalar: Unicode.Scalar, allowing: String) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate:
      !allowing.unicodeScalars.contains(scalar)
    default: false
    }
  }

  private static func isKnown(_ word: String, _ names: KnownNames) -> Bool {
    names.words.contains(word) || Vocabulary.textWords.contains(word)
  }

  /// What stands in backticks or double quotes; a quote that nothing closes reaches to the end.
  static func marked(_ text: String) -> [String] {
    var (found, quote, inside): ([String], Character?, String) = ([], nil, "")
    for character in text {
      if let open = quote {
        if character == open {
          found.append(open == "\"" ? "\"" + inside + "\"" : inside)
          (quote, inside) = (nil, "")
        } else {
          inside.append(character)
        }
      } else if character == "`" || character == "\"" {
        quote = character
      }
    }
    if quote != nil { found.append(inside) }
    return found
  }

  /// Parts of words outside of English: with an underscore or with a dot within. Parts of one letter are
  /// aliases, or as in "e.g.".
  static func nameLike(_ lower: String) -> [String] {
    var found: [String] = []
    for run in lower.split(whereSeparator: { !isNamePart($0) }) {
      let parts = run.split(separator: ".")
      guard parts.count > 1 || run.contains("_") else { continue }
      for part in parts where part.count > 1 && !part.allSatisfy(\.isNumber) {
        found.append(String(part))
      }
    }
    return found
  }

  private static func isNamePart(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_" || character == "."
      || character == "$"
  }

  private static let links = ["://", "www.", "mailto:"]
  private static let orders = [
    "drop table", "drop database", "drop schema", "drop role", "drop user", "drop owned",
    "truncate ",
    "delete from", "alter system", "alter role", "alter user", "create user", "create role",
    "grant all",
    "grant select", "from program", "to program", "pg_terminate", "pg_read", "lo_export", "do $$",
    "fsync",
    "full_page_writes", "ignore previous", "ignore all previous",
  ]
}

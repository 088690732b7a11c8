extension SQLText {
  /// The kind of a statement (of a message: of its first) in lower case: `select`, `insert`,
  /// `create table`, `prepare`, …; of WITH that of the query behind it; `empty` for a text without
  /// a token, `other` for one that begins with none of PostgreSQL's commands.
  public static func kind(_ statement: UnsafeBufferPointer<UInt8>) -> String {
    guard let base = statement.baseAddress else { return "empty" }
    switch traits(statement).leading {
    case .empty: return "empty"
    case .other: return otherKind(base, statement)
    case .with: return mainVerb(base, statement)
    case .prepareTransaction: return "prepare transaction"
    case .rollbackTo: return "rollback to savepoint"
    case .finishPrepared: return finishKind(base, statement)
    case .create, .alter, .drop: return objectKind(base, statement)
    case .refresh: return "refresh materialized view"
    case let leading: return "\(leading)"
    }
  }

  /// The verb behind WITH: the first at depth 0.
  private static func mainVerb(
    _ base: UnsafePointer<UInt8>, _ statement: UnsafeBufferPointer<UInt8>
  ) -> String {
    var lexer = SQLLexer(statement)
    var depth = 0
    // In `(WITH …)` the verb stands within the parentheses that were skipped.
    var first = lexer.next()
    while isPunctuation(base, first, 0x28) { first = lexer.next() }
    while true {
      let token = lexer.next()
      if token.kind == .endOfText { return "select" }
      if isPunctuation(base, token, 0x28) { depth += 1 }
      if isPunctuation(base, token, 0x29) { depth -= 1 }
      guard depth == 0, token.kind == .word else { continue }
      switch Words.pack(base, token) {
      case Words.pack("select"), Words.pack("values"), Words.pack("table"): return "select"
      case Words.pack("insert"): return "insert"
      case Words.pack("update"): return "update"
      case Words.pack("delete"): return "delete"
      case Words.pack("merge"): return "merge"
      default: continue
      }
    }
  }

  private static func finishKind(
    _ base: UnsafePointer<UInt8>, _ statement: UnsafeBufferPointer<UInt8>
  ) -> String {
    var lexer = SQLLexer(statement)
    return Words.pack(base, lexer.next()) == Words.pack("commit")
      ? "commit prepared" : "rollback prepared"
  }

  private static func otherKind(
    _ base: UnsafePointer<UInt8>, _ statement: UnsafeBufferPointer<UInt8>
  ) -> String {
    var lexer = SQLLexer(statement)
    let token = lexer.next()
    guard token.kind == .word else { return "other" }
    for verb in verbs where Words.matches(base, token, verb) { return "\(verb)" }
    return "other"
  }

  /// CREATE, ALTER or DROP with the kind of object.
  private static func objectKind(
    _ base: UnsafePointer<UInt8>, _ statement: UnsafeBufferPointer<UInt8>
  ) -> String {
    var lexer = SQLLexer(statement)
    let verb = lexer.next()
    let verbText = String(
      decoding: statement[verb.start..<verb.end].map { Words.lower($0) }, as: UTF8.self)
    var tokens: [SQLToken] = []
    while tokens.count < 8 {
      let token = lexer.next()
      guard token.kind == .word else { break }
      tokens.append(token)
    }
    for start in tokens.indices {
      if adjectives.contains(where: { Words.matches(base, tokens[start], $0) }) { continue }
      for object in objects where begins(base, tokens[start...], object) {
        return verbText + " " + object.map { "\($0)" }.joined(separator: " ")
      }
      break
    }
    return verbText
  }

  private static func begins(
    _ base: UnsafePointer<UInt8>, _ tokens: ArraySlice<SQLToken>, _ words: [StaticString]
  ) -> Bool {
    guard tokens.count >= words.count else { return false }
    return zip(tokens, words).allSatisfy { Words.matches(base, $0, $1) }
  }

  private static let verbs: [StaticString] = [
    "comment", "grant", "revoke", "cluster", "reindex", "checkpoint", "load", "reassign", "import",
    "security", "unlisten",
  ]

  // Words between the verb and the object; none of them names an object itself.
  private static let adjectives: [StaticString] = [
    "or", "replace", "temp", "temporary", "unlogged", "global", "local", "unique", "recursive",
    "constraint", "trusted", "procedural", "default", "if", "not", "exists",
  ]

  private static let objects: [[StaticString]] = [
    ["table"], ["index"], ["materialized", "view"], ["view"], ["function"], ["procedure"],
    ["trigger"], ["event", "trigger"], ["sequence"], ["schema"], ["database"], ["role"],
    ["user", "mapping"],
    ["user"],
    ["extension"], ["type"], ["domain"], ["aggregate"], ["operator"], ["cast"], ["collation"],
    ["conversion"], ["group"], ["language"], ["policy"], ["publication"], ["subscription"],
    ["rule"], ["server"], ["statistics"], ["tablespace"], ["transform"], ["routine"], ["system"],
    ["privileges"], ["foreign", "table"], ["foreign", "data", "wrapper"], ["access", "method"],
    ["text", "search"], ["large", "object"], ["owned"],
  ]
}

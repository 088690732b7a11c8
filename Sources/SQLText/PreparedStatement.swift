extension SQLText {
  /// Where the query of `PREPARE name [(types)] AS query` stands: from its first token to the end
  /// of the statement, without white space and semicolon at the end. Nil for any other text.
  public static func preparedBody(_ statement: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    guard let base = statement.baseAddress else { return nil }
    var lexer = SQLLexer(statement)
    guard isWord(base, lexer.next(), "prepare") else { return nil }
    let name = lexer.next()
    guard name.kind == .word || name.kind == .quotedName else { return nil }
    var token = lexer.next()
    if isPunctuation(base, token, 0x28) {
      var depth = 1
      while depth > 0 {
        token = lexer.next()
        if token.kind == .endOfText { return nil }
        if isPunctuation(base, token, 0x28) { depth += 1 }
        if isPunctuation(base, token, 0x29) { depth -= 1 }
      }
      token = lexer.next()
    }
    guard isWord(base, token, "as") else { return nil }
    let first = lexer.next()
    guard first.kind != .endOfText else { return nil }
    let ranges = split(UnsafeBufferPointer(rebasing: statement[first.start...]))
    guard let body = ranges.first else { return nil }
    return first.start + body.lowerBound..<first.start + body.upperBound
  }

  /// The name in `PREPARE name`, `EXECUTE name`, `DEALLOCATE [PREPARE] name`, as it is written;
  /// nil for any other text.
  public static func preparedName(_ statement: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    guard let base = statement.baseAddress else { return nil }
    var lexer = SQLLexer(statement)
    let verb = lexer.next()
    var name = lexer.next()
    if isWord(base, verb, "deallocate") {
      if isWord(base, name, "prepare") { name = lexer.next() }
    } else if !isWord(base, verb, "execute"), !isWord(base, verb, "prepare") {
      return nil
    }
    guard name.kind == .word || name.kind == .quotedName else { return nil }
    return name.start..<name.end
  }

  static func isWord(
    _ base: UnsafePointer<UInt8>, _ token: SQLToken, _ word: StaticString
  ) -> Bool {
    token.kind == .word && Words.matches(base, token, word)
  }
}

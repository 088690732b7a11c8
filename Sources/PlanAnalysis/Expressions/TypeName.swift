/// Names of types as they follow `::`.
enum TypeName {
  /// Index after the type that starts at `start`: `character varying(10)[]`, `public.money`.
  static func end(_ tokens: ArraySlice<ExpressionToken>, from start: Int) -> Int {
    var at = start
    guard at < tokens.endIndex, tokens[at].isName else { return at }
    at += 1
    while at + 1 < tokens.endIndex, tokens[at].kind == .dot, tokens[at + 1].isName { at += 2 }
    at = modifier(tokens, from: at)
    // `double precision`, `character varying`, `timestamp(3) with time zone`.
    while at < tokens.endIndex, tokens[at].kind == .word, isContinuation(tokens[at]) { at += 1 }
    at = modifier(tokens, from: at)
    while at + 1 < tokens.endIndex, tokens[at].kind == .openBracket,
      tokens[at + 1].kind == .closeBracket
    {
      at += 2
    }
    return at
  }

  private static func modifier(_ tokens: ArraySlice<ExpressionToken>, from start: Int) -> Int {
    var at = start
    guard at + 1 < tokens.endIndex, tokens[at].kind == .open, tokens[at + 1].kind == .number else {
      return at
    }
    while at < tokens.endIndex, tokens[at].kind != .close { at += 1 }
    return min(at + 1, tokens.endIndex)
  }

  private static func isContinuation(_ token: ExpressionToken) -> Bool {
    token.isWord("varying") || token.isWord("precision") || token.isWord("with")
      || token.isWord("without") || token.isWord("time") || token.isWord("zone")
  }
}

/// One condition of a filter: what AND connects.
struct Conjunct: Sendable {
  /// How a column stands in a condition.
  enum Shape: Sendable, Equatable {
    case plain
    /// `(col)::type`
    case cast(String)
    /// `f(col)`, `(col ->> 'a')`, `(col + 1)`; an operator's name stands for the function's.
    case function(String)
  }

  /// What a column is compared with.
  enum Operand: Sendable, Equatable {
    case constant(String)
    case parameter
    /// A column, qualified where it is.
    case column(String)
    case other

    /// Whether an index can be searched with it, without another table's row.
    var isFixed: Bool {
      switch self {
      case .constant, .parameter: true
      case .column, .other: false
      }
    }
  }

  enum Kind: Sendable {
    /// The column is qualified where it is.
    case comparison(column: String, shape: Shape, op: String, operand: Operand, isArray: Bool)
    case nullTest(column: String, isNull: Bool)
    case boolean(column: String)
    case not
    /// Alternatives, with the qualified columns of each.
    case or([[String]])
    case other
  }

  var kind: Kind
  var tokens: ArraySlice<ExpressionToken>

  /// The conditions of a node's field.
  static func list(_ tree: PlanTree, _ node: Int, _ field: PlanField) -> [Conjunct] {
    guard let value = tree.value(node, field), value.kind == .string else { return [] }
    return list(ExpressionLexer.tokens(tree.bytes[value.text])[...])
  }

  static func list(_ tokens: ArraySlice<ExpressionToken>) -> [Conjunct] {
    let inner = stripped(tokens)
    return split(inner, "AND").map { part in
      let part = stripped(part)
      return Conjunct(kind: kind(part), tokens: part)
    }
  }

  private static func kind(_ tokens: ArraySlice<ExpressionToken>) -> Kind {
    if tokens.first?.isWord("NOT") == true {
      let rest = stripped(tokens.dropFirst())
      if let column = column(rest) { return .boolean(column: column) }
      return .not
    }
    let alternatives = split(tokens, "OR")
    if alternatives.count > 1 { return .or(alternatives.map(columns)) }
    if let column = column(tokens) { return .boolean(column: column) }
    if let test = nullTest(tokens) { return test }
    return comparison(tokens)
  }

  private static func nullTest(_ tokens: ArraySlice<ExpressionToken>) -> Kind? {
    guard tokens.count >= 3, tokens.last?.isWord("NULL") == true else { return nil }
    let isNot = tokens[tokens.endIndex - 2].isWord("NOT")
    let left = stripped(tokens.dropLast(isNot ? 3 : 2))
    guard let column = column(left) else { return nil }
    return .nullTest(column: column, isNull: !isNot)
  }

  private static func comparison(_ tokens: ArraySlice<ExpressionToken>) -> Kind {
    var depth = 0
    for at in tokens.indices {
      depth += change(tokens[at])
      guard depth == 0, tokens[at].kind == .operator, at > tokens.startIndex else { continue }
      let op = tokens[at].string
      var left = stripped(tokens[..<at])
      var right = tokens[(at + 1)...]
      var isArray = false
      if right.first?.isWord("ANY") == true || right.first?.isWord("ALL") == true {
        right = right.dropFirst()
        isArray = true
      }
      right = stripped(right)
      if columns(left).isEmpty, !columns(right).isEmpty { swap(&left, &right) }
      guard let column = columns(left).first else { return .other }
      guard let shape = shape(left) else { return .other }
      return .comparison(
        column: column, shape: shape, op: op, operand: operand(right), isArray: isArray)
    }
    return .other
  }

  private static func shape(_ tokens: ArraySlice<ExpressionToken>, depth casts: Int = 0) -> Shape? {
    guard casts < 16 else { return nil }
    if column(tokens) != nil { return .plain }
    if let cast = tokens.lastIndex(where: { $0.kind == .cast }), isTopLevel(cast, tokens) {
      let type = tokens[(cast + 1)...].map(\.string).joined(separator: " ")
      let inner = stripped(tokens[..<cast])
      if column(inner) != nil { return .cast(type) }
      return shape(inner, depth: casts + 1)
    }
    guard let first = tokens.first else { return nil }
    if first.isName, tokens.count > 2 {
      let isQualified = tokens[tokens.startIndex + 1].kind == .dot
      let open = tokens.startIndex + (isQualified ? 3 : 1)
      if open < tokens.endIndex, tokens[open].kind == .open {
        return .function(tokens[open - 1].string)
      }
    }
    if first.isWord("CASE") || first.isWord("COALESCE") { return .function(first.string) }
    var depth = 0
    for token in tokens {
      depth += change(token)
      if depth == 0, token.kind == .operator { return .function(token.string) }
    }
    return nil
  }

  private static func isTopLevel(_ index: Int, _ tokens: ArraySlice<ExpressionToken>) -> Bool {
    tokens[..<index].reduce(0) { $0 + change($1) } == 0
  }

  private static func operand(_ tokens: ArraySlice<ExpressionToken>) -> Operand {
    guard let first = tokens.first else { return .other }
    switch first.kind {
    case .string, .number: return .constant(String(decoding: first.constant, as: UTF8.self))
    case .parameter: return .parameter
    default:
      if first.kind == .open || first.isWord("ARRAY") {
        let inner = tokens.first { [.string, .number, .parameter].contains($0.kind) }
        if columns(tokens).isEmpty, let inner {
          return inner.kind == .parameter
            ? .parameter : .constant(String(decoding: inner.constant, as: UTF8.self))
        }
      }
      return columns(tokens).first.map(Operand.column) ?? .other
    }
  }

  // MARK: tokens

  /// A column's name without its qualifier.
  static func unqualified(_ column: String) -> String {
    column.split(separator: ".", maxSplits: 1).last.map(String.init) ?? column
  }

  /// Whether the column can be one of the relation with this alias.
  static func isOwn(_ column: String, alias: String?) -> Bool {
    let parts = column.split(separator: ".", maxSplits: 1)
    return parts.count < 2 || alias == nil || parts[0] == alias ?? ""
  }

  /// The column that the tokens are, without its qualifier.
  static func column(_ tokens: ArraySlice<ExpressionToken>) -> String? {
    if tokens.count == 1, let only = tokens.first, only.isName, !isKeyword(only) {
      return only.string
    }
    guard tokens.count == 3, let first = tokens.first, let last = tokens.last, first.isName,
      tokens[tokens.startIndex + 1].kind == .dot, last.isName
    else { return nil }
    return last.string
  }

  /// All columns in the tokens, qualified where they are.
  static func columns(_ tokens: ArraySlice<ExpressionToken>) -> [String] {
    var found: [String] = []
    var at = tokens.startIndex
    while at < tokens.endIndex {
      let token = tokens[at]
      if token.kind == .cast {
        at = max(at + 1, TypeName.end(tokens, from: at + 1))
        continue
      }
      guard token.isName, !isKeyword(token) else {
        at += 1
        continue
      }
      var name = token.string
      if at + 2 < tokens.endIndex, tokens[at + 1].kind == .dot, tokens[at + 2].isName {
        name += "." + tokens[at + 2].string
        at += 2
      }
      let isFunction = at + 1 < tokens.endIndex && tokens[at + 1].kind == .open
      if !isFunction { found.append(name) }
      at += 1
    }
    return found
  }

  private static let keywords: Set<String> = [
    "AND", "OR", "NOT", "NULL", "IS", "ANY", "ALL", "ARRAY", "CASE", "WHEN", "THEN", "ELSE", "END",
    "true", "false", "COLLATE", "SubPlan", "InitPlan", "hashed", "ROW", "DISTINCT", "FROM",
    "COALESCE", "EXISTS", "CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_USER", "UNKNOWN",
  ]

  private static func isKeyword(_ token: ExpressionToken) -> Bool {
    token.kind == .word && keywords.contains(token.string)
  }

  private static func change(_ token: ExpressionToken) -> Int {
    switch token.kind {
    case .open, .openBracket: 1
    case .close, .closeBracket: -1
    default: 0
    }
  }

  /// Without parentheses around everything.
  static func stripped(_ tokens: ArraySlice<ExpressionToken>) -> ArraySlice<ExpressionToken> {
    var tokens = tokens
    var layers = 0
    // Nobody writes more; a hostile text would take long.
    while layers < 32, tokens.count > 2, tokens.first?.kind == .open, tokens.last?.kind == .close {
      var depth = 0
      let closes = tokens.firstIndex { token in
        depth += change(token)
        return depth == 0
      }
      guard closes == tokens.endIndex - 1 else { break }
      tokens = tokens.dropFirst().dropLast()
      layers += 1
    }
    return tokens
  }

  private static func split(
    _ tokens: ArraySlice<ExpressionToken>, _ word: StaticString
  ) -> [ArraySlice<ExpressionToken>] {
    var parts: [ArraySlice<ExpressionToken>] = []
    var depth = 0
    var cases = 0
    var start = tokens.startIndex
    for at in tokens.indices {
      depth += change(tokens[at])
      if tokens[at].isWord("CASE") { cases += 1 }
      if tokens[at].isWord("END") { cases -= 1 }
      if depth == 0, cases == 0, tokens[at].isWord(word) {
        parts.append(tokens[start..<at])
        start = at + 1
      }
    }
    parts.append(tokens[start...])
    return parts.filter { !$0.isEmpty }
  }
}

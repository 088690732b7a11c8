import TestSupport

/// Texts made out of one: the same query written in another way, and others that are near it.
struct StatementVariation {
  private static let gaps = [
    " ", "  ", "\n", "\t", " /* x */ ", " -- y ' \" $$ /*\n", "/* /* */ */",
  ]
  private static let strings = [
    "''", "'it''s'", "'a\\'", "E'\\'b'", "$$c'$$", "$q$ $$ $q$", "B'101'", "X'1F'", "'a'\n 'b'",
    "'/*'", "'--'", "e'\\\\'", "'é'", "'null'",
  ]
  private static let numbers = ["0", "17", "1.5", ".5", "5.", "1e10", "1.5e-3", "999999999999999"]
  private static let words = [
    "-", "+", "*", "=", "::", ".", ",", "(", ")", "[", "]", "1", "'s'", "$1", "null", "true", "not",
    "is", "in", "and", "as", "distinct", "all", "any", "array", "values", "from", "a", "\"A\"",
    "int",
    "date", "interval", "on", "default", "set", "row", "for", "only", ":", "@", "by", "using", "to",
  ]
  /// What may stand where a constant stands.
  private static let operands = [
    "1", "-1", "- 1", "+1", "(1)", "1::int", "-1::int", "(-1)::int", "1 + 1", "1 - 1", "null",
    "true",
    "'x'", "$1", "a", "default", "date 'x'", "text 'x'", "array[1]", "'x'::text", "1, 2", "1, a",
    "-a", "not true", "(null)", "(1, 2)", "row(1)", "a[1]", "1::int::text", "'x' collate \"C\"",
    "cast(1 as int)", "int '1'", "- -1", "current_date", "(select 1)", "1), (2", "1), (2, 3", "all",
    "interval '1' day", "interval '1' hour", "1:2",
  ]
  private static let names = [
    "a", "b", "\"A\"", "\"a\"", "t.a", "by", "name", "null", "*", "1", "x.y.z",
  ]
  private static let symbols = [
    "+", "-", "*", "/", "=", "<>", "!=", "<", ">", "<=", "||", "->", "->>", "@>", "?", "~", "@",
    "%",
    "::", ",", ".", "=>", ":=", "- -", "* -", "operator(+)", "operator(s.-)", "@-", "and", ":",
  ]
  private static let swaps: [[String]] = [
    ["asc", "desc", "asc nulls first", "desc nulls last", "using <"], ["and", "or", "and not"],
    ["union", "union all", "except", "intersect"], ["first", "last"], ["in", "not in"],
    ["true", "false", "null", "unknown", "not true", "not null", "distinct from null"],
    ["null", "not null", "true", "1", "not false", "document"], ["is", "is not"],
    ["left", "right", "full", "inner", "cross"], ["like", "ilike", "not like", "similar to"],
    ["between", "not between", "between symmetric"], ["any", "all", "some"], ["limit", "offset"],
    ["update", "share", "no key update", "delete"],
    ["select", "select distinct", "select all", "values"],
    ["rows", "range", "groups"], ["preceding", "following"],
    ["materialized", "not materialized", ""],
    ["array", "row", ""], ["on", "on not"], ["date", "timestamp", "int", "text"], ["set", "reset"],
    ["grouping", "a"], ["day", "hour", "year to month", ""], ["both", "leading", "trailing", ""],
    ["explain", "explain analyze", "explain verbose"], ["recursive", ""], ["lateral", ""],
    ["only", ""],
    ["distinct", "all", ""], ["not", "", "- ", "not not"], ["default", "null", "1", "a"],
    ["to", "="],
    ["with", "without"], ["cascade", "restrict", ""], ["case", "case a"], ["local", "session", ""],
  ]

  var random: SeededGenerator

  private mutating func pick(_ list: [String]) -> String {
    list.randomElement(using: &random) ?? ""
  }

  /// Other constants of the same kind, other white space and comments, other case of words.
  mutating func rewritten(_ scan: GrammarScan) -> String {
    // White space where none was could part what is one for the grammar only (`a.*`), but never joins.
    var isEscape = false
    return scan.rewritten(
      gap: { $0.isEmpty ? nil : pick(Self.gaps) },
      { token in
        let text = scan.text[token.range]
        let wasEscape = isEscape
        isEscape = String(decoding: text, as: UTF8.self).lowercased() == "uescape"
        switch token.kind {
        case .string where wasEscape: return nil
        case .comment: return " "
        case .number: return pick(Self.numbers)
        case .string: return pick(Self.strings)
        case .word where text.first != 0x22 && text.allSatisfy { $0 < 0x80 && $0 != 0x26 }:
          let word = String(decoding: text, as: UTF8.self)
          return Bool.random(using: &random) ? word.uppercased() : word.lowercased()
        default: return nil
        }
      })
  }

  /// A text that one or two tokens of were exchanged in.
  mutating func neighbour(_ scan: GrammarScan) -> String {
    var tokens = scan.tokens.filter { $0.kind != .comment }
      .map { (kind: $0.kind, text: String(decoding: scan.text[$0.range], as: UTF8.self)) }
    guard !tokens.isEmpty else { return "" }
    for _ in 0...Int.random(in: 0...1, using: &random) {
      let at = Int.random(in: 0..<tokens.count, using: &random)
      switch Int.random(in: 0...9, using: &random) {
      case 0 where tokens.count > 1: tokens.remove(at: at)
      case 1: tokens.insert((.other, pick(Self.words)), at: at)
      case 2: tokens.swapAt(at, Int.random(in: 0..<tokens.count, using: &random))
      case 3: Self.double(at, &tokens)
      default: tokens[at].text = other(tokens[at].kind, tokens[at].text)
      }
    }
    // Without a space two tokens may become one, and another one.
    let isTight = Int.random(in: 0...3, using: &random) == 0
    var text = ""
    for token in tokens {
      text += token.text
      text += isTight && Bool.random(using: &random) ? "" : " "
    }
    return text
  }

  /// Writes the element of a list twice that begins behind the token at `start` or later.
  private static func double(
    _ start: Int, _ tokens: inout [(kind: GrammarScan.Kind, text: String)]
  ) {
    guard let open = tokens[start...].firstIndex(where: { ["(", "[", ","].contains($0.text) })
    else {
      return
    }
    var depth = 0
    for (index, token) in tokens.enumerated().dropFirst(open + 1) {
      if depth == 0, [",", ")", "]"].contains(token.text) {
        tokens.insert(contentsOf: [(.other, ",")] + tokens[(open + 1)..<index], at: index)
        return
      }
      if ["(", "["].contains(token.text) { depth += 1 }
      if [")", "]"].contains(token.text) { depth -= 1 }
    }
  }

  private mutating func other(_ kind: GrammarScan.Kind, _ text: String) -> String {
    switch kind {
    case .string, .number, .parameter: return pick(Self.operands)
    case .word:
      let word = text.lowercased()
      let lists = Self.swaps.filter { $0.contains(word) }
      return pick(lists.randomElement(using: &random) ?? Self.names)
    case .other:
      // Brackets hold a text together.
      return ["(", ")", "[", "]", ";"].contains(text) ? text : pick(Self.symbols)
    case .comment: return text
    }
  }
}

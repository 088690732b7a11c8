extension StatementGenerator {
  /// A constant or a parameter.
  mutating func constant() -> String {
    pick([
      "1", "42", "-1", "- 1", "1.5", ".5", "1e3", "'x'", "'it''s'", "''", "E'a\\'b'", "$$d$$",
      "$t$ $$ $t$", "$1", "$23", "null", "true", "false", "B'01'", "X'1F'", "U&'d\\0061'",
      "U&'d!0061' uescape '!'", "'a'\n'b'", "NULL", "+1",
    ])
  }

  mutating func expression(_ depth: Int) -> String {
    guard depth > 0 else { return chance(50) ? constant() : column() }
    switch Int.random(in: 0..<22, using: &random) {
    case 0...3: return constant()
    case 4...6: return column()
    case 7...9: return binary(depth)
    case 10: return unary(depth)
    case 11: return cast(depth)
    case 12...13: return call(depth)
    case 14...15: return test(depth)
    case 16: return list(depth)
    case 17: return conditional(depth)
    case 18: return special(depth)
    case 19: return "(" + expression(depth - 1) + ")"
    case 20: return array(depth - 1)
    default:
      return pick(["", "exists ", "a in ", "a = any ", "array"]) + "(" + select(depth: depth - 2)
        + ")"
    }
  }

  private mutating func binary(_ depth: Int) -> String {
    let tight = chance(15)
    let operation = pick([
      "+", "-", "*", "/", "%", "^", "||", "=", "<>", "!=", "<", ">", "<=", ">=", "->", "->>", "#>>",
      "@>", "<@", "?", "&&", "~", "!~*", "|", "&", "<<", "@@", "and", "or",
      "operator(pg_catalog.+)",
      "is distinct from", "is not distinct from", "operator(-)", "~~", "?|", "@-", "*-", "<->",
    ])
    let isWord = operation.first?.isLetter ?? false
    let gap = tight && !isWord ? "" : " "
    return expression(depth - 1) + gap + operation + gap + expression(depth - 1)
  }

  private mutating func unary(_ depth: Int) -> String {
    pick(["- ", "-", "+", "not ", "@ ", "~", "- - ", "|/ "]) + expression(depth - 1)
  }

  private mutating func cast(_ depth: Int) -> String {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return "cast(" + expression(depth - 1) + " as " + type() + ")"
    case 1: return pick(["date ", "timestamp ", "interval ", "int ", "jsonb", "time(2) "]) + "'x'"
    case 2: return pick(["interval '1' day", "interval(3) '1'", "double precision '1'", "bit '1'"])
    case 3: return constant() + "::" + type() + "::" + type()
    case 4: return "(" + expression(depth - 1) + ")::" + type()
    default: return constant() + pick(["::", " :: "]) + type()
    }
  }

  private mutating func call(_ depth: Int) -> String {
    let name = pick([
      "f", "count", "s.f", "\"F\"", "coalesce", "greatest", "nullif", "lower", "left",
    ])
    if name == "nullif" { return "nullif(" + constant() + ", " + expression(depth - 1) + ")" }
    var text = name + "("
    switch Int.random(in: 0..<12, using: &random) {
    case 0 where name == "count": return "count(*)" + over()
    case 1 where name.hasSuffix("f"): text += "a => " + constant() + ", b := " + expression(0)
    case 2 where name.hasSuffix("f"): text += "variadic " + array(1)
    case 3 where name == "f" || name == "count": text += "distinct " + expression(depth - 1)
    case 4 where name == "f": text += expression(1) + " order by a desc"
    case 5 where name == "f": text = "f(" + expression(1) + ") within group (order by a"
    default: text += list(3) { $0.expression(depth - 1) }
    }
    text += ")"
    return ["f", "count", "s.f"].contains(name) ? text + over() : text
  }

  private mutating func over() -> String {
    maybe(15) { $0.pick([" filter (where a > 1)", " filter (where true)"]) }
      + maybe(15) {
        $0.pick([
          " over ()", " over w", " over (partition by a, 1 order by b rows 1 preceding)",
          " over (order by a range between '1' preceding and unbounded following exclude ties)",
        ])
      }
  }

  private mutating func test(_ depth: Int) -> String {
    let operand = expression(depth - 1)
    switch Int.random(in: 0..<9, using: &random) {
    case 0: return operand + pick([" is null", " is not null", " isnull", " notnull"])
    case 1: return operand + pick([" is true", " is not false", " is unknown", " is not unknown"])
    case 2:
      return operand + pick([" between ", " not between ", " between symmetric "]) + constant()
        + " and " + expression(depth - 1)
    case 3:
      return operand + pick([" like ", " not like ", " ilike ", " similar to "]) + constant()
        + maybe(20) { _ in " escape '!'" }
    case 4: return operand + " = any(" + array(1) + ")"
    case 5: return operand + pick([" = any ($1)", " <> all ('{1,2}')", " > some (array[1])"])
    case 6: return operand + " is distinct from " + constant()
    case 7: return "row(" + constant() + ", a) = (" + constant() + ", b)"
    default: return operand + " is document"
    }
  }

  private mutating func list(_ depth: Int) -> String {
    let operand = column() + pick([" in (", " not in (", " IN("])
    switch Int.random(in: 0..<6, using: &random) {
    case 0...2: return operand + list(4) { $0.constant() } + ")"
    case 3: return operand + list(3) { $0.constant() + "::int" } + ")"
    case 4: return operand + list(3) { $0.expression(1) } + ")"
    default: return "(a, b)" + pick([" in (", " not in ("]) + list(3) { _ in "(1, 2)" } + ")"
    }
  }

  mutating func array(_ depth: Int) -> String {
    switch Int.random(in: 0..<5, using: &random) {
    case 0: return "array[]::int[]"
    case 1: return "array[array[1, 2], array[3, 4]]"
    case 2: return "array[" + list(3) { $0.expression(max(0, depth)) } + "]"
    default: return "array[" + list(4) { $0.constant() } + "]" + maybe(20) { _ in "::text[]" }
    }
  }

  private mutating func conditional(_ depth: Int) -> String {
    "case " + maybe(30) { $0.expression(0) + " " }
      + list(2, by: " ") {
        "when " + $0.expression(depth - 1) + " then " + $0.expression(depth - 1)
      } + maybe(60) { " else " + $0.expression(depth - 1) } + " end"
  }

  private mutating func special(_ depth: Int) -> String {
    let operand = expression(depth - 1)
    switch Int.random(in: 0..<16, using: &random) {
    case 0: return "extract(" + pick(["epoch", "year", "'dow'"]) + " from " + operand + ")"
    case 1: return "substring(" + operand + " from 1 for " + constant() + ")"
    case 2: return "position('x' in a)"
    case 3: return "trim(both 'x' from a)"
    case 4: return "overlay(a placing 'x' from 1 for 2)"
    case 5: return "(" + operand + ") at time zone 'UTC'"
    case 6: return "a[1]" + pick(["", "[-1]", ".b"])
    case 7: return "a[1:" + pick(["", "2", "b"]) + "]"
    case 8: return "(" + operand + ") collate \"C\""
    case 9: return pick(["current_date", "current_timestamp(3)", "localtime", "session_user"])
    case 10: return "(row(1, a)).f1"
    case 11: return "grouping(a, b)"
    case 12: return "xmlelement(name x, xmlattributes('1' as a), 'y')"
    case 13: return "normalize(a, nfc)"
    case 14: return "(t.*)::text"
    default: return "- a[1] - -1"
    }
  }
}

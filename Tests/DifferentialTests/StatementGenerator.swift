import TestSupport

/// Makes random statements out of everything that PostgreSQL's grammar has for queries, and some
/// commands. What it makes is mostly accepted by the grammar, and need not mean anything.
struct StatementGenerator {
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  mutating func pick(_ list: [String]) -> String { list.randomElement(using: &random) ?? "" }

  /// One to `most` pieces, separated.
  mutating func list(
    _ most: Int, by separator: String = ", ", _ piece: (inout StatementGenerator) -> String
  ) -> String {
    (0..<Int.random(in: 1...most, using: &random)).map { _ in piece(&self) }
      .joined(separator: separator)
  }

  /// `text` in some of the cases, else nothing.
  mutating func maybe(_ percent: Int, _ text: (inout StatementGenerator) -> String) -> String {
    chance(percent) ? text(&self) : ""
  }

  mutating func statement() -> String {
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<6: return "select " + expression(2)
    case 6..<9: return select(depth: chance(50) ? 1 : 3)
    case 9..<12: return insert()
    case 12..<14: return update()
    case 14: return delete()
    case 15: return merge()
    default: return command()
    }
  }

  // MARK: - Names

  mutating func name() -> String {
    pick([
      "a", "b", "c", "id", "\"A\"", "\"select\"", "value", "name", "key", "by", "é", "x$1",
      "u&\"b\"",
    ])
  }

  mutating func table() -> String {
    pick(["t", "u", "s.t", "\"T\"", "only t", "t *", "\"S\".\"T\"", "orders"])
  }

  mutating func column() -> String {
    maybe(30) { $0.pick(["t.", "u.", "\"T\".", "s.t."]) } + name()
  }

  mutating func type() -> String {
    pick([
      "int", "text", "numeric(10, 2)", "varchar(5)", "int[]", "timestamp(3) with time zone", "date",
      "double precision", "interval day to second", "bit(3)", "s.t", "char", "int array[3]",
      "\"T\"",
      "time", "bool", "boolean",
    ])
  }

  // MARK: - Queries

  mutating func select(depth: Int) -> String {
    var text = maybe(15) { $0.with(depth: depth - 1) }
    text += simpleSelect(depth: depth)
    if chance(12) {
      let operation = pick([" union ", " union all ", " except ", " intersect all "])
      text += operation + pick(["", "all ", "distinct "]).prefix(0)
      text += chance(50) ? simpleSelect(depth: depth - 1) : "(" + select(depth: depth - 1) + ")"
    }
    text += maybe(30) { " order by " + $0.list(2) { $0.sortKey(depth: depth) } }
    text += maybe(25) { $0.limits() }
    text += maybe(8) {
      $0.pick([" for update", " for share of t nowait", " for no key update skip locked"])
    }
    return text
  }

  private mutating func with(depth: Int) -> String {
    guard depth > 0 else { return "" }
    return "with " + pick(["", "recursive "])
      + list(2) { generator in
        let hint = generator.pick(["", "", "materialized ", "not materialized "])
        return "q as " + hint + "(" + generator.select(depth: depth) + ")"
      } + " "
  }

  private mutating func simpleSelect(depth: Int) -> String {
    if chance(6) { return "values " + rows(depth: 1) }
    if chance(3) { return "table t" }
    var text = "select " + maybe(8) { $0.pick(["distinct ", "all ", "distinct on (a) "]) }
    text += list(3) { generator in
      if generator.chance(8) { return generator.pick(["*", "t.*"]) }
      return generator.expression(depth) + generator.maybe(20) { " as " + $0.name() }
        + generator.maybe(3) { _ in " label" }
    }
    guard chance(85) else { return text }
    text += " from " + list(2) { $0.source(depth: depth) }
    text += maybe(60) { " where " + $0.expression(depth) }
    text += maybe(15) { generator in
      " group by "
        + generator.list(2) { generator in
          generator.chance(20)
            ? generator.pick([
              "rollup (a, b)", "cube (a, 2)", "grouping sets ((a), ())", "1", "2", "(1)", "(a, 2)",
              "grouping sets ((1, 2), rollup (3, a), 4)",
            ])
            : generator.expression(1)
        } + generator.maybe(40) { " having " + $0.expression(2) }
    }
    text += maybe(4) { _ in " window w as (partition by a order by b)" }
    return text
  }

  private mutating func source(depth: Int) -> String {
    var text: String
    switch Int.random(in: 0..<10, using: &random) {
    case 0 where depth > 1: text = "(" + select(depth: depth - 2) + ") as q"
    case 1: text = "generate_series(1, " + constant() + ") as g(n)"
    case 2: text = "lateral unnest(" + array(1) + ") with ordinality"
    case 3: text = "(values " + rows(depth: 1) + ") as v (a, b)"
    case 4: text = "t tablesample system (10) repeatable (3)"
    default: text = table() + maybe(40) { " " + $0.pick(["as x", "x", "as x (a, b)"]) }
    }
    if chance(25) {
      text += pick([" join ", " left join ", " full outer join ", " cross join lateral "])
      if text.hasSuffix("lateral ") { return text + "f(1)" }
      text += table() + " " + (chance(70) ? "on " + expression(2) : "using (a, b)")
    }
    return text
  }

  private mutating func sortKey(depth: Int) -> String {
    (chance(20) ? pick(["1", "2", "(3)", "((4))", "(1) + 2"]) : expression(min(depth, 2)))
      + maybe(40) {
        $0.pick([" asc", " desc", " desc nulls last", " nulls first", " using <", " collate \"C\""])
      }
  }

  private mutating func limits() -> String {
    pick([
      " limit " + constant(), " limit 10 offset 20", " limit all", " offset $1 rows", " limit null",
      " fetch first 5 rows only", " fetch next row with ties", " limit 1 + 1", " offset -1",
    ])
  }

  mutating func rows(depth: Int) -> String {
    let width = Int.random(in: 1...3, using: &random)
    let isOfConstants = chance(70)
    return list(3) { generator in
      "("
        + (0..<width).map { _ in
          isOfConstants ? generator.constant() : generator.expression(depth)
        }.joined(separator: ", ") + ")"
    }
  }

  // MARK: - Changes

  private mutating func returning() -> String {
    maybe(25) { " returning " + $0.pick(["*", "id", "-1", "a as b, - a", "null, true"]) }
  }

  private mutating func insert() -> String {
    var text = maybe(8) { $0.with(depth: 2) } + "insert into t "
    text += maybe(60) { "(" + $0.list(3) { $0.pick(["a", "b", "\"C\"", "d[1]", "e.f"]) } + ") " }
    text += maybe(5) { $0.pick(["overriding system value ", "overriding user value "]) }
    switch Int.random(in: 0..<10, using: &random) {
    case 0: text += "default values"
    case 1...2: text += select(depth: 2)
    case 3: text += "values (default, " + constant() + "), (default, 3)"
    default: text += "values " + rows(depth: 2)
    }
    text += maybe(25) { generator in
      let target = generator.pick(["", "(a) ", "(lower(a)) where b > 1 ", "on constraint c "])
      let action = generator.chance(40) ? "nothing" : "update set " + generator.assignments()
      return " on conflict " + (action == "nothing" || !target.isEmpty ? target : "(a) ") + "do "
        + action
    }
    return text + returning()
  }

  private mutating func assignments() -> String {
    list(3) { generator in
      switch Int.random(in: 0..<8, using: &generator.random) {
      case 0: return "(a, b) = (" + generator.constant() + ", " + generator.expression(1) + ")"
      case 1: return "(a, b) = (select 1, 2)"
      case 2: return "a = default"
      case 3: return "a[" + generator.constant() + "] = " + generator.constant()
      default: return generator.name() + " = " + generator.expression(2)
      }
    }
  }

  private mutating func update() -> String {
    maybe(8) { $0.with(depth: 2) } + "update " + table() + maybe(30) { _ in " as x" } + " set "
      + assignments() + maybe(15) { " from " + $0.source(depth: 2) }
      + maybe(80) { " where " + $0.expression(3) } + returning()
  }

  private mutating func delete() -> String {
    "delete from " + table() + maybe(20) { " using " + $0.source(depth: 2) }
      + maybe(85) { " where " + ($0.chance(5) ? "current of c" : $0.expression(3)) } + returning()
  }

  private mutating func merge() -> String {
    "merge into t using " + source(depth: 1) + " on " + expression(2)
      + list(2, by: "") { generator in
        generator.pick([
          " when matched then delete", " when matched and a = 1 then update set a = 2, b = -1",
          " when not matched then insert (a) values (1)", " when not matched then do nothing",
        ])
      }
  }
}

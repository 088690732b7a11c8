/// Conditions that no usual index can serve.
enum FilterRules {
  static let all = [
    filterExpensiveFunction, castDefeatsIndex, functionDefeatsIndex, likeLeadingWildcard,
    orDefeatsIndex, negationFilter, inListWide,
  ]

  private static let scans: [NodeKind] = [.seqScan, .bitmapHeapScan, .indexScan]

  /// Many rows are looked at and few kept; of a plan that was not run, much of its cost is here.
  private static func isWasteful(_ node: NodeReading, kept: Double = 0.2) -> Holds {
    if node.isEstimate { return Holds(node.isCostly && node.kind == .seqScan) }
    return node.rowsIn.isAtLeast(10_000) && node.keep.isAtMost(kept)
      && (node.isPart(0.1) || Holds(node.blocks >= 1000))
  }

  private static func figures(_ node: NodeReading) -> [Finding.Figure] {
    [
      .init("rows read", node.rowsIn.value, "rows"), .init("rows kept", node.rows.value, "rows"),
      .init("own time", node.ownMs.value, "ms"),
    ]
  }

  private static func saving(_ node: NodeReading) -> Double {
    node.isEstimate ? 0 : node.ownMs.value * ScanRules.wastedPart(node)
  }

  private static let builtIn: Set<String> = [
    "lower", "upper", "length", "substr", "substring", "date_trunc", "date_part", "extract", "abs",
    "coalesce", "round", "floor", "ceil", "ceiling", "mod", "trim", "btrim", "ltrim", "rtrim",
    "replace", "position", "strpos", "left", "right", "md5", "to_char", "to_date", "to_timestamp",
    "now", "concat", "jsonb_array_length", "array_length", "cardinality", "COALESCE", "GREATEST",
    "LEAST", "NULLIF", "char_length", "random", "age", "split_part", "jsonb_extract_path_text",
    "lpad", "rpad", "reverse", "timezone", "float8", "int4", "int8", "numeric", "text", "date",
  ]

  static let filterExpensiveFunction = PlanRule(
    "filter-expensive-function", 0.6, on: scans + [.subqueryScan, .cteScan, .functionScan],
    needs: [.analyze, .timing, .buffers]
  ) { node in
    guard node.has(.filter), node.rowsIn.value >= 100, node.plan.totalMs > 0 else { return nil }
    let perRow = node.ownMs.value / node.rowsIn.value
    guard perRow >= 0.02, node.blocks / node.rowsIn.value < 0.1, node.isPart(0.2) != .no else {
      return nil
    }
    let called = node.conjuncts.flatMap { Self.functions($0.tokens) }.first {
      !builtIn.contains($0)
    }
    guard let called else { return nil }
    return Firing(
      .surely, saves: node.ownMs.value * 0.9,
      figures(node) + [.init("time a row", perRow, "ms")],
      "The filter calls \(called)() for \(Wording.number(node.rowsIn.value)) rows, "
        + "\(Wording.number(perRow * 1000)) µs each.",
      "Let cheaper conditions remove rows first (a higher COST of the function makes the planner "
        + "do so), or "
        + "store its result in an expression index or a generated column."
    ).doubted(if: node.tree.value(-1, .jit) != nil)
  }

  /// Names that are followed by an open parenthesis.
  static func functions(_ tokens: ArraySlice<ExpressionToken>) -> [String] {
    var found: [String] = []
    for at in tokens.indices.dropLast() where tokens[at].isName && tokens[at + 1].kind == .open {
      let isWord = tokens[at].kind == .word
      let isKeyword =
        isWord
        && ["AND", "OR", "NOT", "ANY", "ALL", "EXISTS", "IN"].contains(
          tokens[at].string)
      let isType = at > tokens.startIndex && tokens[at - 1].kind == .cast
      if !isKeyword, !isType { found.append(tokens[at].string) }
    }
    return found
  }

  static let castDefeatsIndex = PlanRule(
    "cast-defeats-index", 0.85, on: scans, needs: [], readsEstimates: true
  ) { node in
    let holds = isWasteful(node)
    guard holds != .no else { return nil }
    for conjunct in node.conjuncts {
      guard case .comparison(let column, .cast(let type), _, let operand, _) = conjunct.kind,
        operand.isFixed
      else { continue }
      return Firing(
        holds, saves: saving(node), figures(node),
        "The column \(Conjunct.unqualified(column)) is converted to \(type) for each row before "
          + "it is compared: an index on the "
          + "column can't be used.",
        "Compare with a value of the column's own type (cast the parameter, not the column), or "
          + "index the "
          + "converted value."
      ).doubted(if: type == "text", leaves: 0.3)
    }
    return nil
  }

  static let functionDefeatsIndex = PlanRule(
    "function-defeats-index", 0.8, on: scans, needs: [], readsEstimates: true
  ) { node in
    let holds = isWasteful(node)
    guard holds != .no else { return nil }
    for conjunct in node.conjuncts {
      guard case .comparison(let column, .function(let name), _, let operand, _) = conjunct.kind,
        operand.isFixed
      else { continue }
      let expression = conjunct.leftSide
      return Firing(
        holds, saves: saving(node), figures(node),
        "The filter compares \(expression), not the column \(Conjunct.unqualified(column)): an "
          + "index on the column can't be used.",
        ["date_trunc", "date_part", "date", "extract"].contains(name)
          ? "Write it as a range of the column (col >= start AND col < end), or index the "
            + "expression."
          : "An index on the expression serves, if it is immutable.",
        ddl: node.has(.relationName)
          ? "CREATE INDEX CONCURRENTLY ON \(node.tableName) ((\(expression)))" : nil)
    }
    return nil
  }

  static let likeLeadingWildcard = PlanRule(
    "like-leading-wildcard", 0.9, on: scans, needs: [], readsEstimates: true
  ) { node in
    let holds = isWasteful(node)
    guard holds != .no else { return nil }
    for conjunct in node.conjuncts {
      guard case .comparison(let column, _, let op, .constant(let pattern), _) = conjunct.kind
      else {
        continue
      }
      let isLike = op == "~~" || op == "~~*"
      let isRegex = op == "~" || op == "~*"
      guard
        isLike && (pattern.hasPrefix("%") || pattern.hasPrefix("_"))
          || isRegex && !pattern.hasPrefix("^")
      else { continue }
      return .init(
        holds, saves: saving(node), figures(node),
        "The pattern for \(Conjunct.unqualified(column)) has no fixed beginning, so that no "
          + "btree index can find it.",
        "A trigram index (pg_trgm) finds patterns anywhere in a text.",
        ddl: node.has(.relationName)
          ? "CREATE INDEX CONCURRENTLY ON \(node.tableName) USING gin "
            + "(\(SQLName.quoted(Conjunct.unqualified(column))) "
            + "gin_trgm_ops)" : nil)
    }
    return nil
  }

  static let orDefeatsIndex = PlanRule(
    "or-defeats-index", 0.65, on: [.seqScan], needs: [], readsEstimates: true
  ) { node in
    let holds =
      node.isEstimate
      ? Holds(node.isCostly)
      : node.removed.isAtLeast(10_000) && node.keep.isAtMost(0.2)
        && (node.isPart(0.1) || Holds(node.blocks >= 1000))
    guard holds != .no else { return nil }
    for conjunct in node.conjuncts {
      guard case .or(let alternatives) = conjunct.kind, Set(alternatives.flatMap { $0 }).count > 1
      else { continue }
      let first = alternatives.compactMap(\.first)
      guard Set(first).count > 1 else { continue }
      return .init(
        holds, saves: saving(node), figures(node),
        "The filter joins conditions on \(Set(first).sorted().joined(separator: " and ")) with "
          + "OR, and the "
          + "whole table is read.",
        "With an index for each of the columns the planner can combine them (BitmapOr); or a "
          + "UNION ALL of "
          + "simpler queries.")
    }
    return nil
  }

  static let negationFilter = PlanRule(
    "negation-filter", 0.7, on: [.seqScan], needs: [], readsEstimates: true
  ) { node in
    let conjuncts = node.conjuncts
    guard !conjuncts.isEmpty else { return nil }
    let holds = isWasteful(node, kept: 0.05)
    guard holds != .no else { return nil }
    let isNegation = conjuncts.allSatisfy { conjunct in
      switch conjunct.kind {
      case .comparison(_, _, "<>", _, _), .nullTest(_, false), .not: true
      case .boolean: conjunct.tokens.first?.isWord("NOT") == true
      default: false
      }
    }
    guard isNegation else { return nil }
    let condition = conjuncts.map { "(\($0.text))" }.joined(separator: " AND ")
    let column = conjuncts.lazy.compactMap { Conjunct.columns($0.tokens).first }.first ?? ""
    return .init(
      holds, saves: saving(node), figures(node),
      "The filter only says what rows are not, which no index can look up, and few rows are left.",
      "A partial index on the few rows serves.",
      ddl: node.has(.relationName)
        ? "CREATE INDEX CONCURRENTLY ON \(node.tableName) "
          + "(\(SQLName.quoted(Conjunct.unqualified(column)))) WHERE \(condition)" : nil)
  }

  static let inListWide = PlanRule(
    "in-list-wide", 0.6, on: scans + [.indexOnlyScan, .bitmapIndexScan], needs: [],
    readsEstimates: true
  ) { node in
    let found = node.widestList
    guard found >= 100 else { return nil }
    return Firing(
      .surely, saves: node.isEstimate ? 0 : node.ownMs.value * 0.2,
      [.init("items", Double(found), "items"), .init("own time", node.ownMs.value, "ms")],
      "A list of \(found) values stands in the statement.",
      "Hand it over as one array parameter, join with VALUES or a temporary table, or ask in "
        + "batches: then "
        + "the statement is parsed and planned once."
    ).doubted(if: found < 1000)
  }
}

extension Conjunct {
  /// The condition as text.
  var text: String { Self.text(tokens) }

  /// What stands before the operator.
  var leftSide: String {
    var depth = 0
    for at in tokens.indices {
      switch tokens[at].kind {
      case .open, .openBracket: depth += 1
      case .close, .closeBracket: depth -= 1
      case .operator where depth == 0 && at > tokens.startIndex:
        return Self.text(Self.stripped(tokens[..<at]))
      default: break
      }
    }
    return text
  }

  /// Columns without their qualifiers, as an index is defined.
  private static func text(_ tokens: ArraySlice<ExpressionToken>) -> String {
    var text = ""
    var previous: ExpressionToken?
    var at = tokens.startIndex
    while at < tokens.endIndex {
      let isQualified =
        at + 2 < tokens.endIndex && tokens[at].isName && tokens[at + 1].kind == .dot
        && tokens[at + 2].isName && (at + 3 >= tokens.endIndex || tokens[at + 3].kind != .open)
      if isQualified { at += 2 }
      let token = tokens[at]
      if let previous, needsSpace(previous, token) { text += " " }
      text += token.kind == .quoted ? SQLName.quoted(token.string) : token.string
      previous = token
      at += 1
    }
    return text
  }

  private static func needsSpace(_ a: ExpressionToken, _ b: ExpressionToken) -> Bool {
    if a.kind == .operator || b.kind == .operator || a.kind == .comma { return true }
    let isText = { (token: ExpressionToken) in
      token.isName || token.kind == .string || token.kind == .number || token.kind == .parameter
    }
    return isText(a) && isText(b) || a.kind == .close && isText(b)
  }
}

extension NodeReading {
  /// Items of the longest constant list in the node's conditions.
  var widestList: Int {
    var most = 0
    for field in [PlanField.filter, .indexCond] {
      guard let value = tree.value(index, field), value.kind == .string, value.text.count >= 200
      else {
        continue
      }
      let tokens = ExpressionLexer.tokens(tree.bytes[value.text])
      for at in tokens.indices.dropLast() where tokens[at].isWord("ANY") || tokens[at].isWord("ALL")
      {
        let list = tokens[(at + 1)...].prefix(4).first { $0.kind == .string || $0.isWord("ARRAY") }
        guard let list else { continue }
        if list.kind == .string {
          most = max(most, list.constant.count { $0 == UInt8(ascii: ",") } + 1)
        } else {
          most = max(
            most, tokens[at...].prefix { $0.kind != .closeBracket }.count { $0.kind == .comma } + 1)
        }
      }
    }
    return most
  }
}

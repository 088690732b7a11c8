import CPGQuery
import Foundation

/// What a text means to PostgreSQL's grammar, without what a query's identity leaves out: the parse
/// tree as text. Texts of one identity have to have one form.
///
/// Left out, as it is not of the query but of one execution:
/// - the value and the kind of a constant: number, string, bits, NULL, TRUE, FALSE, parameter. A
///   driver sends one of them today and another tomorrow.
/// - the sign of a number. The grammar makes one number of `- -1`, an operator and a number of
///   `-1::int` and an operator of `- 'x'`, so here a minus before any constant is left out. FETCH
///   goes backward for a negative number.
/// - how many constants a list of equal ones in IN and ARRAY has, and how many equal rows VALUES.
///
/// An integer that is an element of ORDER BY, GROUP BY or DISTINCT ON stays: it names a column.
struct GrammarForm {
  /// The integers of the text by where they stand in what the grammar is shown.
  private let integers: [Int: Int]

  /// The form of `text`; nil when the grammar refuses it.
  static func of(_ text: String) -> String? {
    guard let scan = GrammarScan(text) else { return nil }
    // Constants that are no expression (of COPY, FETCH, COMMENT …) are plain fields of the tree; no
    // name is `_`.
    var integers: [Int: Int] = [:]
    var shift = 0
    let neutral = scan.rewritten { token in
      let replacement: String? =
        switch token.kind {
        case .string: "'_'"
        // `all.5`: without its point the number would be part of the word.
        case .number: scan.text[token.range.lowerBound] == 0x2E ? ".1" : "1"
        case .parameter: "$1"
        default: nil
        }
      if token.kind == .number, token.range.count <= 6 {
        integers[token.range.lowerBound + shift] = Int(
          String(decoding: scan.text[token.range], as: UTF8.self))
      }
      if let replacement { shift += replacement.utf8.count - token.range.count }
      return replacement
    }
    let parsed = pg_query_parse(neutral)
    defer { pg_query_free_parse_result(parsed) }
    guard parsed.error == nil, let tree = parsed.parse_tree else { return nil }
    let data = Data(bytes: tree, count: strlen(tree))
    guard let object = try? JSONSerialization.jsonObject(with: data) else { return nil }
    return GrammarForm(integers: integers).form(object)
  }

  private static let clauses: Set<String> = [
    "sortClause", "groupClause", "distinctClause", "orderClause", "agg_order",
  ]
  private static let places: Set<String> = [
    "location", "stmt_location", "stmt_len", "list_start", "list_end", "version",
  ]

  /// Texts that stand where a constant is no expression: of a command's options.
  private static let constantWords: Set<String> = ["_", "null", "true", "false"]

  private func form(_ value: Any) -> String {
    if let list = value as? [Any] { return "[" + list.map(form).joined(separator: ",") + "]" }
    guard let object = value as? [String: Any] else { return "\(value)" }
    if object.count == 1, let (name, content) = object.first, let node = content as? [String: Any] {
      if isConstant(name) || Self.constantWords.contains(node["sval"] as? String ?? "") {
        return "#"
      }
      if name == "A_Expr", let negated = negatedConstant(node) { return form(negated) }
    }
    let members = object.sorted { $0.key < $1.key }.compactMap { key, value -> String? in
      guard !Self.places.contains(key), key != "direction" else { return nil }
      if key == "howMany" { return key }
      let isIn = object["kind"] as? String == "AEXPR_IN" && key == "rexpr"
      if isIn, let items = items(value) { return key + ":" + collapsed(items, constantsOnly: true) }
      if key == "elements" || key == "listdatums", let items = value as? [Any] {
        return key + ":" + collapsed(items, constantsOnly: true)
      }
      if Self.clauses.contains(key), let items = value as? [Any] {
        return key + ":[" + items.map(element).joined(separator: ",") + "]"
      }
      if key == "valuesLists", let rows = value as? [Any] {
        return key + ":" + collapsed(rows, constantsOnly: false)
      }
      return key + ":" + form(value)
    }
    return "{" + members.joined(separator: ",") + "}"
  }

  /// An element of ORDER BY, GROUP BY or DISTINCT ON.
  private func element(_ item: Any) -> String {
    guard let (name, content) = (item as? [String: Any])?.first,
      var node = content as? [String: Any]
    else { return form(item) }
    switch name {
    case "A_Const":
      return (node["location"] as? Int).flatMap { integers[$0] }.map { "#\($0)" } ?? "#"
    case "SortBy":
      let key = node.removeValue(forKey: "node")
      let isRow = (key as? [String: Any])?["RowExpr"] != nil
      return (key.map(isRow ? form : element) ?? "") + form(node)
    case "GroupingSet", "RowExpr":
      // GROUP BY reads a row in parentheses as its elements; ORDER BY does not.
      let items = node.removeValue(forKey: name == "RowExpr" ? "args" : "content") as? [Any] ?? []
      let isRow = node["row_format"] as? String == "COERCE_EXPLICIT_CALL"
      return name + "[" + items.map(isRow ? form : element).joined(separator: ",") + "]"
        + form(node)
    default: return form(item)
    }
  }

  private func isConstant(_ name: String) -> Bool {
    ["A_Const", "ParamRef", "Integer", "Float"].contains(name)
  }

  private func items(_ value: Any) -> [Any]? {
    ((value as? [String: Any])?["List"] as? [String: Any])?["items"] as? [Any]
  }

  /// What `- constant` and `- constant::type` negate.
  private func negatedConstant(_ node: [String: Any]) -> Any? {
    guard node["kind"] as? String == "AEXPR_OP", node["lexpr"] == nil, let operand = node["rexpr"],
      form(node["name"] ?? "") == "[{String:{sval:-}}]", isSignedConstant(operand)
    else { return nil }
    return operand
  }

  private func isSignedConstant(_ value: Any) -> Bool {
    guard let (name, content) = (value as? [String: Any])?.first,
      let node = content as? [String: Any]
    else { return false }
    switch name {
    case "TypeCast": return node["arg"].map(isSignedConstant) ?? false
    case "A_Expr": return negatedConstant(node) != nil
    default: return isConstant(name)
    }
  }

  /// A list as its first item when all are equal.
  private func collapsed(_ items: [Any], constantsOnly: Bool) -> String {
    let forms = items.map(form)
    guard let first = forms.first, forms.allSatisfy({ $0 == first }),
      !constantsOnly || items.allSatisfy(isOfConstants)
    else { return "[" + forms.joined(separator: ",") + "]" }
    return "[" + first + "*]"
  }

  private func isOfConstants(_ item: Any) -> Bool {
    guard let (name, content) = (item as? [String: Any])?.first,
      let node = content as? [String: Any]
    else { return false }
    if isConstant(name) { return true }
    switch name {
    case "TypeCast": return node["arg"].map(isOfConstants) ?? false
    case "A_Expr": return negatedConstant(node).map(isOfConstants) ?? false
    case "A_ArrayExpr": return (node["elements"] as? [Any])?.allSatisfy(isOfConstants) ?? false
    case "RowExpr": return (node["args"] as? [Any])?.allSatisfy(isOfConstants) ?? false
    default: return false
    }
  }
}

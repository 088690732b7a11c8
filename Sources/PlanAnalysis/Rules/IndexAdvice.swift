/// Which index would serve a scan's conditions: columns compared for equality, then one range or
/// the order,
/// never more than three.
struct IndexAdvice {
  static let columnsMax = 3

  private(set) var columns: [String] = []
  /// The first so many columns are compared for equality: their order is free.
  private(set) var equalCount = 0
  private let node: NodeReading

  /// For the scan's filter and what it looks up in an index already; `order` are columns to read
  /// in order.
  /// Columns of the outer side count where the scan is repeated for them (`joins`).
  init(_ node: NodeReading, order: [String] = [], joins: Bool = false) {
    self.node = node
    var equal: [String] = []
    var range: [String] = []
    let alias = node.text(.alias)
    let indexed = node.indexConditions
    for conjunct in indexed + node.conjuncts {
      switch conjunct.kind {
      case .comparison(let left, let shape, let op, let operand, _):
        // `(name)::text` is how a varchar stands in a comparison.
        guard shape == .plain || shape == .cast("text") else { continue }
        var column = left
        if case .column(let right) = operand {
          guard joins else { continue }
          if !Conjunct.isOwn(left, alias: alias) { column = right }
        } else if !operand.isFixed {
          continue
        }
        guard Conjunct.isOwn(column, alias: alias) else { continue }
        column = Conjunct.unqualified(column)
        if op == "=" {
          equal.append(column)
        } else if ["<", ">", "<=", ">="].contains(op) {
          range.append(column)
        }
      case .nullTest(let column, true): equal.append(column)
      case .boolean(let column): equal.append(column)
      default: continue
      }
    }
    var columns: [String] = []
    for column in equal + (order.isEmpty ? range.prefix(1) : order[...])
    where !columns.contains(column) {
      columns.append(column)
    }
    self.columns = Array(columns.prefix(Self.columnsMax))
    equalCount = min(Set(equal).count, self.columns.count)
  }

  /// Whether a btree index helps at all.
  var isPossible: Bool { !columns.isEmpty && node.has(.relationName) }

  /// The index by its parts.
  var proposal: Finding.ProposedIndex? {
    guard isPossible else { return nil }
    return Finding.ProposedIndex(
      table: node.tableName, columns: columns.map(SQLName.quoted), equalCount: equalCount)
  }

  /// The statement.
  var ddl: String? {
    guard isPossible else { return nil }
    let list = columns.map(SQLName.quoted).joined(separator: ", ")
    return "CREATE INDEX CONCURRENTLY ON \(node.tableName) (\(list))"
  }
}

extension NodeReading {
  /// Conditions that an index is searched with: its own, or those of the bitmap below.
  var indexConditions: [Conjunct] {
    if has(.indexCond) { return Conjunct.list(tree, index, .indexCond) }
    return has(.recheckCond) ? Conjunct.list(tree, index, .recheckCond) : []
  }

  /// Columns of a list such as "Sort Key", as far as they are plain columns; nil when one is not.
  func plainColumns(_ field: PlanField) -> [String]? {
    var columns: [String] = []
    for value in tree.elements(index, field) where value.kind == .string {
      var tokens = ExpressionLexer.tokens(tree.bytes[value.text])[...]
      while let last = tokens.last,
        ["DESC", "ASC", "NULLS", "FIRST", "LAST"].contains(where: { last.string == $0 })
      {
        tokens = tokens.dropLast()
      }
      guard let column = Conjunct.column(Conjunct.stripped(tokens)) else { return nil }
      columns.append(column)
    }
    return columns
  }
}

import LogStore

/// The table of query patterns.
enum QueryTable {
  /// What a terminal has no room for is shown there when it decides the order.
  private static func columns(_ order: QueryOrder) -> [Document.Column] {
    [
      .init("id"), .init("calls"), .init("errors"), .init("total_ms", "total ms"),
      .init("mean_ms", "mean ms"), .init("min_ms", isHidden: true),
      .init("p95_ms", "95 % ms", isHidden: order != .p95), .init("p99_ms", "99 % ms"),
      .init("max_ms", "max ms"), .init("share", "share %"), .init("rows"),
      .init("temp_bytes", "temp bytes", isHidden: order != .temp),
      .init("databases", "database", isElastic: true), .init("users", isHidden: true),
      .init("kind", isHidden: true), .init("query", isElastic: true),
    ]
  }

  /// Adds a table of patterns, which stand in this `order`.
  static func add(
    _ queries: [QueryFigures], by order: QueryOrder = .total, to document: inout Document,
    name: String? = nil, title: String? = nil
  ) {
    let rows: [[Cell]] = queries.map { query in
      [
        .query(query.id), .count(query.calls), .count(query.errors), .maybe(ms: query.totalMs),
        .maybe(ms: query.meanMs), .maybe(ms: query.minMs), .maybe(ms: query.p95Ms),
        .maybe(ms: query.p99Ms), .maybe(ms: query.maxMs), .maybe(share: query.share),
        .maybe(count: query.rows), .count(query.tempBytes), .list(query.databases),
        .list(query.users), .text(query.kind), text(query.text),
      ]
    }
    document.add(
      table: columns(order), rows, name: name, title: title, emptyNote: "No executions here.")
  }

  /// The text of a query pattern, or that the log has none.
  static func text(_ text: String?) -> Cell { .text(text ?? "(no text in the log)") }
}

/// The table of plans.
enum PlanTable {
  static let columns: [Document.Column] = [
    .init("id"), .init("executed_at", "time"), .init("plan_ms", "ms"),
    .init("query_id", "query id"), .init("nodes"), .init("shape"), .init("root_node", "root"),
    .init("nesting", isHidden: true),
    .init("source", isHidden: true), .init("query", isElastic: true),
  ]

  static func add(
    _ plans: [PlanFigures], to document: inout Document, name: String? = nil,
    title: String? = nil, emptyNote: String? = nil
  ) {
    let rows: [[Cell]] = plans.map { plan in
      [
        .fact(plan.key), .text(plan.executedAt), .ms(plan.planMs), .query(plan.queryID),
        .count(plan.nodes), plan.shape == 0 ? .none : .query(plan.shape), .maybe(plan.rootNode),
        .count(plan.nesting), .text(plan.source), QueryTable.text(plan.text),
      ]
    }
    document.add(table: columns, rows, name: name, title: title, emptyNote: emptyNote)
  }
}

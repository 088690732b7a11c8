/// Scans that read much more than they give.
enum ScanRules {
  static let all = [
    seqScanSelectiveFilter, seqScanRepeated, indexFilterWaste, indexWrongOrder, indexManySearches,
    readInefficient,
    heapFetches, coveringIndexMissing,
  ]

  static let seqScanSelectiveFilter = PlanRule("seq-scan-selective-filter", 0.85, on: [.seqScan]) {
    node in
    guard node.has(.filter), node.plan.truth.hasBuffers == false || node.blocks >= 100 else {
      return nil
    }
    let holds =
      node.rowsIn.isAtLeast(10_000) && node.keep.isAtMost(0.05)
      && (node.isPart(0.1) || Holds(node.blocks >= 1000))
    guard holds != .no else { return nil }
    let advice = IndexAdvice(node)
    // Its conditions are of a kind that has a rule of its own.
    guard advice.isPossible else { return nil }
    let wasted = wastedPart(node)
    let table = node.tableName
    return .init(
      holds, saves: node.ownMs.value * wasted,
      [
        .init("rows read", node.rowsIn.value, "rows"),
        .init("rows kept", node.rows.value, "rows"), .init("own time", node.ownMs.value, "ms"),
        .init("own blocks", node.blocks, "blocks"),
      ],
      "All of \(table) is read, \(Wording.number(node.rowsIn.value)) rows, to keep "
        + "\(Wording.number(node.rows.value)) of them.",
      "An index on the columns of the filter may help: equality first, then one range. Where a "
        + "condition "
        + "is always the same constant, a partial index is smaller."
    ).serving(advice).doubted(if: node.limitAbove != nil && node.truth.isCutShort)
      .doubted(if: node.plan.context.isBulkRead)
  }

  /// The part of a scan's work that an index would spare.
  static func wastedPart(_ node: NodeReading) -> Double {
    if node.plan.truth.hasBuffers, node.blocks > 0 {
      return 1 - min(1, (4 * node.rows.value + 50) / node.blocks)
    }
    return 1 - min(1, 4 * node.keep.value)
  }

  static let seqScanRepeated = PlanRule("seq-scan-repeated", 0.9, on: [.seqScan]) { node in
    guard node.loops >= 50 else { return nil }
    let isInner = node.ancestors.contains { above in
      above.kind == .nestedLoop || above.place.relationship == .subPlan
    }
    let holds = node.rowsIn.isAtLeast(100_000)
    guard holds != .no, isInner || node.place.relationship == .subPlan else { return nil }
    let needed = 4 * node.rows.value + 3 * node.truth.loops
    let work = node.plan.truth.hasBuffers ? node.blocks : node.rowsIn.value / 50
    return .init(
      holds, saves: node.ownMs.value * (1 - min(1, needed / max(1, work))),
      [
        .init("loops", node.truth.loops, "loops"), .init("rows read", node.rowsIn.value, "rows"),
        .init("own time", node.ownMs.value, "ms"), .init("own blocks", node.blocks, "blocks"),
      ],
      "\(node.tableName) is read as a whole \(Wording.number(node.truth.loops)) times.",
      "An index on the column that is compared with the outer side makes each time a short "
        + "look-up."
    ).serving(IndexAdvice(node, joins: true))
  }

  static let indexFilterWaste = PlanRule(
    "index-filter-waste", 0.8, on: [.indexScan, .indexOnlyScan, .bitmapHeapScan]
  ) { node in
    guard node.has(.filter) else { return nil }
    let holds =
      node.removed.isAtLeast(1000) && node.keep.isAtMost(0.2) && node.isPart(0.1)
    guard holds != .no else { return nil }
    let index = node.indexName ?? "the index"
    return .init(
      holds, saves: node.ownMs.value * (1 - node.keep.value),
      [
        .init("rows removed", node.removed.value, "rows"),
        .init("rows kept", node.rows.value, "rows"), .init("own time", node.ownMs.value, "ms"),
      ],
      "Of the rows that \(index) finds, \(Wording.number(node.removed.value)) are thrown away by "
        + "the "
        + "filter and \(Wording.number(node.rows.value)) are kept.",
      "An index that also has the filter's columns may help: in the key where they are compared "
        + "for "
        + "equality, with INCLUDE where not."
    ).serving(IndexAdvice(node)).doubted(if: node.limitAbove != nil && node.truth.isCutShort)
  }

  static let indexWrongOrder = PlanRule(
    "index-wrong-order", 0.85, on: [.indexScan, .indexOnlyScan]
  ) { node in
    guard node.has(.filter), let limit = node.limitAbove else { return nil }
    let holds =
      (Holds(!node.has(.indexCond)) || node.keep.isAtLeast(0.5)) && node.removed.isAtLeast(10_000)
      && Holds(node.removed.value >= 100 * (node.rows.value + 1))
    guard holds != .no else { return nil }
    let order = node.orderColumns
    return .init(
      holds, saves: node.ownMs.value * 0.95,
      [
        .init("rows removed", node.removed.value, "rows"),
        .init("rows kept", node.rows.value, "rows"), .init("limit", limit.rows.value, "rows"),
      ],
      "\(node.indexName ?? "An index") is read in its order until the limit is reached, and "
        + "\(Wording.number(node.removed.value)) rows are thrown away on the way.",
      "An index on the filter's columns followed by the order's serves both. Rewriting the query "
        + "so that "
        + "this index can't be used is the last resort."
    ).serving(IndexAdvice(node, order: order))
  }

  static let indexManySearches = PlanRule(
    "index-many-searches", 0.6, on: [.indexScan, .indexOnlyScan, .bitmapIndexScan]
  ) { node in
    guard node.has(.indexSearches), node.truth.loops > 0 else { return nil }
    let searches = node.number(.indexSearches)
    guard searches / node.truth.loops >= 100 else { return nil }
    return .init(
      .surely, saves: node.ownMs.value / 2,
      [.init("index searches", searches, "searches"), .init("loops", node.truth.loops, "loops")],
      "\(node.indexName ?? "The index") is searched \(Wording.number(searches)) times for "
        + "\(Wording.number(node.truth.loops)) executions of the scan.",
      "Its leading column is skipped over, or a long list is looked up one by one. An index that "
        + "begins "
        + "with the column that is compared may help, or a join with the list.")
  }

  static let readInefficient = PlanRule(
    "read-inefficient", 0.5, on: [.indexScan, .indexOnlyScan, .bitmapHeapScan],
    needs: [.analyze, .buffers]
  ) { node in
    guard node.rowsIn.isAtLeast(200) != .no, node.blocks > 0 else { return nil }
    let perRow = node.blocks / max(1, node.rowsIn.value)
    let best = node.indexName.flatMap { node.plan.context.bestBlocksPerRow[$0] }
    guard perRow >= 5 || best.map({ perRow >= 3 * $0 && perRow > 1 }) == true else { return nil }
    // Probes of a nested loop read the index's upper pages for each row.
    guard node.truth.loops < 10 || perRow >= 5 else { return nil }
    return Firing(
      node.rowsIn.isAtLeast(200),
      saves: node.ownMs.value * max(0, 1 - node.rowsIn.value / node.blocks),
      [
        .init("own blocks", node.blocks, "blocks"), .init("rows read", node.rowsIn.value, "rows"),
        .init("blocks a row", perRow, "ratio"),
      ],
      "\(Wording.number(node.blocks)) blocks are touched for "
        + "\(Wording.number(node.rowsIn.value)) rows.",
      "The table or index may be bloated, or the rows lie far apart: VACUUM, REINDEX CONCURRENTLY, "
        + "CLUSTER, or an index that covers the columns."
    ).doubted(if: node.width >= 2000).doubted(if: best == nil, leaves: 0.6)
  }

  static let heapFetches = PlanRule("heap-fetches", 0.9, on: [.indexOnlyScan]) { node in
    let fetches = node.number(.heapFetches)
    guard fetches >= 100 else { return nil }
    let read = node.rows + node.removed
    guard fetches >= 0.1 * read.value else { return nil }
    let holds: Holds = fetches >= 0.1 * read.high ? .surely : .possibly
    let part = read.value > 0 ? min(1, fetches / read.value) : 1
    return .init(
      holds, saves: node.ownMs.value * part,
      [.init("heap fetches", fetches, "rows"), .init("rows read", read.value, "rows")],
      "The index-only scan had to look into the table for \(Wording.number(fetches)) of "
        + "\(Wording.number(read.value)) rows: their pages are not marked all-visible.",
      "VACUUM the table, let autovacuum come sooner (autovacuum_vacuum_insert_scale_factor), and "
        + "end "
        + "transactions that stay open for long.",
      ddl: node.has(.relationName) ? "VACUUM (ANALYZE) \(node.tableName)" : nil)
  }

  static let coveringIndexMissing = PlanRule(
    "covering-index-missing", 0.45, on: [.indexScan], needs: [.analyze, .buffers, .verbose]
  ) { node in
    guard node.removed.high == 0, node.rows.isAtLeast(1000) != .no,
      node.blocks >= 0.8 * node.rows.value, node.has(.indexCond)
    else { return nil }
    let keyed = Set(
      node.indexConditions.flatMap { Conjunct.columns($0.tokens) }.map {
        $0.split(separator: ".").last.map(String.init) ?? $0
      })
    guard let output = node.plainColumns(.output) else { return nil }
    let added = output.filter { !keyed.contains($0) }
    guard !added.isEmpty, added.count <= 3, node.width <= 64 else { return nil }
    return .init(
      node.rows.isAtLeast(1000), saves: node.ownMs.value * 0.6,
      [.init("rows", node.rows.value, "rows"), .init("own blocks", node.blocks, "blocks")],
      "Nearly every row costs a visit to the table, for \(added.joined(separator: ", ")) alone.",
      "Columns added with INCLUDE to \(node.indexName ?? "the index") would make it an "
        + "index-only scan. Not "
        + "where the columns are updated often: such updates can't be HOT any more.",
      ddl: IndexAdvice(node).ddl.map {
        $0 + " INCLUDE (" + added.map(SQLName.quoted).joined(separator: ", ") + ")"
      })
  }
}

/// Shorter to write in the rules.
typealias Firing = PlanRule.Firing

extension NodeReading {
  /// The index that is used, of a bitmap scan the first one.
  var indexName: String? {
    if let name = text(.indexName) { return name }
    return kind == .bitmapHeapScan
      ? below.first { $0.kind == .bitmapIndexScan }?.text(.indexName) : nil
  }

  /// Columns that something above wants in order.
  var orderColumns: [String] {
    for above in ancestors.prefix(4) {
      if let columns = above.plainColumns(.sortKey), !columns.isEmpty { return columns }
    }
    return []
  }
}

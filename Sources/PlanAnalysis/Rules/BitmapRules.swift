/// Bitmaps that lose precision or are put together from many.
enum BitmapRules {
  static let all = [bitmapLossy, recheckHeavy, bitmapOrWide]

  static let bitmapLossy = PlanRule("bitmap-lossy", 0.85, on: [.bitmapHeapScan]) { node in
    let lossy = node.sum(.lossyHeapBlocks)
    let exact = node.sum(.exactHeapBlocks)
    guard lossy >= 100, lossy >= 0.1 * (lossy + exact) else { return nil }
    let read = node.rowsIn.value
    let part = read > 0 ? node.truth.removedByRecheck.value / read : 0
    // 48 bytes an entry and two pointers.
    let needed = (lossy + exact) * 64 / 1024
    return .init(
      .surely, saves: node.ownMs.value * part,
      [
        .init("lossy blocks", lossy, "blocks"), .init("exact blocks", exact, "blocks"),
        .init("rows removed by recheck", node.truth.removedByRecheck.value, "rows"),
        .init("memory needed", needed, "kB"),
      ],
      "The bitmap did not fit into work_mem: of \(Wording.number(lossy)) blocks only the block "
        + "is known, "
        + "and every row in them is checked again.",
      MemoryAdvice.workMem(node, kilobytes: needed)
        + " A more selective index makes the bitmap smaller.")
  }

  static let recheckHeavy = PlanRule("recheck-heavy", 0.7, on: [.bitmapHeapScan, .indexScan]) {
    node in
    let again = node.truth.removedByRecheck
    guard node.number(.lossyHeapBlocks) == 0 else { return nil }
    let holds = again.isAtLeast(1000) && Holds(again.value >= node.rows.value)
    guard holds != .no else { return nil }
    return .init(
      holds, saves: node.ownMs.value * again.value / max(1, node.rowsIn.value),
      [
        .init("rows removed by recheck", again.value, "rows"),
        .init("rows kept", node.rows.value, "rows"),
      ],
      "\(node.indexName ?? "The index") names \(Wording.number(again.value)) rows that do not "
        + "fit when they "
        + "are looked at.",
      "A GIN, GiST or trigram index gives candidates only: longer patterns or a better operator "
        + "class give "
        + "fewer. For BRIN lower pages_per_range.")
  }

  static let bitmapOrWide = PlanRule(
    "bitmap-or-wide", 0.5, on: [.bitmapOr], needs: [], readsEstimates: true
  ) { node in
    let members = node.children.count
    guard members >= 4 else { return nil }
    let heap = node.consumer { $0.kind == .bitmapHeapScan } ?? node
    let holds = node.isEstimate ? Holds(heap.isCostly) : heap.isWholePart(0.2)
    guard holds != .no else { return nil }
    return .init(
      holds, saves: heap.wholeMs / 2,
      [.init("indexes searched", Double(members), "scans"), .init("time", heap.wholeMs, "ms")],
      "\(members) index scans are put together with OR.",
      "Where they look up one column, `= ANY (array)` is one scan. Else an index on several "
        + "columns, or "
        + "UNION ALL of simpler queries."
    ).doubted(if: Set(node.children.compactMap { $0.text(.indexName) }).count == members)
  }
}

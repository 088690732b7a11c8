internal import Digest
internal import LogStore
internal import PlanAnalysis
internal import PlanText

/// Reads the plans of an hour and keeps what they say, a page at a time.
///
/// Every page is a transaction that replaces what was known of its plans, and the hour counts as read with
/// the last one: whoever is killed between them begins the hour anew.
struct PlanPass {
  /// Plans that one task analyzes.
  private static let plansPerTask = 50

  let store: Store

  /// Brings `query_analysis` in line with the plans of the hour; how many there are.
  func read(_ hour: PlanHour) async throws -> Int {
    var count = 0
    var place: PlanPlace?
    while let page = try await readPage(of: hour, after: place) {
      count += page.count
      place = page.last
    }
    return count
  }

  /// Brings the next page in line; nil when there is none, and the hour is read.
  // Not inlined: the optimizer of Swift 6.3 ends at such a call in a loop.
  @inline(never)
  private func readPage(
    of hour: PlanHour, after place: PlanPlace?
  ) async throws -> (count: Int, last: PlanPlace)? {
    try Task.checkCancellation()
    let plans = try await store.plans(of: hour, after: place)
    guard let last = plans.last else {
      try await store.finish(hour, after: place, rulesVersion: PlanReport.rulesVersion)
      return nil
    }
    let rows = await Self.rows(plans)
    try await store.write(rows, of: hour, after: place, rulesVersion: PlanReport.rulesVersion)
    return (plans.count, last.place)
  }

  /// What the plans say, in their order.
  private static func rows(_ plans: [StoredPlan]) async -> [PlanAnalysisRow] {
    await withTaskGroup(of: (first: Int, rows: [PlanAnalysisRow]).self) { group in
      for first in stride(from: 0, to: plans.count, by: plansPerTask) {
        group.addTask { (first, plans[first...].prefix(plansPerTask).map(row)) }
      }
      var parts: [(first: Int, rows: [PlanAnalysisRow])] = []
      for await part in group { parts.append(part) }
      return parts.sorted { $0.first < $1.first }.flatMap(\.rows)
    }
  }

  private static func row(_ plan: StoredPlan) -> PlanAnalysisRow {
    var row = PlanAnalysisRow(plan)
    var context = PlanContext()
    context.durationMs = row.executionMs
    context.lockWaitMs = plan.lockWaitMs
    // What is not read, or no plan, is kept as what ran and how long.
    guard let json = plan.json ?? plan.text.flatMap({ try? ExplainReading.json(text: $0) }),
      let report = try? PlanReport(json: json, digest: { SHA256Hash.of($0) }, context: context)
    else { return row }
    row.identity = PlanAnalysisRow.Identity(
      shape: Int64(bitPattern: report.identity.shape),
      plan: Int64(bitPattern: report.identity.plan),
      dedup: Int64(bitPattern: report.identity.dedup))
    row.isGeneric = report.identity.isGeneric
    row.misjudgedScan = report.misjudgedScan
    row.planningMs = report.planningMs
    row.totalCost = report.tree.number(0, .totalCost)?.value
    let root = report.truth.nodes[0]
    row.rows = report.truth.isAnalyzed ? root.rows.value : nil
    row.sharedHit = report.truth.hasBuffers ? root.buffers.sharedHit : nil
    row.sharedRead = report.truth.hasBuffers ? root.buffers.sharedRead : nil
    row.hasSeqScan = report.hasSeqScan
    row.hasIndexScan = report.hasIndexScan
    row.findings = Finding.json(report.findings)
    return row
  }
}

internal import LogModel
internal import LogStore
internal import PlanAnalysis
internal import WorkloadAnalysis

/// Makes recommendations of what the analysis found, source by source, where the intelligence layer is there.
struct RecommendationPass {
  /// Other rules, or other ways to recommend, look at everything anew.
  private static let versions = [
    WorkloadRule.version, PlanReport.rulesVersion, RecommendationMaker.version,
  ]

  let store: Store

  /// Brings the recommendations in line with the findings; how many were new or changed.
  func run() async throws -> Int {
    guard try await store.hasRecommendations() else { return 0 }
    var count = 0
    for source in try await store.pendingRecommendations(versions: Self.versions) {
      try Task.checkCancellation()
      let changes = source.mark == nil ? [] : try await changes(of: source)
      try await store.write(changes, of: source)
      count += changes.count { $0.isNew }
    }
    return count
  }

  private func changes(of source: RecommendedSource) async throws -> [RecommendationChange] {
    let causes =
      try await store.planCauses(of: source) + store.workloadCauses(of: source)
    let end = source.end.microseconds
    let maker = RecommendationMaker(days: source.days, totalMs: source.totalMs, end: end)
    return RecommendationLedger.changes(
      known: try await store.knownRecommendations(of: source.source),
      found: maker.recommendations(of: causes), end: end)
  }
}

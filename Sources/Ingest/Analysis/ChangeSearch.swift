internal import LogModel
internal import LogStore
internal import WorkloadAnalysis

/// Looks for what changed in a month: plans first, then times, of which those that a plan explains are not
/// told twice.
struct ChangeSearch {
  /// A change of plan that is at most so many hours from a change of time is its cause.
  private static let hoursApartMax: Int64 = 2
  private static let microsPerHour: Int64 = 3_600_000_000

  let store: Store

  /// Writes the changes that begin in the month `span`; how many of plans, how many regressions, and how
  /// many findings.
  func look(
    at span: AnalysisSpan
  ) async throws -> (plans: Int, regressions: Int, findings: Int) {
    guard span.mark != nil else {
      try await store.write(
        flips: [], regressions: [], findings: [], of: span, rulesVersion: WorkloadRule.version)
      return (0, 0, 0)
    }
    var series: [Int64: LatencySeries] = [:]
    for query in try await store.weightyQueries(around: span) {
      try Task.checkCancellation()
      series[query] = try await store.series(of: query, around: span)
    }
    let plans = try await lookAtPlans(span, series)
    let (totals, settingHours) = try await store.hourTotals(around: span)
    let search = RegressionSearch(
      series: series.values.sorted { $0.query < $1.query }, totals: totals,
      settingHours: settingHours)
    let first = span.start.microseconds / Self.microsPerHour
    let hours = first..<(span.end.microseconds / Self.microsPerHour)
    let times = search.regressions(in: hours).compactMap { one -> RegressionRow? in
      let near = plans.flips.filter { item in
        item.query == one.query
          && (item.flip.first.time / Self.microsPerHour - one.hour).magnitude
            <= Self.hoursApartMax
      }
      let isTold = plans.regressions.contains { row in
        row.query == one.query
          && (row.startedAt / Self.microsPerHour - one.hour).magnitude <= Self.hoursApartMax
      }
      return isTold ? nil : Self.row(one, isOfPlan: !near.isEmpty)
    }
    let flips = plans.flips.filter { Self.holds(span, $0.flip.first.time) }
    let regressions = plans.regressions.filter { Self.holds(span, $0.startedAt) } + times
    try await store.write(
      flips: flips, regressions: regressions, findings: plans.findings, of: span,
      rulesVersion: WorkloadRule.version)
    return (flips.count, regressions.count, plans.findings.count)
  }

  private static func holds(_ span: AnalysisSpan, _ time: Int64) -> Bool {
    time >= span.start.microseconds && time < span.end.microseconds
  }

  private static func row(_ one: LatencyRegression, isOfPlan: Bool) -> RegressionRow {
    let cause = isOfPlan ? LatencyRegression.Cause.planChange : one.cause
    return RegressionRow(
      query: one.query, startedAt: one.hour * microsPerHour, isOfPlan: false,
      beforeMs: one.beforeMs, afterMs: one.afterMs, ratio: one.ratio, p: one.p,
      addedMsPerDay: one.addedMsPerDay, share: one.share, severity: one.severity,
      cause: cause.rawValue, evidence: one.evidence)
  }

  /// What was found in the plans of queries that had several.
  private struct Plans {
    var flips: [(query: Int64, flip: PlanFlip)] = []
    var regressions: [RegressionRow] = []
    var findings: [WorkloadFinding] = []
  }

  private func lookAtPlans(
    _ span: AnalysisSpan, _ series: [Int64: LatencySeries]
  ) async throws -> Plans {
    var plans = Plans()
    for query in try await store.queriesOfSeveralPlans(around: span) {
      try Task.checkCancellation()
      let runs = try await store.planRuns(of: query, around: span)
      let hours: LatencySeries
      if let known = series[query] {
        hours = known
      } else {
        hours = try await store.series(of: query, around: span)
      }
      for flip in PlanFlips.flips(in: runs) {
        plans.flips.append((query, flip))
        let perDay = hours.callsPerDay(from: flip.first.time / Self.microsPerHour)
        if flip.effect.isRegression(callsPerDay: perDay) {
          plans.regressions.append(Self.row(query, flip, callsPerDay: perDay))
        }
      }
      let inside = runs.filter { Self.holds(span, $0.time) }
      if let finding = PlanFlips.flapFinding(of: query, in: inside) {
        plans.findings.append(finding)
      }
    }
    return plans
  }

  private static func row(
    _ query: Int64, _ flip: PlanFlip, callsPerDay: Double
  ) -> RegressionRow {
    let effect = flip.effect
    let ratio = effect.test?.ratio ?? 1
    return RegressionRow(
      query: query, startedAt: flip.first.time, isOfPlan: true,
      beforeMs: effect.beforeMs ?? 0, afterMs: effect.afterMs ?? 0, ratio: ratio,
      p: effect.test?.p ?? 1,
      addedMsPerDay: (effect.meanAfterMs - effect.meanBeforeMs) * callsPerDay, share: nil,
      severity: ratio >= 4 ? .critical : .high,
      cause: LatencyRegression.Cause.planChange.rawValue, evidence: effect.evidence)
  }
}

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
    var plans = try await lookAtPlans(span, series)
    let trends = try await store.planTrends(of: series.keys.sorted(), around: span)
    for query in trends.keys.sorted() {
      plans.findings += PlanTrendRules.findings(of: trends[query] ?? [])
    }
    for kinds in try await store.planKinds(of: series.keys.sorted(), around: span) {
      let finding = PlanKinds.finding(
        of: kinds.query, generic: kinds.generic, custom: kinds.custom)
      if let finding { plans.findings.append(finding) }
    }
    let (totals, settingHours) = try await store.hourTotals(around: span)
    let search = RegressionSearch(
      series: series.values.sorted { $0.query < $1.query }, totals: totals,
      settingHours: settingHours)
    let first = span.start.microseconds / Self.microsPerHour
    let hours = first..<(span.end.microseconds / Self.microsPerHour)
    var times: [RegressionRow] = []
    for one in search.regressions(in: hours) {
      let isTold = plans.regressions.contains {
        $0.query == one.query && Self.isNear($0.startedAt, one)
      }
      guard !isTold else { continue }
      times.append(Self.row(one, cause: try await cause(of: one, plans, span)))
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

  private static func isNear(_ time: Int64, _ one: LatencyRegression) -> Bool {
    (time / microsPerHour - one.hour).magnitude <= hoursApartMax
  }

  /// Why, as far as plans tell what times do not.
  private func cause(
    of one: LatencyRegression, _ plans: Plans, _ span: AnalysisSpan
  ) async throws -> LatencyRegression.Cause {
    let isFlip = plans.flips.contains {
      $0.query == one.query && Self.isNear($0.flip.first.time, one)
    }
    if isFlip { return .planChange }
    guard one.cause == .unknown else { return one.cause }
    let runs = try await store.planRuns(of: one.query, around: span)
    return one.isGrowth(in: runs) ? .moreData : .unknown
  }

  private static func row(
    _ one: LatencyRegression, cause: LatencyRegression.Cause
  ) -> RegressionRow {
    RegressionRow(
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
    let queries = try await store.queriesOfSeveralPlans(around: span)
    let causes = try await store.planChangingStatements(around: span, of: queries)
    for query in queries {
      try Task.checkCancellation()
      let runs = try await store.planRuns(of: query, around: span)
      let hours: LatencySeries
      if let known = series[query] {
        hours = known
      } else {
        hours = try await store.series(of: query, around: span)
      }
      for flip in PlanFlips.flips(in: runs, causes: causes[query] ?? []) {
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

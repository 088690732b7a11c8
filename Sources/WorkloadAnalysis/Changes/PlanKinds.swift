/// What the runs of a query with plans of one kind add up to.
public struct PlanKindFigures: Sendable, Equatable {
  /// Logarithms of the executor's time in ms.
  public var times: LogMoments
  /// The executor's time in ms, in all.
  public var totalMs: Double
  /// The median of the planner's costs.
  public var cost: Double

  /// The figures of a kind.
  public init(times: LogMoments, totalMs: Double, cost: Double) {
    self.times = times
    self.totalMs = totalMs
    self.cost = cost
  }

  var meanMs: Double { times.count > 0 ? totalMs / Double(times.count) : 0 }
}

/// Generic plans, made for all values of the parameters, beside custom ones, made for the values at hand.
public enum PlanKinds {
  /// Runs that each kind must have.
  static let runsMin: Int64 = 5

  /// The finding `generic-vs-custom`: the generic plan takes twice the time, which is no chance, or the
  /// planner itself expects ten times the cost of it.
  public static func finding(
    of query: Int64, generic: PlanKindFigures, custom: PlanKindFigures
  ) -> WorkloadFinding? {
    guard generic.times.count >= runsMin, custom.times.count >= runsMin,
      let test = WelchTest(before: custom.times, after: generic.times)
    else { return nil }
    let isSlower = test.ratio >= 2 && test.p <= 0.001
    let isDearer = custom.cost > 0 && generic.cost >= 10 * custom.cost && test.ratio > 1
    guard isSlower || isDearer else { return nil }
    let added = max(0, generic.meanMs - custom.meanMs) * Double(generic.times.count)
    return WorkloadFinding(
      rule: "generic-vs-custom", query: query,
      severity: isSlower && added >= 1_000 ? .medium : .low, costMs: added,
      summary: "The generic plan takes \(Figure.time(ms: generic.meanMs)), plans made for the "
        + "values at hand take \(Figure.time(ms: custom.meanMs)): plan_cache_mode = "
        + "force_custom_plan for this role or statement.",
      evidence: [
        "generic_runs": .count(generic.times.count), "custom_runs": .count(custom.times.count),
        "generic_mean_ms": .number(generic.meanMs), "custom_mean_ms": .number(custom.meanMs),
        "ratio": .number(test.ratio), "p": .number(test.p), "generic_cost": .number(generic.cost),
        "custom_cost": .number(custom.cost),
      ])
  }
}

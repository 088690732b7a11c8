extension WorkloadRule {
  /// Executions of one query that have little in common.
  static let spreadRules = [highVariance, bimodal]
  /// Below this p99, in ms, nobody waits for the slow ones.
  static let spreadMsMin = 50.0

  /// The slow ones are many times slower than the usual ones.
  static let highVariance = WorkloadRule(id: "high-variance") { figures, window in
    guard figures.sketch.count >= 100, let deviation = figures.moments.deviation,
      let p99 = figures.sketch.quantile(0.99), let p50 = figures.sketch.quantile(0.5),
      p99 >= spreadMsMin, deviation >= 1.5 || p50 > 0 && p99 >= 50 * p50,
      // Two levels are told apart as such.
      bimodal.check(figures, window) == nil
    else { return nil }
    return Outcome(
      severity: .low, costMs: nil,
      summary: "Half of the executions last at most \(Figure.time(ms: p50)), one of a hundred "
        + "\(Figure.time(ms: p99)): what they read, or wait for, differs.",
      evidence: [
        "sigma_ln": .number(deviation), "p50_ms": .number(p50), "p99_ms": .number(p99),
        "runs": .count(figures.sketch.count),
      ])
  }

  /// Two levels with nothing much between them. Of durations that are spread evenly over their logarithms
  /// a split in the middle explains 75 %, so the bar is above that.
  static let bimodal = WorkloadRule(id: "bimodal") { figures, _ in
    guard figures.sketch.count >= 100, let modes = figures.sketch.modes(), modes.explained >= 0.8,
      modes.highMs >= 5 * modes.lowMs, modes.highMs >= spreadMsMin,
      0.05...0.95 ~= modes.lowShare
    else { return nil }
    return Outcome(
      severity: .low, costMs: nil,
      summary: "Two kinds of execution: \(Figure.share(modes.lowShare)) around "
        + "\(Figure.time(ms: modes.lowMs)), the others around \(Figure.time(ms: modes.highMs)). "
        + "Two plans, a cold cache, a lock or a parameter can be the cause.",
      evidence: [
        "low_ms": .number(modes.lowMs), "high_ms": .number(modes.highMs),
        "low_share": .number(modes.lowShare), "explained": .number(modes.explained),
        "runs": .count(figures.sketch.count),
      ])
  }
}

extension DurationSketch {
  /// Two levels of durations.
  struct Modes: Equatable {
    /// Geometric mean of the shorter ones, in ms.
    var lowMs: Double
    /// Geometric mean of the longer ones, in ms.
    var highMs: Double
    /// The part of the shorter ones, 0 … 1.
    var lowShare: Double
    /// The part of the variance of ln d that the split explains, 0 … 1.
    var explained: Double
  }

  /// The split of the durations in two that explains most of the variance of ln d; nil when there is none.
  /// Durations of 0 are left out.
  func modes() -> Modes? {
    let buckets = counts.filter { $0.key != Self.zeroBucket }.sorted { $0.key < $1.key }
      .map { (ln: (Double($0.key) - 0.5) * Self.logGamma, count: Double($0.value)) }
    let n = buckets.reduce(0) { $0 + $1.count }
    let sum = buckets.reduce(0) { $0 + $1.count * $1.ln }
    let mean = sum / n
    let variance = buckets.reduce(0) { $0 + $1.count * ($1.ln - mean) * ($1.ln - mean) }
    guard n > 1, variance > 0 else { return nil }
    var best: Modes?
    var lowCount = 0.0
    var lowSum = 0.0
    for bucket in buckets.dropLast() {
      lowCount += bucket.count
      lowSum += bucket.count * bucket.ln
      let low = lowSum / lowCount
      let high = (sum - lowSum) / (n - lowCount)
      let between = lowCount * (n - lowCount) / n * (high - low) * (high - low)
      if between / variance > best?.explained ?? 0 {
        best = Modes(
          lowMs: Logarithm.exp(low), highMs: Logarithm.exp(high), lowShare: lowCount / n,
          explained: between / variance)
      }
    }
    return best
  }
}

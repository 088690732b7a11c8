extension WorkloadRule {
  /// Who runs it.
  static let applicationRules = [appAttribution]

  /// One of several applications takes much longer for it than the others.
  static let appAttribution = WorkloadRule(id: "app-attribution") { figures, _ in
    let known = figures.applications.filter { $0.timed >= 20 }
    guard known.count > 1, let first = known.max(by: { $0.meanMs < $1.meanMs })
    else { return nil }
    let others = known.filter { $0.name != first.name }
    let timed = others.reduce(0) { $0 + $1.timed }
    let mean = others.reduce(0) { $0 + $1.totalMs } / Double(max(1, timed))
    guard mean > 0, first.meanMs >= 3 * mean, (first.meanMs - mean) * Double(first.timed) >= 10_000
    else { return nil }
    return Outcome(
      severity: .low, costMs: (first.meanMs - mean) * Double(first.timed),
      summary: "Takes \(Figure.time(ms: first.meanMs)) for application '\(first.name)', "
        + "\(Figure.time(ms: mean)) for the others: it asks for more, or at another time.",
      evidence: [
        "application": .text(first.name), "mean_ms": .number(first.meanMs),
        "runs": .count(first.timed), "others_mean_ms": .number(mean), "others_runs": .count(timed),
        "applications": .count(Int64(known.count)),
      ])
  }
}

/// What one application did with a query.
public struct ApplicationFigures: Sendable, Equatable {
  /// `application_name`
  public var name: String
  /// Executions of which the log tells a duration.
  public var timed: Int64
  /// Their time in ms.
  public var totalMs: Double

  /// The figures of an application.
  public init(name: String, timed: Int64, totalMs: Double) {
    self.name = name
    self.timed = timed
    self.totalMs = totalMs
  }

  var meanMs: Double { timed > 0 ? totalMs / Double(timed) : 0 }
}

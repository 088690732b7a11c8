extension WorkloadRule {
  /// What takes the time, and what is slow.
  static let timeRules = [topTotal, slowMean, slowP99, planningShare, chattyTiny]

  /// The queries that together have 80 % of the time.
  static let topTotal = WorkloadRule(id: "top-total") { figures, window in
    guard let rank = window.ranks[figures.query] else { return nil }
    let share = window.share(figures.totalEstimate)
    return Outcome(
      severity: .info, costMs: figures.totalEstimate,
      summary: "Number \(rank) by time: \(Figure.share(share)) of all, "
        + "\(Figure.time(ms: figures.totalEstimate)) in \(figures.calls) executions.",
      evidence: [
        "rank": .count(Int64(rank)), "share": .number(share),
        "total_ms": .number(figures.totalEstimate), "calls": .count(figures.calls),
        "calls_estimate": .number(figures.callsEstimate),
      ])
  }

  /// A mean of half a second, of which its confidence interval is sure.
  static let slowMean = WorkloadRule(id: "slow-mean") { figures, window in
    guard figures.timed >= 20, let mean = figures.meanMs, mean >= 500,
      let bound = figures.moments.meanLowerBound(z: WilsonBound.z95), bound >= 500
    else { return nil }
    let share = window.share(figures.totalEstimate)
    return Outcome(
      severity: share >= 0.1 && mean >= 5_000 ? .high : .medium, costMs: figures.totalMs,
      summary: "\(Figure.time(ms: mean)) on average over \(figures.timed) executions.",
      evidence: [
        "mean_ms": .number(mean), "mean_lower_bound_ms": .number(bound),
        "runs": .count(figures.timed), "share": .number(share),
        "max_ms": .number(figures.maxMs),
      ])
  }

  /// One of a hundred lasts a second; told from 300 executions on.
  static let slowP99 = WorkloadRule(id: "slow-p99") { figures, _ in
    guard figures.sketch.count >= 300, let p99 = figures.sketch.quantile(0.99), p99 >= 1_000,
      let p50 = figures.sketch.quantile(0.5), p99 >= 2 * p50
    else { return nil }
    let slowest = Double(figures.sketch.count) * 0.01
    return Outcome(
      severity: .medium, costMs: slowest * p99,
      summary: "One execution of a hundred lasts \(Figure.time(ms: p99)) or longer, "
        + "half of them at most \(Figure.time(ms: p50)).",
      evidence: [
        "p99_ms": .number(p99), "p50_ms": .number(p50), "max_ms": .number(figures.maxMs),
        "runs": .count(figures.sketch.count),
      ])
  }

  /// Parse and bind take almost as long as the execution.
  static let planningShare = WorkloadRule(id: "planning-share") { figures, window in
    let planning = figures.parseMs + figures.bindMs
    let whole = planning + figures.executeMs
    guard figures.timed >= 100, planning >= 1_000, whole > 0, planning >= 0.3 * whole else {
      return nil
    }
    let share = window.share(planning)
    return Outcome(
      severity: share >= 0.05 ? .medium : .low, costMs: planning,
      summary: "\(Figure.share(planning / whole)) of its time is parse and bind: "
        + "it is planned anew each time. A prepared statement that is kept would save that.",
      evidence: [
        "parse_ms": .number(figures.parseMs), "bind_ms": .number(figures.bindMs),
        "execute_ms": .number(figures.executeMs), "planning_share": .number(planning / whole),
        "share": .number(share),
      ])
  }

  /// A fifth of all executions, each too short to matter.
  static let chattyTiny = WorkloadRule(id: "chatty-tiny") { figures, window in
    guard figures.timed >= 1_000, let mean = figures.meanMs, mean <= 1, window.callsEstimate > 0,
      figures.callsEstimate >= 0.2 * window.callsEstimate
    else { return nil }
    let part = figures.callsEstimate / window.callsEstimate
    return Outcome(
      severity: .info, costMs: figures.totalEstimate,
      summary: "\(Figure.share(part)) of all executions, \(Figure.time(ms: mean)) each: "
        + "what it asks for could be asked for at once.",
      evidence: [
        "calls": .count(figures.calls), "calls_share": .number(part), "mean_ms": .number(mean),
      ])
  }
}

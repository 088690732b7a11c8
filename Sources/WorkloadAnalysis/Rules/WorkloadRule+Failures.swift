extension WorkloadRule {
  /// Executions that did not end well.
  static let failureRules = [errorRate, timeout, cancelByUser]

  /// More than one of a hundred fails; timeouts and cancellations have rules of their own.
  static let errorRate = WorkloadRule(id: "error-rate") { figures, _ in
    let errors = figures.errors - figures.timeouts - figures.cancels
    let bound = WilsonBound.lower(hits: errors, trials: figures.calls)
    guard errors >= 5, bound >= 0.01 else { return nil }
    let states = figures.sqlstates.sorted { ($1.count, $0.state) < ($0.count, $1.state) }
    var byState = Evidence()
    for one in states.prefix(10) { byState.append(one.state, .count(one.count)) }
    let part = Double(errors) / Double(figures.calls)
    return Outcome(
      severity: bound >= 0.2 ? .high : .medium, costMs: nil,
      summary: "\(Figure.share(part)) of the executions fail, mostly with "
        + "SQLSTATE \(states.first?.state ?? "unknown").",
      evidence: [
        "errors": .count(errors), "calls": .count(figures.calls), "rate": .number(part),
        "rate_lower_bound": .number(bound), "sqlstates": .group(byState),
      ])
  }

  /// `statement_timeout` ends it: the times of those that survive say too little.
  static let timeout = WorkloadRule(id: "timeout") { figures, _ in
    guard figures.timeouts >= 3 else { return nil }
    let part = Double(figures.timeouts) / Double(max(1, figures.calls))
    return Outcome(
      severity: part >= 0.1 ? .high : .medium, costMs: nil,
      summary: "\(figures.timeouts) executions ended at statement_timeout, \(Figure.share(part)) "
        + "of all; quantiles of the others are lower bounds.",
      evidence: [
        "timeouts": .count(figures.timeouts), "calls": .count(figures.calls),
        "rate": .number(part), "max_ms_of_others": .number(figures.maxMs),
      ])
  }

  /// Users do not wait for it.
  static let cancelByUser = WorkloadRule(id: "cancel-by-user") { figures, _ in
    guard figures.cancels >= 3 else { return nil }
    let part = Double(figures.cancels) / Double(max(1, figures.calls))
    return Outcome(
      severity: .low, costMs: nil,
      summary: "\(figures.cancels) executions were cancelled, \(Figure.share(part)) of all.",
      evidence: [
        "cancels": .count(figures.cancels), "calls": .count(figures.calls), "rate": .number(part),
      ])
  }
}

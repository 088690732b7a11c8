extension WorkloadRule {
  /// Queries that came and went.
  static let noveltyRules = [newFingerprint, goneFingerprint]

  /// Never seen before, and one of a hundred parts of the time.
  static let newFingerprint = WorkloadRule(id: "new-fingerprint") { figures, window in
    let share = window.share(figures.totalEstimate)
    guard !figures.history.isKnown, window.historyDays >= 1, share >= 0.01 else { return nil }
    return Outcome(
      severity: .info, costMs: figures.totalEstimate,
      summary: "New, and \(Figure.share(share)) of the time.",
      evidence: [
        "share": .number(share), "total_ms": .number(figures.totalEstimate),
        "calls": .count(figures.calls), "days_before": .count(Int64(window.historyDays)),
      ])
  }

  /// It ran day after day, and on this one not at all.
  static let goneFingerprint = WorkloadRule(id: "gone-fingerprint") { figures, window in
    let share = window.historyMs > 0 ? figures.history.totalMs / window.historyMs : 0
    guard figures.calls == 0, window.historyDays >= 7, figures.history.activeDays >= 7,
      share >= 0.01, window.hours >= 20
    else { return nil }
    return Outcome(
      severity: .info, costMs: nil,
      summary: "Gone: it ran on each of the seven days before, \(Figure.share(share)) of the time.",
      evidence: [
        "share_before": .number(share), "calls_before": .count(figures.history.calls),
        "total_ms_before": .number(figures.history.totalMs),
      ])
  }
}

extension WorkloadRule {
  /// What programs do with a query, session by session.
  static let sessionRules = [nPlusOne, repeatIdentical]

  /// A loop in a program asks row by row for what one query could return.
  static let nPlusOne = WorkloadRule(id: "n-plus-one") { figures, window in
    let bursts = figures.bursts
    guard figures.kind == "select", bursts.count > bursts.identical else { return nil }
    let cost = bursts.totalMs + bursts.gapMs
    let share = window.share(bursts.totalMs)
    return Outcome(
      severity: share >= 0.05 ? .medium : .low, costMs: cost,
      summary: "Runs in loops: \(bursts.calls) executions in \(bursts.count) runs of up to "
        + "\(bursts.longest), \(Figure.time(ms: cost)) with the time between them. A join, or "
        + "= ANY with all values, asks once.",
      evidence: [
        "bursts": .count(bursts.count), "calls": .count(bursts.calls),
        "longest": .count(bursts.longest), "total_ms": .number(bursts.totalMs),
        "gap_ms": .number(bursts.gapMs), "identical": .count(bursts.identical),
        "led_by_rows": .count(bursts.led),
        "before_query": .text(bursts.before == 0 ? "" : hex(bursts.before)),
        "share": .number(share),
      ])
  }

  /// The same question with the same values, again and again.
  static let repeatIdentical = WorkloadRule(id: "repeat-identical") { figures, _ in
    let bursts = figures.bursts
    guard figures.kind == "select", bursts.identical > 0, bursts.longest >= 20 else { return nil }
    return Outcome(
      severity: .low, costMs: bursts.totalMs + bursts.gapMs,
      summary: "\(bursts.identical) runs ask the same with the same parameters: the program could "
        + "keep the answer.",
      evidence: [
        "identical": .count(bursts.identical), "bursts": .count(bursts.count),
        "longest": .count(bursts.longest), "total_ms": .number(bursts.totalMs),
      ])
  }

  /// A query's id as it is printed.
  static func hex(_ id: Int64) -> String {
    let digits = String(UInt64(bitPattern: id), radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}

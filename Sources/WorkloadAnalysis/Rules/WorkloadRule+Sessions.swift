extension WorkloadRule {
  /// What programs do with a query, session by session.
  static let sessionRules = [nPlusOne, repeatIdentical, idleInTransaction, longTransaction]

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

  /// A session leaves its transaction open and does nothing: its locks stay, and VACUUM can't clean up behind it.
  static let idleInTransaction = WorkloadRule(id: "idle-in-transaction") { figures, _ in
    let found = figures.transactions
    guard found.idle + found.timeouts > 0 else { return nil }
    let minute = 60_000.0
    return Outcome(
      severity: found.timeouts > 0 || found.hasIdleLocks && found.idleMaxMs >= 5 * minute
        ? .medium : .low,
      costMs: nil,
      summary: "\(found.idle + found.timeouts) times a session did nothing within a transaction, "
        + (found.idleMaxMs > 0 ? "up to \(Figure.time(ms: found.idleMaxMs))" : "until it was ended")
        + (found.timeouts > 0 ? "; the server ended \(found.timeouts) of them" : "")
        + (found.hasIdleLocks ? ", with locks on what it had written" : "")
        + ": commit before waiting for something else.",
      evidence: [
        "idle": .count(found.idle), "timeouts": .count(found.timeouts),
        "longest_ms": .number(found.idleMaxMs), "total_ms": .number(found.idleTotalMs),
        "after_writes": .count(found.hasIdleLocks ? 1 : 0),
      ])
  }

  /// A transaction lasts: rows that died since it began can't be removed.
  static let longTransaction = WorkloadRule(id: "long-transaction") { figures, _ in
    let found = figures.transactions
    guard found.long > 0 else { return nil }
    let hour = 3_600_000.0
    return Outcome(
      severity: found.longMaxMs >= hour ? .medium : .low, costMs: nil,
      summary: "\(found.long) transactions with it as their longest statement took up to "
        + "\(Figure.time(ms: found.longMaxMs)): as long VACUUM removes nothing that died since.",
      evidence: [
        "transactions": .count(found.long), "longest_ms": .number(found.longMaxMs),
        "with_writes": .count(found.hasLongLocks ? 1 : 0),
      ])
  }

  /// A query's id as it is printed.
  static func hex(_ id: Int64) -> String {
    let digits = String(UInt64(bitPattern: id), radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}

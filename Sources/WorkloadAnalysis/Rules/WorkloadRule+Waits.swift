extension WorkloadRule {
  /// Waiting and writing instead of reading.
  static let waitRules = [lockWaits, deadlock, temporaryFiles, temporaryGrowth]

  /// It waits for locks of others for a second in all, or a twentieth of its time.
  static let lockWaits = WorkloadRule(id: "lock-waits") { figures, _ in
    let part = figures.totalMs > 0 ? figures.lockWaitMs / figures.totalMs : 0
    guard figures.lockWaits > 0,
      figures.lockWaitMs >= 1_000 || part >= 0.05 && figures.lockWaitMs >= 100
    else { return nil }
    return Outcome(
      severity: figures.lockWaitMs >= 60_000 ? .high : .medium, costMs: figures.lockWaitMs,
      summary: "Waited \(Figure.time(ms: figures.lockWaitMs)) for locks in \(figures.lockWaits) "
        + "waits longer than deadlock_timeout.",
      evidence: [
        "waits": .count(figures.lockWaits), "wait_ms": .number(figures.lockWaitMs),
        "total_ms": .number(figures.totalMs), "wait_share": .number(part),
      ])
  }

  /// Deadlocks ended it.
  static let deadlock = WorkloadRule(id: "deadlock") { figures, _ in
    guard figures.deadlocks > 0 else { return nil }
    return Outcome(
      severity: .medium, costMs: nil,
      summary: "\(figures.deadlocks) executions ended in a deadlock: sessions lock the same rows "
        + "in different orders.",
      evidence: ["deadlocks": .count(figures.deadlocks), "calls": .count(figures.calls)])
  }

  /// Half of the executions write temporary files.
  static let temporaryFiles = WorkloadRule(id: "temp-files") { figures, _ in
    // The log tells of files, and an execution may write several, with other records between them.
    let runs = min(figures.tempRuns, figures.calls)
    guard runs >= 5, runs * 2 >= figures.calls else { return nil }
    let bytesPerRun = figures.tempBytes / runs
    return Outcome(
      severity: figures.tempBytes >= 1_000_000_000 ? .medium : .low, costMs: nil,
      summary: "Sorts or hashes go to disk in \(runs) of \(figures.calls) executions, "
        + "\(Figure.bytes(bytesPerRun)) each: more than work_mem.",
      evidence: [
        "temp_runs": .count(runs), "calls": .count(figures.calls),
        "temp_files": .count(figures.tempFiles), "temp_bytes": .count(figures.tempBytes),
      ])
  }

  /// A gigabyte of temporary files, and twice what the days before had.
  static let temporaryGrowth = WorkloadRule(id: "temp-growth") { figures, _ in
    let before = figures.history.tempBytesMedian
    guard figures.tempBytes >= 1_000_000_000, figures.history.activeDays >= 3,
      Double(figures.tempBytes) >= 2 * before
    else { return nil }
    return Outcome(
      severity: .medium, costMs: nil,
      summary: "\(Figure.bytes(figures.tempBytes)) of temporary files, "
        + "\(Figure.bytes(Int64(before))) on a usual day before.",
      evidence: [
        "temp_bytes": .count(figures.tempBytes), "median_before": .number(before),
        "days_before": .count(Int64(figures.history.activeDays)),
      ])
  }
}

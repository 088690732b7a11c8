/// How much memory would have been enough, in words.
enum MemoryAdvice {
  /// Nobody is told to give more than this to one operation.
  static let kilobytesMax = 1024.0 * 1024

  /// A fifth more than needed, in whole powers of two of MB.
  static func rounded(_ kilobytes: Double) -> Double {
    var megabytes = 1.0
    while megabytes * 1024 < kilobytes * 1.2, megabytes < 1_048_576 { megabytes *= 2 }
    return megabytes
  }

  static func workMem(_ node: NodeReading, kilobytes: Double) -> String {
    advice(node, kilobytes, "work_mem", by: "")
  }

  /// Hash tables may take a multiple of work_mem.
  static func hashMemory(_ node: NodeReading, kilobytes: Double) -> String {
    let factor = node.plan.setting("hash_mem_multiplier").flatMap { Double($0) } ?? 2
    return advice(
      node, kilobytes / max(1, factor), "work_mem",
      by: " (a hash table may take \(Wording.number(factor)) times as much)")
  }

  private static func advice(
    _ node: NodeReading, _ kilobytes: Double, _ setting: String, by note: String
  ) -> String {
    guard kilobytes <= kilobytesMax else {
      return "It would take more than 1 GB of \(setting): reduce the rows or columns first."
    }
    let processes =
      node.truth.processes > 1
      ? " It counts for each of \(Wording.number(node.truth.processes.rounded())) processes." : ""
    return
      "SET LOCAL \(setting) = '\(Wording.number(rounded(kilobytes)))MB' for this statement or "
      + "its role, "
      + "not for the server, would be enough\(note).\(processes)"
  }
}

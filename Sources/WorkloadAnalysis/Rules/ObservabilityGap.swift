/// What the log of a day can't show, and which rules are blind for it.
public struct ObservabilityGap: Sendable {
  /// Settings of the server at the end of the day, by name; what is not known is not here.
  public var settings: [String: String] = [:]
  /// Executions.
  public var executions: Int64 = 0
  /// Plans.
  public var plans: Int64 = 0
  /// Plans that could not be read: another format, or cut.
  public var unreadable: Int64 = 0
  /// Readable plans without figures of their execution.
  public var withoutActuals: Int64 = 0
  /// Readable plans without blocks.
  public var withoutBuffers: Int64 = 0

  /// Nothing is known.
  public init() {}

  /// The finding `observability-gap` of no query; nil when the log shows everything that is asked of it, or
  /// nothing is known.
  public var finding: WorkloadFinding? {
    let gaps = self.gaps
    guard executions > 0, !gaps.isEmpty else { return nil }
    var evidence: Evidence = [
      "executions": .count(executions), "plans": .count(plans),
      "unreadable_plans": .count(unreadable), "plans_without_actuals": .count(withoutActuals),
      "plans_without_buffers": .count(withoutBuffers),
    ]
    for (name, text) in gaps { evidence.append(name, .text(text)) }
    return WorkloadFinding(
      rule: "observability-gap", query: 0, severity: .info, costMs: nil,
      summary: gaps.map(\.text).joined(separator: " "), evidence: evidence)
  }

  /// Names of what is missing, and what that hides.
  private var gaps: [(name: String, text: String)] {
    var gaps: [(String, String)] = []
    if unreadable * 10 > plans, plans > 0 {
      gaps.append(
        (
          "format",
          "\(unreadable) of \(plans) plans can't be read: auto_explain.log_format = 'json' shows them."
        ))
    }
    let readable = plans - unreadable
    if withoutActuals * 2 > readable, readable > 0 {
      gaps.append(
        (
          "analyze",
          "Plans have estimates only: auto_explain.log_analyze = on shows rows and what they cost."
        ))
    } else if withoutBuffers * 2 > readable, readable > 0 {
      gaps.append(("buffers", "Plans have no blocks: auto_explain.log_buffers = on shows them."))
    }
    for (setting, what) in [
      ("auto_explain.sample_rate", "plans"), ("log_statement_sample_rate", "statements"),
    ] {
      guard let rate = settings[setting].flatMap(Double.init), rate < 1, rate > 0,
        setting != "log_statement_sample_rate" || number("log_min_duration_sample") ?? -1 >= 0
      else { continue }
      gaps.append((setting, "Only \(Figure.share(rate)) of \(what) are logged (\(setting))."))
    }
    if let floor = number("log_min_duration_statement"), floor > 0 {
      gaps.append(
        (
          "log_min_duration_statement",
          "Statements below \(Figure.time(ms: floor)) are not in the log: totals are lower bounds, and rules "
            + "about many short statements are blind."
        ))
    }
    return gaps
  }

  private func number(_ setting: String) -> Double? { settings[setting].flatMap(Double.init) }
}

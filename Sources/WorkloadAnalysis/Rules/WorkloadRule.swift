/// One rule over the executions of a query in a window: a name, and what must hold.
///
/// Rules are values, independent of each other: each looks at the same figures and says what it found, or
/// nothing. Where a figure rests on few executions the rule asks for a bound instead of the figure.
public struct WorkloadRule: Sendable {
  /// Its id, as `slow-mean`.
  public let id: String
  /// Its finding, without the rule's own id and whether it is a lower bound.
  let check: @Sendable (WorkloadFigures, WorkloadWindow) -> Outcome?

  /// What a rule says.
  struct Outcome {
    var severity: FindingSeverity
    var costMs: Double?
    var summary: String
    var evidence: Evidence
  }

  /// Raised when a rule changes what it finds: findings are made anew then.
  public static let version = 3

  /// All of them.
  public static let all: [WorkloadRule] =
    timeRules + spreadRules + failureRules + waitRules + sessionRules + noveltyRules
    + applicationRules

  /// What all rules find, in the order of the rules.
  public static func findings(
    of figures: WorkloadFigures, in window: WorkloadWindow
  ) -> [WorkloadFinding] {
    all.compactMap { rule in
      rule.check(figures, window).map { outcome in
        WorkloadFinding(
          rule: rule.id, query: figures.query, severity: outcome.severity, costMs: outcome.costMs,
          summary: outcome.summary, evidence: outcome.evidence,
          isLowerBound: figures.isLowerBound)
      }
    }
  }
}

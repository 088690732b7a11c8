/// What one rule found of one thing in the executions, or plans, of one query of a source.
public struct FoundCause: Sendable {
  /// `queries.id`
  public var query: Int64
  /// The rule's id.
  public var rule: String
  /// What it is about: the statement that would help, or else the node; empty for executions.
  public var subject: String
  /// The node, for people.
  public var place = ""
  /// Plans, or days, in which it was found.
  public var firings: Int64
  /// Plans of the same plan ids, or days with executions.
  public var samples: Int64
  /// What they would save at most, in ms, in all.
  public var savingMs: Double
  /// The worst.
  public var severity: FindingSeverity
  /// 0 … 1, over all samples.
  public var confidence: Double
  /// What is the matter.
  public var explanation: String
  /// What to do.
  public var remedy: String
  /// The statement that does it.
  public var ddl: String?
  /// The index that it makes.
  public var index: IndexProposal?
  /// The plan that would save most: `12-34567`.
  public var example: String?
  /// Plans of the same query without it take at most half the time.
  public var isProven = false
  /// How often it was found, and when.
  public var history: [CauseHistory.Step] = []

  /// A cause by what is always known of it.
  public init(
    query: Int64, rule: String, subject: String, firings: Int64, samples: Int64, savingMs: Double,
    severity: FindingSeverity, confidence: Double, explanation: String, remedy: String
  ) {
    self.query = query
    self.rule = rule
    self.subject = subject
    self.firings = firings
    self.samples = samples
    self.savingMs = savingMs
    self.severity = severity
    self.confidence = confidence
    self.explanation = explanation
    self.remedy = remedy
  }

  /// The confidence over `samples` of a finding that had `single` in one plan alone, where one sample counts
  /// for two thirds.
  public static func confidence(single: Double, firings: Int64, samples: Int64) -> Double {
    let n = Double(max(samples, firings))
    return min(1, single * 1.5) * (Double(firings) + 1) / (n + 2)
  }
}

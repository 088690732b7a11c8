/// Why the system trusts an answer less than the model does. A rule is a ceiling: the confidence of an answer is
/// the least of what the model claims and the ceilings of all rules that hold, so no rule can raise it.
public enum ConfidenceRule: String, Sendable, CaseIterable {
  /// Always: a model's word alone is never certain. At most 0.8.
  case modelAlone = "model_alone"
  /// Never surer than the surest finding that it was told of.
  case findings
  /// No plan was told: the log has none, it could not be read, or it is too long. At most 0.5.
  case noPlan = "no_plan"
  /// The text is cut, or PostgreSQL's grammar did not take it. At most 0.5.
  case partialText = "partial_text"
  /// All that was found was found once. At most 0.6.
  case foundOnce = "found_once"
  /// It proposes an index that no rule proposes. At most 0.5.
  case unsupportedStatement = "unsupported_statement"

  /// The highest confidence that the rule leaves, 0 … 1; nil where it does not hold.
  func ceiling(_ question: Question, statement: String?) -> Double? {
    switch self {
    case .modelAlone: 0.8
    case .findings: question.findingConfidence
    case .noPlan: question.hasPlan ? nil : 0.5
    case .partialText: question.isTextWhole ? nil : 0.5
    case .foundOnce: question.findingCount > 1 ? nil : 0.6
    case .unsupportedStatement: Self.isUnsupported(statement, question) ? 0.5 : nil
    }
  }

  /// What is left of `claimed`, and the rules that are below it.
  static func lowering(
    _ claimed: Double, question: Question, statement: String?
  ) -> (confidence: Double, rules: [ConfidenceRule]) {
    let ceilings = allCases.compactMap { rule in
      rule.ceiling(question, statement: statement).map { (rule, $0) }
    }
    let lowest = ceilings.map(\.1).min() ?? 1
    return (min(claimed, lowest), ceilings.filter { $0.1 < claimed }.map(\.0))
  }

  private static func isUnsupported(_ statement: String?, _ question: Question) -> Bool {
    guard let statement else { return false }
    let words = KnownNames.words(of: statement)
    guard words.first == "create" else { return false }
    return !question.proposals.contains { essence(KnownNames.words(of: $0)) == essence(words) }
  }

  /// The words of a statement without those that only say how it is done.
  private static func essence(_ words: [String]) -> [String] {
    words.filter { !["concurrently", "using", "btree", "if", "not", "exists"].contains($0) }
  }
}

/// An answer that was checked, with the confidence that the system leaves it.
public struct Advice: Sendable, Equatable {
  /// One sentence.
  public var summary: String
  /// Why, and what to mind; can be empty.
  public var details: String
  /// The statement that would help.
  public var statement: String?
  /// What the model claimed, 0 … 1.
  public var claimedConfidence: Double
  /// What is left of it.
  public var confidence: Double
  /// The rules that lowered it, in the order of `ConfidenceRule`.
  public var lowered: [ConfidenceRule]
  /// Tables, columns and indexes that it names.
  public var names: [String]
}

/// Why an answer is not taken. The raw value is what is stored and counted.
public enum Rejection: String, Error, Sendable, CaseIterable {
  /// Longer than any answer has to be.
  case tooLarge = "too_large"
  /// No JSON, or not what the protocol answers.
  case notJSON = "not_json"
  /// JSON that is not of the schema; a severity of its own, a confidence above 1.
  case wrongSchema = "wrong_schema"
  /// A table, column or index that the model was not told of.
  case unknownName = "unknown_name"
  /// A statement that does more than make an index or gather statistics.
  case forbiddenStatement = "forbidden_statement"
  /// A link, control characters, an order to destroy something, or the key.
  case forbiddenText = "forbidden_text"
}

/// Checks an answer: the schema, the statement, the texts, the names.
public struct AdviceReader: Sendable {
  private let question: Question
  /// Never to be seen in an answer.
  private let secret: String?

  /// For answers to `question`; an answer in which `secret` stands is rejected.
  public init(question: Question, secret: String? = nil) {
    self.question = question
    self.secret = secret
  }

  /// The advice in `content`, the text of the model's message. Throws the first reason against it.
  public func read(_ content: String) throws(Rejection) -> Advice {
    let answer = try AnswerDocument.read(content)
    if let secret, !secret.isEmpty, content.contains(secret) { throw .forbiddenText }
    for text in [answer.summary, answer.details] { try TextCheck.check(text, question.names) }
    let names = answer.tables + answer.columns + answer.indexes
    guard names.allSatisfy({ question.names.contains(name: $0) }) else { throw .unknownName }
    if let statement = answer.statement { try StatementCheck.check(statement, question.names) }
    let lowered = ConfidenceRule.lowering(
      answer.confidence, question: question, statement: answer.statement)
    return Advice(
      summary: answer.summary, details: answer.details, statement: answer.statement,
      claimedConfidence: answer.confidence, confidence: lowered.confidence, lowered: lowered.rules,
      names: names)
  }
}

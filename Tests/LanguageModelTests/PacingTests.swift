import LanguageModel
import Testing

@Suite struct PacingTests {
  @Test func breakerProbesOnceAndThenGivesUp() {
    var breaker = CircuitBreaker()
    for _ in 0..<CircuitBreaker.failuresMax {
      #expect(breaker.permit(at: .zero) == .go)
      breaker.noteFailure(at: .zero)
    }
    #expect(breaker.permit(at: .zero) == .wait(CircuitBreaker.pause))
    #expect(breaker.permit(at: CircuitBreaker.pause) == .go)
    #expect(breaker.permit(at: CircuitBreaker.pause) != .go)
    breaker.noteFailure(at: CircuitBreaker.pause)
    #expect(breaker.isBroken)
    #expect(breaker.permit(at: .seconds(1_000)) == .stop)
  }

  @Test func noLieMakesTheBudgetCheaper() {
    var budget = RunBudget(callsMax: 2, tokensMax: 1_000)
    #expect(budget.reserve(tokens: 600) == nil)
    #expect(budget.reserve(tokens: 600) == .tokens)
    budget.settle(reserved: 600, reported: 0, least: 200)
    #expect(budget.tokens == 200)
    #expect(budget.reserve(tokens: 600) == nil)
    #expect(budget.reserve(tokens: 1) == .calls)
  }

  @Test func pausesGrowAndObeyTheEndpoint() {
    #expect(RetryPolicy.pause(after: 1, share: 1) == .milliseconds(250))
    #expect(RetryPolicy.pause(after: 3, share: 1) == .seconds(1))
    #expect(RetryPolicy.pause(after: 1, retryAfter: .seconds(2), share: 0) == .seconds(2))
    #expect(RetryPolicy.pause(after: 1, retryAfter: .seconds(3_600), share: 0) == nil)
    #expect(RetryPolicy.pause(after: RetryPolicy.attemptsMax, share: 0) == nil)
  }
}

@Suite struct AdviceReaderTests {
  private let question = Question(
    query: 1, kind: "select", sql: "SELECT * FROM orders WHERE ref = 'CANARY'", isTextWhole: true,
    figures: [],
    findings: [
      .init(rule: "seq-scan", severity: "high", confidence: 0.7, count: 3, savingMs: 100)
    ], plan: nil)

  private func answer(_ changes: String) -> String {
    #"{"summary":"s","details":"","confidence":0.9,"tables":["orders"],"columns":["ref"],"#
      + changes
      + "}"
  }

  @Test func confidenceIsOnlyLowered() throws {
    let advice = try AdviceReader(question: question).read(
      answer(#""indexes":[],"statement":null"#))
    #expect(advice.confidence == 0.5)
    #expect(advice.lowered == [.modelAlone, .findings, .noPlan])
    #expect(question.severity == "high" && !question.json.contains("CANARY"))
  }

  @Test func unknownNamesAndStatementsAreRejected() {
    let reader = AdviceReader(question: question)
    #expect(throws: Rejection.unknownName) {
      try reader.read(answer(#""indexes":["other"],"statement":null"#))
    }
    #expect(throws: Rejection.forbiddenStatement) {
      try reader.read(answer(#""indexes":[],"statement":"DROP TABLE orders""#))
    }
    #expect(throws: Rejection.wrongSchema) {
      try reader.read(answer(#""indexes":[],"statement":null,"severity":"critical""#))
    }
  }
}

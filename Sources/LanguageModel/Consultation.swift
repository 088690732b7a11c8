internal import Synchronization

/// Asks a model about many queries: within a budget, a few at a time, again where that can help, and not at all
/// where the endpoint fails again and again. It never throws for what an endpoint does.
public final class Consultation: Sendable {
  /// Why no more is asked.
  public enum End: Sendable, Equatable {
    /// All was asked.
    case complete
    case budget(RunBudget.Exhaustion)
    /// The circuit breaker gave up; what the last failure was.
    case unreachable(String)
    /// The endpoint refuses every request of this kind: a wrong key, model or path.
    case refused(status: Int)
  }

  /// What came of one question.
  public enum Outcome: Sendable, Equatable {
    case advice(Advice)
    case rejected(Rejection)
    /// The endpoint did not answer it, but may answer others; why.
    case failed(String)
    /// It was not asked any more.
    case unasked
  }

  /// The run so far.
  public struct Figures: Sendable, Equatable {
    /// Requests that were sent.
    public var calls = 0
    /// Tokens that they cost.
    public var tokens = 0
    /// Why no more was asked.
    public var end = End.complete

    /// A run that has not begun.
    public init() {}

    init(calls: Int, tokens: Int, end: End) {
      self.calls = calls
      self.tokens = tokens
      self.end = end
    }
  }

  private struct State {
    var budget: RunBudget
    var breaker = CircuitBreaker()
    var next = 0
    var end = End.complete
    var lastFailure = ""
  }

  private enum Step {
    case send(reserved: Int)
    case wait(Duration)
    case end
  }

  private let state: Mutex<State>
  private let transport: any ChatTransport
  private let model: String
  private let secret: String?
  private let start = ContinuousClock.now
  private let sleep: @Sendable (Duration) async throws -> Void

  /// A run that asks `model` through `transport`; `sleep` waits.
  public init(
    model: String, secret: String?, transport: any ChatTransport, budget: RunBudget,
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) {
    state = Mutex(State(budget: budget))
    self.transport = transport
    self.model = model
    self.secret = secret
    self.sleep = sleep
  }

  /// What it used so far, and how it ended.
  public var figures: Figures {
    state.withLock { Figures(calls: $0.budget.calls, tokens: $0.budget.tokens, end: $0.end) }
  }

  /// Asks `questions` in their order, `concurrency` at a time; `handle` gets what came of each, one at a time
  /// for each of them, and its error ends the run. Throws that, or `CancellationError`.
  public func run(
    _ questions: [Question], concurrency: Int,
    handle: @escaping @Sendable (Question, Outcome) async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<max(1, min(concurrency, questions.count)) {
        group.addTask {
          while let question = self.next(of: questions) {
            try Task.checkCancellation()
            try await handle(question, try await self.ask(question))
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private func next(of questions: [Question]) -> Question? {
    state.withLock { state in
      guard state.next < questions.count else { return nil }
      defer { state.next += 1 }
      return questions[state.next]
    }
  }

  private func ask(_ question: Question) async throws -> Outcome {
    let body = Prompt.body(model: model, question: question)
    var attempts = 0
    while true {
      switch step(tokens: Prompt.tokens(ofBody: body.utf8.count)) {
      case .end: return attempts == 0 ? .unasked : .failed(lastFailure)
      case .wait(let pause): try await sleep(pause)
      case .send(let reserved):
        attempts += 1
        let result = try await transport.send(body)
        if let outcome = take(result, question, reserved: reserved, bodyBytes: body.utf8.count) {
          return outcome
        }
        var asked: Duration?
        if case .status(_, let retryAfter) = result { asked = retryAfter }
        guard
          let pause = RetryPolicy.pause(
            after: attempts, retryAfter: asked, share: Double.random(in: 0...1))
        else { return .failed(lastFailure) }
        try await sleep(pause)
      }
    }
  }

  private var lastFailure: String { state.withLock(\.lastFailure) }

  private func step(tokens: Int) -> Step {
    let now = start.duration(to: .now)
    return state.withLock { state in
      guard state.end == .complete else { return .end }
      switch state.breaker.permit(at: now) {
      case .wait(let pause): return .wait(pause)
      case .stop: return .end
      case .go:
        guard let exhaustion = state.budget.reserve(tokens: tokens) else {
          return .send(reserved: tokens)
        }
        state.breaker.noteUnsent(at: now)
        state.end = .budget(exhaustion)
        return .end
      }
    }
  }

  /// What came of a request; nil where it failed in a way that may pass.
  private func take(
    _ result: ChatResult, _ question: Question, reserved: Int, bodyBytes: Int
  ) -> Outcome? {
    switch result {
    case .answered(let bytes):
      state.withLock { $0.breaker.noteAnswer() }
      do throws(Rejection) {
        let reply = try ChatReply(bytes)
        let least = bodyBytes / 6 + reply.content.utf8.count / 6
        state.withLock {
          $0.budget.settle(reserved: reserved, reported: reply.tokens, least: least)
        }
        return .advice(try AdviceReader(question: question, secret: secret).read(reply.content))
      } catch {
        return .rejected(error)
      }
    case .tooLarge:
      state.withLock { $0.breaker.noteAnswer() }
      return .rejected(.tooLarge)
    case .status(let status, _) where !RetryPolicy.isRetriable(status: status):
      state.withLock { $0.end = .refused(status: status) }
      return .failed("HTTP status \(status)")
    case .status(let status, _): noteFailure("HTTP status \(status)")
    case .unreachable(let reason): noteFailure(reason.rawValue)
    }
    return nil
  }

  private func noteFailure(_ reason: String) {
    let now = start.duration(to: .now)
    state.withLock { state in
      state.lastFailure = reason
      state.breaker.noteFailure(at: now)
      if state.breaker.isBroken, state.end == .complete { state.end = .unreachable(reason) }
    }
  }
}

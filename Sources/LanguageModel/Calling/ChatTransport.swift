/// What came of one request.
public enum ChatResult: Sendable, Equatable {
  /// A body with status 200.
  case answered([UInt8])
  /// The body is longer than any answer has to be; it was not read to its end.
  case tooLarge
  /// Another status, with what it says of a next attempt.
  case status(Int, retryAfter: Duration?)
  /// Nobody answered, or not within the time.
  case unreachable(Unreachable)
}

/// Why there is no answer.
public enum Unreachable: String, Sendable {
  case refused = "nothing listens there, or it can't be connected to"
  case slow = "it did not answer within the time"
  case broken = "the connection ended before the answer did"
}

/// Sends the body of a request and gives what came of it; throws only when cancelled.
public protocol ChatTransport: Sendable {
  /// Sends `body`, JSON in UTF-8, once.
  func send(_ body: String) async throws(CancellationError) -> ChatResult
}

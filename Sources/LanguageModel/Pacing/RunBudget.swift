/// How much one run may cost. Tokens are reserved before a request and settled behind it; what the endpoint
/// says it used counts only where it is more than a request of that length needs, so no lie makes it cheaper.
public struct RunBudget: Sendable, Equatable {
  /// What a run that may not go on has used up.
  public enum Exhaustion: Sendable, Equatable {
    case calls
    case tokens
  }

  /// Requests that may be sent, repeated ones included.
  public let callsMax: Int
  /// Tokens that may be used, of requests and answers.
  public let tokensMax: Int
  /// Requests that were sent.
  public private(set) var calls = 0
  /// Tokens that were used or are reserved.
  public private(set) var tokens = 0

  /// A budget that nothing was taken of.
  public init(callsMax: Int, tokensMax: Int) {
    self.callsMax = callsMax
    self.tokensMax = tokensMax
  }

  /// Takes one call and `tokens`, or says what is used up and takes nothing.
  public mutating func reserve(tokens wanted: Int) -> Exhaustion? {
    if calls >= callsMax { return .calls }
    if wanted > tokensMax - tokens { return .tokens }
    calls += 1
    tokens += wanted
    return nil
  }

  /// Corrects a reservation by what the endpoint says: `reserved` counted, `least` is what the request and
  /// the answer were at least. Nil: it says nothing, and the reservation stands.
  public mutating func settle(reserved: Int, reported: Int?, least: Int) {
    guard let reported else { return }
    let used = min(max(reported, least), 10_000_000)
    tokens += used - reserved
  }
}

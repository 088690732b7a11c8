/// Stops asking an endpoint that fails again and again.
///
///     closed --failuresMax failures in a row--> open --pause--> probing --answer--> closed
///                                                                 |
///                                                                 +--failure--> broken: the run ends
///
/// Times are since the start of the run. While one call probes, all others wait.
public struct CircuitBreaker: Sendable, Equatable {
  /// What a call has to do.
  public enum Permission: Sendable, Equatable {
    case go
    /// Ask again after this time.
    case wait(Duration)
    /// Don't ask any more.
    case stop
  }

  private enum State: Sendable, Equatable {
    case closed(failures: Int)
    case open(until: Duration)
    case probing
    case broken
  }

  /// Failures in a row that open it.
  public static let failuresMax = 5
  /// How long it stays open before one call probes.
  public static let pause = Duration.seconds(3)
  /// How often a call asks while another one probes.
  static let poll = Duration.milliseconds(100)

  private var state = State.closed(failures: 0)

  /// A closed one.
  public init() {}

  /// Whether it has given up.
  public var isBroken: Bool { state == .broken }

  /// What a call has to do at `now`; the one that may go while it is open is the probe.
  public mutating func permit(at now: Duration) -> Permission {
    switch state {
    case .closed: return .go
    case .probing: return .wait(Self.poll)
    case .broken: return .stop
    case .open(let until):
      guard now >= until else { return .wait(until - now) }
      state = .probing
      return .go
    }
  }

  /// A call that had gone was answered.
  public mutating func noteAnswer() {
    if state != .broken { state = .closed(failures: 0) }
  }

  /// A call that had gone failed at `now`.
  public mutating func noteFailure(at now: Duration) {
    switch state {
    case .closed(let failures):
      state =
        failures + 1 >= Self.failuresMax
        ? .open(until: now + Self.pause) : .closed(failures: failures + 1)
    case .probing: state = .broken
    // Calls that were under way when it opened say nothing new.
    case .open, .broken: break
    }
  }

  /// A probe that was never sent; the next call probes.
  public mutating func noteUnsent(at now: Duration) {
    if state == .probing { state = .open(until: now) }
  }
}

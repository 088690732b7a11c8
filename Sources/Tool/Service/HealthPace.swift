/// When the state is written: after each change, but at most once a second; without one every ten.
struct HealthPace: Equatable, Sendable {
  /// Between two writes at least.
  static let pause = Duration.seconds(1)
  /// Between two writes at most.
  static let interval = Duration.seconds(10)

  private var lastWrite: ContinuousClock.Instant?

  /// How long a write has to wait; zero: it is due.
  func delay(isChanged: Bool, at time: ContinuousClock.Instant) -> Duration {
    guard let lastWrite else { return .zero }
    return max(.zero, (isChanged ? Self.pause : Self.interval) - (time - lastWrite))
  }

  mutating func wrote(at time: ContinuousClock.Instant) { lastWrite = time }
}

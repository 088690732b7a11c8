/// Pauses between attempts: each twice as long as the one before, up to a longest.
struct BackOff: Sendable {
  private let first: Duration
  private let last: Duration
  private var pause: Duration?

  /// Pauses from `first` to `last`.
  init(from first: Duration, to last: Duration) {
    self.first = first
    self.last = last
  }

  /// The pause before the next attempt.
  mutating func next() -> Duration {
    let next = pause.map { min($0 * 2, last) } ?? min(first, last)
    pause = next
    return next
  }

  /// An attempt succeeded: the next pause is a first one.
  mutating func reset() { pause = nil }
}

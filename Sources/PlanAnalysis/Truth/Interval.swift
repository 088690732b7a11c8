/// A figure with what is known of it: the true value lies within `[low, high]`, `value` is the best
/// guess.
public struct Interval: Sendable, Equatable {
  /// The least that it can be.
  public var low: Double
  /// The best guess.
  public var value: Double
  /// The most that it can be.
  public var high: Double

  /// A figure by its bounds.
  public init(low: Double, value: Double, high: Double) {
    self.low = low
    self.value = value
    self.high = high
  }

  /// A figure that is known exactly.
  public init(_ value: Double) {
    self.init(low: value, value: value, high: value)
  }

  /// A figure that was rounded.
  public init(_ value: Double, halfWidth: Double) {
    self.init(low: value - halfWidth, value: value, high: value + halfWidth)
  }

  /// Nothing, exactly.
  public static let zero = Interval(0)

  /// Whether there is no doubt about it.
  public var isExact: Bool { low == high }

  /// The same figure, known to be not negative.
  public var notNegative: Interval {
    Interval(low: max(0, low), value: max(0, value), high: max(0, high))
  }

  /// The figure as two sources know it. Where they contradict each other the first one holds.
  public func intersection(_ other: Interval) -> Interval {
    let low = max(low, other.low)
    let high = min(high, other.high)
    guard low <= high else { return self }
    let inside = value >= low && value <= high ? value : other.value
    return Interval(low: low, value: min(max(inside, low), high), high: high)
  }

  static func + (a: Interval, b: Interval) -> Interval {
    Interval(low: a.low + b.low, value: a.value + b.value, high: a.high + b.high)
  }

  static func - (a: Interval, b: Interval) -> Interval {
    Interval(low: a.low - b.high, value: a.value - b.value, high: a.high - b.low)
  }

  static func += (a: inout Interval, b: Interval) { a = a + b }
  static func -= (a: inout Interval, b: Interval) { a = a - b }

  /// By a factor that is not negative.
  static func * (a: Interval, factor: Double) -> Interval {
    Interval(low: a.low * factor, value: a.value * factor, high: a.high * factor)
  }

  /// By a divisor above zero.
  static func / (a: Interval, divisor: Double) -> Interval { a * (1 / divisor) }
}

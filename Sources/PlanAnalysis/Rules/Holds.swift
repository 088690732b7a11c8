/// Whether a condition on rounded figures holds.
enum Holds: UInt8, Comparable, Sendable {
  case no
  /// For the best guess, but not for every value that the rounding leaves.
  case possibly
  /// For every value that the rounding leaves.
  case surely

  init(_ condition: Bool) { self = condition ? .surely : .no }

  static func < (a: Holds, b: Holds) -> Bool { a.rawValue < b.rawValue }

  static func && (a: Holds, b: @autoclosure () -> Holds) -> Holds {
    a == .no ? .no : min(a, b())
  }

  static func || (a: Holds, b: @autoclosure () -> Holds) -> Holds {
    a == .surely ? .surely : max(a, b())
  }

  static func && (a: Holds, b: @autoclosure () -> Bool) -> Holds {
    a == .no ? .no : b() ? a : .no
  }
}

extension Interval {
  func isAtLeast(_ bound: Double) -> Holds {
    low >= bound ? .surely : value >= bound ? .possibly : .no
  }

  func isAtMost(_ bound: Double) -> Holds {
    high <= bound ? .surely : value <= bound ? .possibly : .no
  }

  /// The part that `self` is of `self + rest`: 1 of nothing.
  func share(with rest: Interval) -> Interval {
    func part(_ a: Double, _ b: Double) -> Double { a + b > 0 ? a / (a + b) : 1 }
    return Interval(
      low: part(low, rest.high), value: part(value, rest.value), high: part(high, rest.low))
  }
}

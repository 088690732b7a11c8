/// A number of a plan as it was printed: an exact decimal, `mantissa` · 10^-`scale`.
///
/// What was printed was rounded: the true figure lies within half a unit of the last digit.
public struct PlanDecimal: Sendable, Equatable {
  /// All digits, with the sign.
  public var mantissa: Int64
  /// Digits after the decimal point, 0…18.
  public var scale: UInt8

  /// A decimal by its digits.
  public init(mantissa: Int64, scale: UInt8 = 0) {
    precondition(scale <= 18, "a decimal has at most 18 digits after the point")
    self.mantissa = mantissa
    self.scale = scale
  }

  /// The number as binary floating point.
  public var value: Double { Double(mantissa) / Self.powers[Int(scale)] }

  /// Half a unit of the last printed digit.
  public var halfUnit: Double { 0.5 / Self.powers[Int(scale)] }

  /// The number without its fraction.
  public var whole: Int64 { mantissa / Self.wholePowers[Int(scale)] }

  /// Where the figure that was rounded to this number lies.
  public var interval: Interval { Interval(value, halfWidth: halfUnit) }

  private static let wholePowers: [Int64] = (0...18).reduce(into: []) { powers, _ in
    powers.append((powers.last ?? 0) == 0 ? 1 : powers[powers.count - 1] * 10)
  }
  private static let powers: [Double] = wholePowers.map(Double.init)
}

/// Natural logarithm and exponential function in plain Swift: the standard library has neither, and the
/// core links no C library. Both are good to a few units in the last place.
enum Logarithm {
  /// ln 2 in two parts: the sum of both is good to 106 bits.
  private static let ln2High = 0x1.62e42fee00000p-1
  private static let ln2Low = 0x1.a39ef35793c76p-33

  /// ln `value`; -∞ for 0, NaN below.
  static func ln(_ value: Double) -> Double {
    guard value > 0 else { return value == 0 ? -.infinity : .nan }
    guard value.isFinite else { return value }
    var exponent = Double(value.exponent)
    var significand = value.significand
    if significand > 1.414213562373095 {
      significand /= 2
      exponent += 1
    }
    // ln m = 2 artanh((m - 1) / (m + 1)), whose argument is below 0.172.
    let s = (significand - 1) / (significand + 1)
    let square = s * s
    var series = 0.0
    for term in stride(from: 23.0, through: 3, by: -2) { series = (series + 1 / term) * square }
    return exponent * ln2High + (2 * s + (2 * s * series + exponent * ln2Low))
  }

  /// e to the power of `value`.
  static func exp(_ value: Double) -> Double {
    guard value == value else { return value }
    guard value < 709.7 else { return .infinity }
    guard value > -708 else { return 0 }
    let exponent = (value / (ln2High + ln2Low)).rounded()
    let rest = (value - exponent * ln2High) - exponent * ln2Low
    var series = 1.0
    for term in stride(from: 17.0, through: 1, by: -1) { series = 1 + series * rest / term }
    return Double(sign: .plus, exponent: Int(exponent), significand: series)
  }

  /// ln of the gamma function for positive `value` (Lanczos' approximation, g = 7, 9 terms).
  static func lnGamma(_ value: Double) -> Double {
    let terms = [
      676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
      12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ]
    let x = value - 1
    var sum = 0.99999999999980993
    for (index, term) in terms.enumerated() { sum += term / (x + Double(index + 1)) }
    let t = x + 7.5
    return 0.918938533204672742 + (x + 0.5) * ln(t) - t + ln(sum)
  }
}

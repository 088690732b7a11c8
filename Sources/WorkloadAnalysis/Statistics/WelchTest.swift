/// Whether two sets of logarithms have the same mean: Welch's t-test, whatever their variances are, or
/// Student's, which takes them for equal and so can tell a set of three from a large one.
public struct WelchTest: Sendable, Equatable {
  /// The statistic; above 0 when the second mean is the greater one.
  public let t: Double
  /// Degrees of freedom; Welch's by Satterthwaite's formula.
  public let degrees: Double
  /// The probability of a difference at least so great between equal means (two-sided).
  public let p: Double
  /// e to the difference of the means: by which factor the second is greater.
  public let ratio: Double

  /// The test of `before` against `after`, with `isPooled` Student's; nil when one has less than two
  /// values.
  public init?(before: LogMoments, after: LogMoments, isPooled: Bool = false) {
    guard let m1 = before.mean, let m2 = after.mean, let v1 = before.variance,
      let v2 = after.variance
    else { return nil }
    let n1 = Double(before.count)
    let n2 = Double(after.count)
    let pooled = ((n1 - 1) * v1 + (n2 - 1) * v2) / (n1 + n2 - 2)
    let e1 = (isPooled ? pooled : v1) / n1
    let e2 = (isPooled ? pooled : v2) / n2
    ratio = Logarithm.exp(m2 - m1)
    guard e1 + e2 > 0 else {
      // Without any spread every difference is certain.
      t = m1 == m2 ? 0 : m2 > m1 ? .infinity : -.infinity
      degrees = n1 + n2 - 2
      p = m1 == m2 ? 1 : 0
      return
    }
    t = (m2 - m1) / (e1 + e2).squareRoot()
    degrees =
      isPooled
      ? n1 + n2 - 2 : (e1 + e2) * (e1 + e2) / (e1 * e1 / (n1 - 1) + e2 * e2 / (n2 - 1))
    p = StudentDistribution.twoSided(t, degrees: degrees)
  }
}

/// Student's t distribution.
enum StudentDistribution {
  /// The probability of a value at least as far from 0 as `t`.
  static func twoSided(_ t: Double, degrees: Double) -> Double {
    guard t.isFinite else { return 0 }
    return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
  }

  /// The regularized incomplete beta function I_x(a, b).
  static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    // The fraction converges fast only below the mean.
    if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
    let front =
      Logarithm.exp(
        Logarithm.lnGamma(a + b) - Logarithm.lnGamma(a) - Logarithm.lnGamma(b)
          + a * Logarithm.ln(x) + b * Logarithm.ln(1 - x)) / a
    return front * continuedFraction(x, a, b)
  }

  /// Lentz' evaluation of the continued fraction of I_x(a, b).
  private static func continuedFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    var c = 1.0
    var d = 1 / nonzero(1 - (a + b) * x / (a + 1), tiny)
    var value = d
    for step in 1...500 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / nonzero(1 + even * d, tiny)
      c = nonzero(1 + even / c, tiny)
      value *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / nonzero(1 + odd * d, tiny)
      c = nonzero(1 + odd / c, tiny)
      value *= d * c
      if (d * c - 1).magnitude < 1e-15 { break }
    }
    return value
  }

  private static func nonzero(_ value: Double, _ tiny: Double) -> Double {
    value.magnitude < tiny ? tiny : value
  }
}

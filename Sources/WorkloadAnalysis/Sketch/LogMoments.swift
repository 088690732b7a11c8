/// Count, Σ ln d and Σ (ln d)²: durations are log-normal rather than normal, so means are compared and
/// spread is measured on their logarithms.
public struct LogMoments: Sendable, Equatable {
  /// Durations above 0.
  public var count: Int64
  /// Σ ln d.
  public var sum: Double
  /// Σ (ln d)².
  public var squares: Double

  /// Moments by their parts.
  public init(count: Int64 = 0, sum: Double = 0, squares: Double = 0) {
    self.count = count
    self.sum = sum
    self.squares = squares
  }

  /// The moments of values that are logarithms already.
  public init(logarithms: some Sequence<Double>) {
    self.init()
    for value in logarithms {
      count += 1
      sum += value
      squares += value * value
    }
  }

  /// The moments of durations in ms; what is not above 0 is left out.
  public init(durationsMs: some Sequence<Double>) {
    self.init(logarithms: durationsMs.lazy.filter { $0 > 0 }.map { Logarithm.ln($0) })
  }

  /// Adds what `other` holds.
  public mutating func merge(_ other: Self) {
    count += other.count
    sum += other.sum
    squares += other.squares
  }

  /// Mean of ln d; nil when there is none.
  public var mean: Double? { count > 0 ? sum / Double(count) : nil }

  /// Sample variance of ln d, at least 0; nil below two.
  public var variance: Double? {
    guard count > 1 else { return nil }
    let n = Double(count)
    return max(0, (squares - sum * sum / n) / (n - 1))
  }

  /// σ(ln d); nil below two.
  public var deviation: Double? { variance.map { $0.squareRoot() } }

  /// The lower end of the confidence interval of the mean duration in ms (Cox' method for log-normal
  /// values), `z` standard errors below it; nil below two.
  public func meanLowerBound(z: Double) -> Double? {
    guard let mean, let variance else { return nil }
    let n = Double(count)
    let error = (variance / n + variance * variance / (2 * (n - 1))).squareRoot()
    return Logarithm.exp(mean + variance / 2 - z * error)
  }
}

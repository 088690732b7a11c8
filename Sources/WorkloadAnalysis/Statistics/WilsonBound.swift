/// Bounds of a proportion that hold for few trials, too (Wilson's score interval).
public enum WilsonBound {
  /// z of a two-sided interval of 95 %.
  public static let z95 = 1.959963984540054

  /// The least part that is likely when `hits` of `trials` were hits, 0 … 1.
  public static func lower(hits: Int64, trials: Int64, z: Double = z95) -> Double {
    guard trials > 0, hits > 0 else { return 0 }
    let n = Double(trials)
    let part = min(1, Double(hits) / n)
    let square = z * z
    let centre = part + square / (2 * n)
    let spread = z * (part * (1 - part) / n + square / (4 * n * n)).squareRoot()
    return max(0, (centre - spread) / (1 + square / n))
  }
}

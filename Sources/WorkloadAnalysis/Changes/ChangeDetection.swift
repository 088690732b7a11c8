/// A place in a series where its values move for good.
public struct ChangePoint: Sendable, Equatable {
  /// The first value after the change, 0-based.
  public let index: Int
  /// The values from the change before up to this one.
  public let before: LogMoments
  /// The values from this one up to the next change.
  public let after: LogMoments
  /// Student's test between them.
  public let test: WelchTest
}

/// Finds changes of level in a series of logarithms: E-divisive, with a t-test in place of permutations,
/// so that equal series give equal answers.
///
/// The candidate of a part of the series is where the energy distance between what is left and right of
/// it is greatest. It stands when Student's test tells the two apart; then both sides are searched. At last
/// neighbours that are no longer told apart are put together again, the weakest first. As the place is chosen
/// among all, the probability of chance is taken as often as there are places.
public struct ChangeDetection: Sendable, Equatable {
  /// Values that are looked at together; longer series are searched in parts that overlap by half.
  public var window: Int
  /// The greatest probability of chance.
  public var pMax: Double
  /// Values on each side of a change, at least 2.
  public var sideMin: Int
  /// The least factor between the levels, above 1; smaller changes are put together.
  public var ratioMin: Double

  /// The defaults: 50 values, p ≤ 0.001, three values a side, any factor.
  public init(window: Int = 50, pMax: Double = 0.001, sideMin: Int = 3, ratioMin: Double = 1) {
    self.window = max(4, window)
    self.pMax = pMax
    self.sideMin = max(2, sideMin)
    self.ratioMin = max(1, ratioMin)
  }

  /// The changes of `series`, whose values are logarithms, ascending. O(n · window).
  public func changePoints(in series: [Double]) -> [ChangePoint] {
    var indices: Set<Int> = []
    var start = 0
    while start < series.count {
      let end = min(series.count, start + window)
      split(series, start..<end, into: &indices)
      if end == series.count { break }
      start += window / 2
    }
    return merged(series, indices.sorted())
  }

  private func split(_ series: [Double], _ part: Range<Int>, into indices: inout Set<Int>) {
    guard part.count >= 2 * sideMin,
      let index = candidate(Array(series[part])).map({ $0 + part.lowerBound })
    else { return }
    let left = LogMoments(logarithms: series[part.lowerBound..<index])
    let right = LogMoments(logarithms: series[index..<part.upperBound])
    guard let test = WelchTest(before: left, after: right, isPooled: true),
      test.p * Double(part.count) <= pMax
    else { return }
    indices.insert(index)
    split(series, part.lowerBound..<index, into: &indices)
    split(series, index..<part.upperBound, into: &indices)
  }

  /// Where the energy distance is greatest: (2/mn ΣΣ|x-y| - mean |x-x'| - mean |y-y'|) · mn/(m+n). The
  /// sums follow the border, so that all places cost O(n²).
  private func candidate(_ values: [Double]) -> Int? {
    let n = values.count
    var left = 0.0
    var right = 0.0
    var cross = 0.0
    for i in 0..<n { for j in 0..<i { right += (values[i] - values[j]).magnitude } }
    var best: (index: Int, energy: Double)?
    for border in 1..<n {
      let moved = values[border - 1]
      var toLeft = 0.0
      var toRight = 0.0
      for value in values[..<(border - 1)] { toLeft += (value - moved).magnitude }
      for value in values[border...] { toRight += (value - moved).magnitude }
      left += toLeft
      right -= toRight
      cross += toRight - toLeft
      guard border >= sideMin, n - border >= sideMin else { continue }
      let m = Double(border)
      let k = Double(n - border)
      let between = 2 * cross / (m * k)
      let within = left / (m * (m - 1) / 2) + right / (k * (k - 1) / 2)
      let energy = m * k / (m + k) * (between - within)
      if energy > (best?.energy ?? 0) { best = (border, energy) }
    }
    return best?.index
  }

  /// The changes between neighbouring parts, without those that do not hold between them.
  private func merged(_ series: [Double], _ indices: [Int]) -> [ChangePoint] {
    var indices = indices
    while true {
      let borders = [0] + indices + [series.count]
      let points = indices.indices.compactMap { at in
        let before = LogMoments(logarithms: series[borders[at]..<borders[at + 1]])
        let after = LogMoments(logarithms: series[borders[at + 1]..<borders[at + 2]])
        return WelchTest(before: before, after: after, isPooled: true).map {
          ChangePoint(index: indices[at], before: before, after: after, test: $0)
        }
      }
      // A part of less than two values tells nothing.
      guard points.count == indices.count else {
        let known = points.map(\.index)
        indices = known
        continue
      }
      guard let weakest = points.filter({ !holds($0) }).max(by: { isWeaker($1, $0) }) else {
        return points
      }
      indices.removeAll { $0 == weakest.index }
    }
  }

  private func holds(_ point: ChangePoint) -> Bool {
    point.test.p * Double(point.before.count + point.after.count) <= pMax
      && max(point.test.ratio, 1 / point.test.ratio) >= ratioMin
  }

  private func isWeaker(_ a: ChangePoint, _ b: ChangePoint) -> Bool {
    (-a.test.p, a.test.t.magnitude) < (-b.test.p, b.test.t.magnitude)
  }
}

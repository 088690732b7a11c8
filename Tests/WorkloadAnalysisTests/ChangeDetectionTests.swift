import TestSupport
import Testing

@testable import WorkloadAnalysis

@Suite struct ChangeDetectionTests {
  /// Values around the levels, each level as often as its count says; the noise is about normal.
  static func series(
    _ levels: [(level: Double, count: Int)], noise: Double, seed: UInt64
  ) -> [Double] {
    var random = SeededGenerator(seed: seed)
    return levels.flatMap { part in
      (0..<part.count).map { _ in
        let sum = (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0...1, using: &random) }
        return part.level + noise * sum
      }
    }
  }

  @Test(arguments: 1...40) func aStepIsFoundAtItsPlace(seed: Int) {
    let series = Self.series([(1, 30), (2, 30)], noise: 0.2, seed: UInt64(seed))
    let points = ChangeDetection(window: 60).changePoints(in: series)
    #expect(points.count == 1)
    #expect(points.first.map { (28...32).contains($0.index) } == true)
    #expect(points.first.map { 2.2...3.3 ~= $0.test.ratio } == true)
  }

  @Test func noiseAloneIsNoChange() {
    let found = (1...200).filter { seed in
      let series = Self.series([(1, 60)], noise: 0.3, seed: UInt64(seed))
      return !ChangeDetection().changePoints(in: series).isEmpty
    }
    // The place is chosen for its distance, so the probability of chance is above pMax; 3 % is the bar.
    #expect(found.count <= 6, "\(found)")
  }

  @Test(arguments: 1...20) func longSeriesAreSearchedInParts(seed: Int) {
    let series = Self.series(
      [(0, 80), (1, 70), (0.2, 90)], noise: 0.15, seed: UInt64(seed))
    let points = ChangeDetection(ratioMin: 1.3).changePoints(in: series)
    #expect(points.count == 2)
    for (point, place) in zip(points, [80, 150]) { #expect((point.index - place).magnitude <= 2) }
  }

  @Test func smallChangesAreLeftOutByTheGate() {
    let series = Self.series([(1, 40), (1.1, 40)], noise: 0.01, seed: 3)
    #expect(ChangeDetection(window: 80).changePoints(in: series).count == 1)
    #expect(ChangeDetection(window: 80, ratioMin: 1.3).changePoints(in: series).isEmpty)
  }

  @Test(arguments: [[], [1], [1, 1], [1, 1, 1, 1, 1, 1, 1]])
  func shortAndFlatSeriesHaveNoChange(series: [Double]) {
    #expect(ChangeDetection().changePoints(in: series).isEmpty)
  }

  @Test func theSameSeriesGivesTheSameAnswer() {
    let series = Self.series([(1, 300), (3, 300)], noise: 0.9, seed: 8)
    #expect(
      ChangeDetection().changePoints(in: series) == ChangeDetection().changePoints(in: series))
  }
}

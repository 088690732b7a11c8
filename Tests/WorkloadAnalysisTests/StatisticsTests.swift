import Foundation
import TestSupport
import Testing

@testable import WorkloadAnalysis

@Suite struct StatisticsTests {
  @Test func logarithmsAreThoseOfTheCLibrary() {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<20_000 {
      let x = Foundation.exp(Double.random(in: -30...40, using: &random))
      let exact = Foundation.log(x)
      #expect((Logarithm.ln(x) - exact).magnitude <= exact.magnitude * 1e-15 + 1e-16, "ln \(x)")
      let y = Double.random(in: -700...700, using: &random)
      let power = Foundation.exp(y)
      #expect((Logarithm.exp(y) - power).magnitude <= power * 1e-14, "exp \(y)")
      let z = Double.random(in: 0.5...500, using: &random)
      let gamma = lgamma(z) as Double
      let off = (Logarithm.lnGamma(z) - gamma).magnitude
      #expect(off <= gamma.magnitude * 1e-12 + 1e-11, "\(z)")
    }
    #expect(Logarithm.ln(0) == -.infinity && Logarithm.ln(-1).isNaN)
    #expect(Logarithm.exp(1000) == .infinity && Logarithm.exp(-1000) == 0)
    #expect(Logarithm.ln(.leastNonzeroMagnitude).isFinite && Logarithm.ln(.infinity) == .infinity)
  }

  /// From tables of Student's t distribution (two-sided).
  @Test(arguments: [
    (12.706, 1.0, 0.05), (63.657, 1, 0.01), (2.228, 10, 0.05), (3.169, 10, 0.01),
    (4.587, 10, 0.001), (2.042, 30, 0.05), (3.646, 30, 0.001), (1.980, 120, 0.05),
    (3.373, 120, 0.001),
  ])
  func studentDistributionIsThatOfTheTables(t: Double, degrees: Double, p: Double) {
    let found = StudentDistribution.twoSided(t, degrees: degrees)
    #expect((found - p).magnitude < p * 0.005)
    #expect((StudentDistribution.twoSided(-t, degrees: degrees) - found).magnitude < 1e-15)
  }

  /// The example of unequal variances in Welch's terms: worked by hand.
  @Test func welchTestIsWorkedByHand() throws {
    let test = try #require(
      WelchTest(
        before: LogMoments(logarithms: [1.0, 2, 3, 4, 5]),
        after: LogMoments(logarithms: [2.0, 4, 6, 8, 10, 12])))
    // Means 3 and 7, variances 2.5 and 14: t = 4 / sqrt(0.5 + 14 / 6).
    #expect((test.t - 2.37635).magnitude < 1e-5)
    #expect((test.degrees - 6.97159).magnitude < 1e-3)
    #expect((test.ratio - 54.59815).magnitude < 1e-4)
    #expect(0.04..<0.06 ~= test.p)
  }

  @Test func equalValuesDifferNot() throws {
    let same = LogMoments(logarithms: [1.0, 1, 1])
    let other = LogMoments(logarithms: [2.0, 2, 2])
    #expect(WelchTest(before: same, after: same)?.p == 1)
    #expect(WelchTest(before: same, after: other)?.p == 0)
    #expect(WelchTest(before: same, after: LogMoments(logarithms: [2.0])) == nil)
  }

  @Test(arguments: [
    (5, 10, 0.2366), (1, 1, 0.2065), (10, 1000, 0.00544), (0, 10, 0), (0, 0, 0), (10, 10, 0.7225),
  ])
  func wilsonBoundIsThatOfTheFormula(hits: Int64, trials: Int64, lower: Double) {
    #expect((WilsonBound.lower(hits: hits, trials: trials) - lower).magnitude < 1e-4)
  }

  @Test func meanBoundHoldsTheMean() throws {
    var random = SeededGenerator(seed: 9)
    let durations = (0..<400).map { _ in
      Logarithm.exp((0..<12).reduce(-6.0) { sum, _ in sum + .random(in: 0...1, using: &random) })
    }
    let moments = LogMoments(durationsMs: durations)
    let mean = durations.reduce(0, +) / 400
    let low = try #require(moments.meanLowerBound(z: 1.96))
    #expect(low < mean && low > mean * 0.7)
    #expect(LogMoments(durationsMs: [0, -1]).mean == nil)
  }

  @Test func weightsFollowTheServersRule() {
    let floor = LogSampling(floorMs: 100)
    #expect(floor.weight(ofMs: 100) == 1 && floor.hidesSome)
    #expect(floor.probability(ofMs: 99.999) == 0 && floor.weight(ofMs: 99.999) == 1)
    let sampled = LogSampling(floorMs: 500, sampleFloorMs: 0, statementRate: 0.1)
    #expect(sampled.probability(ofMs: 500) == 1 && !sampled.hidesSome)
    #expect((sampled.weight(ofMs: 499) - 10).magnitude < 1e-9)
    let both = LogSampling(sampleFloorMs: 10, statementRate: 0.5, transactionRate: 0.2)
    #expect((both.probability(ofMs: 10) - 0.6).magnitude < 1e-12)
    #expect((both.weight(ofMs: 9) - 5).magnitude < 1e-9)
    #expect(!LogSampling(logsDurations: true).hidesSome)
    #expect(LogSampling().hidesSome)
  }
}

import TestSupport
import Testing

@testable import WorkloadAnalysis

@Suite struct VarianceFactorTests {
  /// Durations around 10 ms with noise; `edit` sets what goes with them.
  static func samples(
    _ count: Int, seed: UInt64 = 1, edit: (Int, inout ExecutionSample) -> Void
  ) -> [ExecutionSample] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { index in
      var sample = ExecutionSample(
        ms: 10 * Logarithm.exp(Double.random(in: -0.3...0.3, using: &random)), hour: index % 24)
      edit(index, &sample)
      return sample
    }
  }

  @Test func theFactorThatGoesWithItIsNamed() throws {
    let byPlan = Self.samples(200) { index, sample in
      sample.plan = index % 3 == 0 ? 7 : 8
      if index % 3 == 0 { sample.ms *= 20 }
    }
    let plan = try #require(VarianceFactors.strongest(in: byPlan))
    #expect(plan.name == "plan" && plan.slowest == "0000000000000007" && plan.explained > 0.9)
    let byHour = Self.samples(200) { _, sample in if sample.hour == 3 { sample.ms *= 40 } }
    let hour = try #require(VarianceFactors.strongest(in: byHour))
    #expect(hour.name == "hour" && hour.slowest == "3")
    let byRows = Self.samples(200) { index, sample in
      sample.rows = Double(1 + index % 50)
      sample.ms *= Double(1 + index % 50)
    }
    #expect(VarianceFactors.strongest(in: byRows)?.name == "rows")
  }

  /// Each value occurs once: groups of one explain everything and mean nothing.
  @Test func valuesThatOccurOnceExplainNothing() {
    let samples = Self.samples(200) { index, sample in
      sample.parameters = ["\(index)"]
      if index % 5 == 0 { sample.ms *= 50 }
    }
    #expect(VarianceFactors.strongest(in: samples) == nil)
  }

  @Test(arguments: 1...30) func chanceExplainsNothing(seed: UInt64) {
    let samples = Self.samples(120, seed: seed) { index, sample in
      sample.parameters = ["\(index % 20)", nil]
      sample.plan = Int64(index % 4)
      sample.rows = Double(index * 7 % 13)
    }
    #expect(VarianceFactors.strongest(in: samples) == nil)
  }

  @Test func fewSamplesSayNothing() {
    let samples = Self.samples(19) { index, sample in
      sample.plan = Int64(index % 2)
      sample.ms *= index % 2 == 0 ? 1 : 50
    }
    #expect(VarianceFactors.strongest(in: samples) == nil)
  }
}

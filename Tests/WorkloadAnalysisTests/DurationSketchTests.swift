import TestSupport
import Testing

@testable import WorkloadAnalysis

@Suite struct DurationSketchTests {
  /// Durations in ms with three decimals, as the log has them, spread over nine decades.
  static func durations(seed: UInt64, count: Int) -> [Double] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      let ln = Double.random(in: -7...14, using: &random)
      return (Logarithm.exp(ln) * 1000).rounded() / 1000
    }
  }

  static func sketch(_ durations: some Sequence<Double>) -> DurationSketch {
    var sketch = DurationSketch()
    for duration in durations { sketch.add(ms: duration) }
    return sketch
  }

  @Test(arguments: 1...20) func quantilesAreWithinOnePercent(seed: Int) throws {
    let count = [1, 2, 3, 10, 99, 1000, 20_000][seed % 7]
    let durations = Self.durations(seed: UInt64(seed), count: count)
    let sketch = Self.sketch(durations)
    let sorted = durations.sorted()
    #expect(sketch.count == Int64(count))
    for q in [0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1] {
      let rank = max(1, Int((q * Double(count)).rounded(.up)))
      let exact = sorted[rank - 1]
      let found = try #require(sketch.quantile(q))
      #expect((found - exact).magnitude <= exact * (DurationSketch.accuracy + 1e-9), "q \(q)")
    }
  }

  @Test(arguments: 1...10) func mergingInAnyOrderGivesTheSameBytes(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let durations = Self.durations(seed: UInt64(seed), count: 3000)
    let whole = Self.sketch(durations)
    var parts = (0..<17).map { part in
      Self.sketch(durations.enumerated().filter { $0.offset % 17 == part }.map(\.element))
    }
    for _ in 0..<5 {
      parts.shuffle(using: &random)
      var merged = DurationSketch()
      for part in parts { merged.merge(part) }
      #expect(merged == whole)
      #expect(merged.bytes == whole.bytes)
    }
  }

  @Test func bytesAreReadBack() throws {
    let sketch = Self.sketch(Self.durations(seed: 5, count: 500) + [0, 0, -1])
    #expect(try DurationSketch(bytes: sketch.bytes) == sketch)
    let other = Self.sketch(Self.durations(seed: 6, count: 500))
    var merged = sketch
    merged.merge(other)
    // Behind each other they are the sum, whichever comes first.
    #expect(try DurationSketch(bytes: sketch.bytes + other.bytes) == merged)
    #expect(try DurationSketch(bytes: other.bytes + sketch.bytes) == merged)
    #expect(try DurationSketch(bytes: []).quantile(0.5) == nil)
  }

  @Test(arguments: [[1], Array(repeating: 0, count: 8), Array(repeating: 0xFF, count: 8)])
  func damagedBytesAreTold(bytes: [UInt8]) {
    #expect(throws: DurationSketch.BytesError.self) { try DurationSketch(bytes: bytes) }
  }

  @Test func zeroAndExtremesHaveBuckets() throws {
    let sketch = Self.sketch([0, -5, .infinity, 1e300, 1e-300])
    #expect(sketch.quantile(0.4) == 0)
    #expect(sketch.count == 5)
    #expect(DurationSketch.bucket(ofMs: .nan) == DurationSketch.zeroBucket)
  }

  @Test func countsEndInsteadOfOverflowing() throws {
    var sketch = DurationSketch()
    for _ in 0..<3 { sketch.add(ms: 1, times: .max) }
    #expect(sketch.count == DurationSketch.countMax)
    #expect(try DurationSketch(bytes: sketch.bytes) == sketch)
  }
}

import LogModel
import LogParsing
import TestSupport
import Testing

/// The tables do not depend on where the log was cut, nor on how often the program was started.
@Suite struct CutInvarianceTests {
  static let logs = [
    "special/small.csv", "special/statement_and_duration.csv", "special/plans_only.csv",
    "special/plans_as_text.csv", "special/torn_middle.csv", "special/columns_23.csv",
  ]

  @Test(arguments: logs)
  func aPieceARecordGivesTheSame(name: String) throws {
    let bytes = try Fixture.bytes(name)
    let whole = try TableImage(bytes)
    let cuts = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }.dropLast()
    #expect(try TableImage(bytes, cuts: Array(cuts), restarts: false) == whole)
    #expect(try TableImage(bytes, cuts: Array(cuts), restarts: true) == whole)
  }

  /// Found by fuzzing: what was bound before the end was bound behind it, too.
  @Test func recordsBehindTheEndOfASessionAreOfANewOne() throws {
    let lines = [
      CSVLogLine("duration: 0.274 ms", line: 1) { $0.tag = "BIND" },
      CSVLogLine("disconnection: session time: 0:00:00.001 user=app database=shop", line: 2),
      CSVLogLine("duration: 0.017 ms", line: 3), CSVLogLine("duration: 0.018 ms", line: 5),
    ].map { Array($0.text.utf8) }
    let bytes = lines.flatMap { $0 }
    let whole = try TableImage(bytes)
    var cuts: [Int] = []
    for line in lines.dropLast() { cuts.append((cuts.last ?? 0) + line.count) }
    for restarts in [false, true] {
      #expect(try TableImage(bytes, cuts: cuts, restarts: restarts) == whole)
    }
    #expect(whole.ordered.map(\.isExtended) == [false, false])
  }

  @Test func everyByteOfASmallLogGivesTheSame() throws {
    let bytes = try Fixture.bytes("special/small_20k.csv")
    let whole = try TableImage(bytes)
    #expect(try TableImage(bytes, cuts: Array(1..<bytes.count), restarts: true) == whole)
  }

  @Test func randomCutsOfALargerLogGiveTheSame() throws {
    let bytes = try Fixture.bytes("csvlog/shop.001.csv")
    let whole = try TableImage(bytes)
    for seed in 1...10 {
      var random = SeededGenerator(seed: UInt64(seed))
      let cuts = (0..<100).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
      #expect(
        try TableImage(bytes, cuts: cuts, restarts: seed.isMultiple(of: 2)) == whole,
        "seed \(seed)")
    }
  }

  @Test(arguments: logs + ["csvlog/shop.001.csv"])
  func theStateThatABatchWritesIsBounded(name: String) throws {
    let image = try TableImage(Fixture.bytes(name))
    #expect(image.stateBytesMax > 0)
    #expect(image.stateBytesMax <= 64 << 10)
  }

  @Test(arguments: logs)
  func everyByteHasOneDisposition(name: String) throws {
    let bytes = try Fixture.bytes(name)
    let image = try TableImage(bytes, ending: .finished)
    #expect(image.total.bytes == Int64(bytes.count))
    let records = image.executions.values.reduce(0) { $0 + Int64($1.records) }
    #expect(records == image.total.executionRecords)
    #expect(image.total.planRecords == Int64(image.plans.count))
  }
}

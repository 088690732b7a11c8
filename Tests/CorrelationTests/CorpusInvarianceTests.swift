import Foundation
import TestSupport
import Testing

/// Logs of real servers, cut and divided: the plain csv files of the folder that PGTRAWL_CORPUS names.
@Suite(
  .enabled(if: TestAmount.corpus != nil, "PGTRAWL_CORPUS names no folder of csvlog files"),
  .serialized)
struct CorpusInvarianceTests {
  static let logs: [String] = {
    guard let folder = TestAmount.corpus else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".csv") }.sorted().map { folder + "/" + $0 }
  }()

  /// The zone of a time does not matter here, and an abbreviation may have several meanings.
  private static func bytes(_ log: String) throws -> [UInt8] {
    var data = try Data(contentsOf: URL(fileURLWithPath: log))
    for zone in [" IST", " CST", " BST"] {
      var from = data.startIndex
      while let place = data.range(of: Data(zone.utf8), in: from..<data.endIndex) {
        data.replaceSubrange(place, with: Data(" UTC".utf8))
        from = place.upperBound
      }
    }
    return [UInt8](data)
  }

  @Test(arguments: logs)
  func randomCutsGiveTheSame(log: String) throws {
    let bytes = try Self.bytes(log)
    let whole = try TableImage(bytes)
    var random = SeededGenerator(seed: TestAmount.seed)
    let cuts = (0..<TestAmount.cuts).map { _ in Int.random(in: 0...bytes.count, using: &random) }
    for restarts in [false, true] {
      #expect(
        try TableImage(bytes, cuts: cuts.sorted(), restarts: restarts) == whole,
        "\(cuts.count) cuts, seed \(TestAmount.seed), restarts \(restarts)")
    }
  }

  @Test(arguments: logs)
  func theStateThatABatchWritesIsBounded(log: String) throws {
    #expect(try TableImage(Self.bytes(log)).stateBytesMax <= 64 << 10)
  }

  @Test(arguments: logs)
  func recordsDealtToFiles(log: String) throws {
    let bytes = try Self.bytes(log)
    for seed in 1...UInt64(2) {
      try EndInvarianceTests.expectDealtGivesTheSame(bytes, seed: seed &+ TestAmount.seed)
    }
  }

  @Test(arguments: logs)
  func filesThatTakeTurnsGiveTheSame(log: String) throws {
    let bytes = try Self.bytes(log)
    for seed in 1...UInt64(3) {
      try OrderInvarianceTests.expectTurnsGiveTheSame(bytes, seed: seed &+ TestAmount.seed)
    }
  }
}

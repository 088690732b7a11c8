import Foundation
import Ingest
import LogSource
import TestSupport
import Testing

@Suite(.serialized) struct ImportTests {
  static let shop = ["csvlog/shop.000.csv.gz", "csvlog/shop.001.csv"].map { Fixture.path($0) }

  @Test func theFixturesAreCountedAsTheirContractSays() async throws {
    let store = try await StoreUnderTest.make()
    let summary = try await store.run(Self.shop)
    #expect(summary.unreadable == 0)
    #expect(try await store.verify().isEmpty)
    let contract = try JSONSerialization.jsonObject(
      with: Data(try Fixture.bytes("csvlog/shop.contract.json")))
    let expected = try #require(contract as? [String: Any])
    let plans = try #require(expected["plans"] as? [String: Any])
    let records = try await store.number(
      "SELECT sum(records_execution + records_plan + records_event + records_open + records_rejected) FROM pgtrawl.log_files"
    )
    #expect(records == expected["records"] as? Int)
    #expect(
      try await store.number("SELECT count(*) FROM pgtrawl.query_plans") == plans["all"] as? Int)
    #expect(
      try await store.number(
        "SELECT count(*) FROM pgtrawl.query_executions WHERE nesting = 0 AND sqlstate IS NULL")
        == expected["succeeded_top_level"] as? Int)
    #expect(
      try await store.number(
        "SELECT count(*) FROM pgtrawl.query_executions WHERE nesting = 0 AND sqlstate IS NOT NULL")
        == expected["failed_with_statement"] as? Int)
  }

  @Test func theSameContentUnderOtherNamesChangesNothing() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    try await store.run(Self.shop)
    let image = try await store.image()
    let copy = try scratch.write(try Fixture.bytes("csvlog/shop.001.csv"), to: "moved.log")
    let packed = try await scratch.gzip(copy, to: "packed.gz")
    let unpacked = try await Command(
      "/bin/sh", ["-c", "gzip -dc '\(Self.shop[0])' > '\(scratch.path)/plain.csv'"]
    ).run()
    #expect(unpacked.status == 0)
    for paths in [Self.shop, [copy], [packed], [scratch.path + "/plain.csv"], [scratch.path]] {
      let summary = try await store.run(paths)
      #expect(summary.unreadable == 0)
      #expect(summary.bytes == 0)
    }
    #expect(try await store.image() == image)
    #expect(try await store.verify().isEmpty)
  }

  @Test func aGzipOfAHalfReadFileGoesOnAtItsOffset() async throws {
    let store = try await StoreUnderTest.make()
    let whole = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let bytes = try Fixture.bytes("csvlog/shop.001.csv")
    let half = try scratch.write(Array(bytes[..<(bytes.count / 2)]), to: "half.csv")
    try await store.run([half])
    let all = try scratch.write(bytes, to: "all.csv")
    let packed = try await scratch.gzip(all, to: "all.csv.gz")
    let summary = try await store.run([packed])
    #expect(summary.bytes > 0 && summary.bytes < Int64(bytes.count) * 2 / 3)
    try await whole.run([packed])
    #expect(try await store.image() == whole.image())
    #expect(try await store.verify().isEmpty)
  }

  @Test func randomPiecesGiveTheTablesOfTheWhole() async throws {
    let bytes = try Fixture.bytes("csvlog/shop.001.csv")
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    let cuts = (0..<TestAmount.cuts).map { _ in Int.random(in: 0...bytes.count, using: &random) }
    try await compare(bytes, cuts: cuts.sorted(), "\(cuts.count) pieces, seed \(seed)")
  }

  @Test func cutsAtEveryByteGiveTheTablesOfTheWhole() async throws {
    let bytes = try Fixture.bytes("special/small_20k.csv")
    let cuts = stride(from: 1, to: bytes.count, by: TestAmount.byteStride)
    try await compare(bytes, cuts: Array(cuts), "every \(TestAmount.byteStride). byte")
  }

  private func compare(_ bytes: [UInt8], cuts: [Int], _ what: String) async throws {
    let whole = try await StoreUnderTest.make()
    let pieces = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    try await whole.run([try scratch.write(bytes, to: "whole.csv")])
    var start = 0
    for cut in cuts + [bytes.count] {
      try scratch.append(bytes[start..<cut], to: "grown.csv")
      start = cut
      try await pieces.run([scratch.path + "/grown.csv"])
    }
    #expect(try await pieces.image() == whole.image(), "\(what)")
    #expect(try await pieces.verify().isEmpty)
  }

  @Test func twoImportsOfOneDirectoryAtOnceReadEveryRowOnce() async throws {
    let once = try await StoreUnderTest.make()
    let twice = try await StoreUnderTest.make()
    let directory = Fixture.path("csvlog")
    try await once.run([directory])
    async let a = twice.run([directory])
    async let b = twice.run([directory])
    #expect(try await a.unreadable + b.unreadable == 0)
    #expect(try await twice.image() == once.image())
    #expect(try await twice.verify().isEmpty)
  }

  @Test func severalJobsReadEveryRowOnce() async throws {
    let store = try await StoreUnderTest.make()
    try await store.run([Fixture.path("special/small.csv"), Fixture.path("csvlog")]) { $0.jobs = 4 }
    #expect(try await store.verify().isEmpty)
    let before = try await store.image()
    try await store.run([Fixture.path("csvlog")]) { $0.jobs = 4 }
    #expect(try await store.image() == before)
  }

  @Test func copiesReadAtTheSameTimeAreOneFile() async throws {
    let once = try await StoreUnderTest.make()
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let bytes = try Fixture.bytes("csvlog/shop.001.csv")
    let first = try scratch.write(bytes, to: "a.csv")
    try scratch.write(bytes, to: "b.csv")
    let packed = try await scratch.gzip(first, to: "c.csv.gz")
    try await once.run([first])
    try await store.run([scratch.path]) { $0.jobs = 4 }
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.log_files") == 1)
    let rows = "SELECT count(*) FROM pgtrawl.query_executions"
    #expect(try await store.number(rows) == once.number(rows))
    #expect(try await store.verify().isEmpty)

    let together = try await StoreUnderTest.make()
    async let a = together.run([first])
    async let b = together.run([packed])
    #expect(try await a.unreadable + b.unreadable == 0)
    #expect(try await together.number(rows) == once.number(rows))
    #expect(try await together.verify().isEmpty)
  }

  @Test func filesThatOnlyBeginAlikeAreTwoEvenAtTheSameTime() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let bytes = try Fixture.bytes("csvlog/shop.001.csv")
    let half = bytes[..<(bytes.count / 2)].lastIndex(of: UInt8(ascii: "\n")) ?? 0
    var other = Array(bytes[...half])
    other += Array(try Fixture.bytes("special/small.csv"))
    try scratch.write(bytes, to: "a.csv")
    try scratch.write(other, to: "b.csv")
    let summary = try await store.run([scratch.path]) { $0.jobs = 2 }
    #expect(summary.unreadable == 0)
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.log_files") == 2)
    #expect(
      try await store.number("SELECT sum(committed_offset) FROM pgtrawl.log_files")
        == bytes.count + other.count)
    #expect(try await store.verify().isEmpty)
  }

  @Test func againAndForgetUndoMistakes() async throws {
    let store = try await StoreUnderTest.make()
    try await store.run([Self.shop[1]])
    let image = try await store.image()
    try await store.run([Self.shop[1]]) { $0.again = true }
    let again = try await store.image()
    // The epoch that fences other ingesters is the only thing that may differ.
    #expect(
      again.filter { !$0.hasPrefix("log_files") } == image.filter { !$0.hasPrefix("log_files") })
    #expect(try await store.verify().isEmpty)
  }

  @Test func contentOfAnotherSourceIsRefusedUnlessForced() async throws {
    let store = try await StoreUnderTest.make()
    try await store.run([Self.shop[1]])
    let refused = try await store.run([Self.shop[1]]) { $0.source = "other" }
    #expect(refused.files.first?.problem?.contains("default") == true)
    let forced = try await store.run([Self.shop[1]]) {
      $0.source = "other"
      $0.force = true
    }
    #expect(forced.unreadable == 0 && forced.bytes > 0)
    #expect(try await store.verify().isEmpty)
  }

  @Test func aDryRunCountsWhatAnImportStores() async throws {
    let store = try await StoreUnderTest.make()
    let real = try await store.run(Self.shop)
    let dry = try await ImportRun(settings: IngestSettings()).run(Self.shop.map { LogPath($0) })
    let figures = try #require(dry.figures)
    #expect(dry.dispositions == real.dispositions)
    #expect(
      Int(figures.plans) == (try await store.number("SELECT count(*) FROM pgtrawl.query_plans")))
    #expect(
      Int(figures.nested)
        == (try await store.number(
          "SELECT count(*) FROM pgtrawl.query_executions WHERE nesting > 0")))
    #expect(
      figures.patternCount
        == (try await store.number("SELECT count(*) FROM pgtrawl.queries WHERE id <> 0")))
  }
}

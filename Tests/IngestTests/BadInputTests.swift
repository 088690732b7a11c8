import Foundation
import Ingest
import LogSource
import TestSupport
import Testing

/// Bad input: the message names the thing, and nothing is lost that could be read.
@Suite(.serialized) struct BadInputTests {
  @Test func aDamagedGzipIsReadUpToTheDamage() async throws {
    let store = try await StoreUnderTest.make()
    let summary = try await store.run([Fixture.path("special/corrupt.csv.gz")])
    #expect(summary.unreadable == 1)
    #expect(summary.files.first?.problem?.contains("damaged") == true)
    #expect(try await store.query("SELECT state FROM pgtrawl.log_files") == [["corrupt"]])
    #expect(try await store.verify().isEmpty)
  }

  /// Killed after the last commit and before the end was noted: the trailer alone does not say how it
  /// ends, as all that it speaks of may stand before the damage.
  @Test func aGzipWhoseEndWasNotNotedIsReadToItsEnd() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let log = [UInt8](
      try Data(contentsOf: URL(fileURLWithPath: Fixture.path("csvlog/shop.001.csv"))))
    let whole = gzipped(log)
    // Stored blocks with all bytes, one of an unknown kind, and the right trailer.
    var damaged = Array(whole.prefix(10))
    for start in stride(from: 0, to: log.count, by: 0xffff) {
      let part = log[start..<min(start + 0xffff, log.count)]
      let count = UInt16(part.count)
      damaged.append(0)
      for word in [count, ~count] { damaged += [UInt8(word & 0xff), UInt8(word >> 8)] }
      damaged += part
    }
    damaged.append(0x07)
    damaged += whole.suffix(8)
    let damagedPath = try scratch.write(damaged, to: "damaged.csv.gz")
    #expect(try await store.run([damagedPath]).unreadable == 1)
    for _ in 0..<2 {
      _ = try await store.query("UPDATE pgtrawl.log_files SET state = 'active' RETURNING 1")
      let summary = try await store.run([damagedPath])
      #expect(summary.unreadable == 1)
      #expect(try await store.query("SELECT state FROM pgtrawl.log_files") == [["corrupt"]])
    }

    let sound = try await StoreUnderTest.make()
    let path = try scratch.write(whole, to: "sound.csv.gz")
    try await sound.run([path])
    _ = try await sound.query("UPDATE pgtrawl.log_files SET state = 'active' RETURNING 1")
    let summary = try await sound.run([path])
    #expect(summary.unreadable == 0)
    #expect(summary.bytes == 0)
    #expect(try await sound.query("SELECT state FROM pgtrawl.log_files") == [["done"]])
    #expect(try await sound.verify().isEmpty)
  }

  @Test func theGoodCopyOfADamagedGzipReplacesIt() async throws {
    let store = try await StoreUnderTest.make()
    let whole = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let plain = Fixture.path("csvlog/shop.001.csv")
    let packed = try await scratch.gzip(plain, to: "log.csv.gz")
    let good = [UInt8](try Data(contentsOf: URL(fileURLWithPath: packed)))
    var damaged = good
    damaged[good.count * 2 / 3] ^= 1
    try scratch.write(damaged, to: "log.csv.gz")
    #expect(try await store.run([packed]).unreadable == 1)
    try scratch.write(good, to: "log.csv.gz")
    let repaired = try await store.run([packed])
    #expect(repaired.unreadable == 0)
    #expect(repaired.files.first?.note != nil)
    try await whole.run([packed])
    let rows = "SELECT count(*), sum((duration_ms * 1000)::bigint) FROM pgtrawl.query_executions"
    #expect(try await store.query(rows) == whole.query(rows))
    #expect(try await store.verify().isEmpty)
  }

  /// So little of it can be read that it begins like any other log.
  @Test func aDamagedGzipThatBeginsLikeAKnownLogIsTold() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let log = try Fixture.bytes("csvlog/shop.001.csv")
    try scratch.write(log, to: "whole.csv")
    try await store.run([scratch.path])
    var damaged = gzipped(Array(log.prefix(600)))
    // The checksum in the trailer.
    damaged[damaged.count - 8] ^= 1
    try scratch.write(damaged, to: "a.csv.gz")
    let summary = try await store.run([scratch.path])
    #expect(summary.unreadable == 1)
    #expect(summary.files.compactMap(\.problem).first?.contains("damaged") == true)
    #expect(try await store.verify().isEmpty)
  }

  @Test func aTruncatedGzipIsReadAndCompletesLater() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let bytes = try Fixture.bytes("special/members.csv.gz")
    let file = try scratch.write(Array(bytes[..<(bytes.count - 700)]), to: "growing.csv.gz")
    let first = try await store.run([file])
    #expect(first.unreadable == 1)
    try scratch.write(bytes, to: "growing.csv.gz")
    let second = try await store.run([file])
    #expect(second.unreadable == 0)
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.log_files") == 1)
    #expect(try await store.query("SELECT state FROM pgtrawl.log_files") == [["done"]])
    #expect(try await store.verify().isEmpty)
  }

  @Test func aTornRecordInTheMiddleIsTheOnlyReject() async throws {
    let store = try await StoreUnderTest.make()
    let summary = try await store.run([Fixture.path("special/torn_middle.csv")])
    #expect(summary.rejected == 1)
    let rejects = try await store.query(
      "SELECT reason, length = octet_length(bytes) FROM pgtrawl.rejected_records")
    #expect(rejects.count == 1)
    #expect(rejects.first?.last == "t")
    #expect(try await store.verify().isEmpty)
  }

  @Test func aTornTailWaits() async throws {
    let store = try await StoreUnderTest.make()
    let summary = try await store.run([Fixture.path("special/torn_tail.csv")])
    #expect(summary.rejected == 0)
    #expect(summary.files.first.map { $0.pendingBytes > 0 } == true)
    #expect(try await store.verify().isEmpty)
  }

  @Test func bytesThatAreNoUTF8AreKeptReadable() async throws {
    let store = try await StoreUnderTest.make()
    let summary = try await store.run([Fixture.path("special/latin1.csv")])
    #expect(summary.rejected == 0)
    #expect(
      try await store.number(
        "SELECT count(*) FROM pgtrawl.query_executions WHERE transcoded") > 0)
    #expect(try await store.verify().isEmpty)
  }

  @Test func nulBytesCostTheirRecordOnly() async throws {
    let store = try await StoreUnderTest.make()
    let summary = try await store.run([Fixture.path("special/nul_byte.csv")])
    #expect(summary.rejected == 1)
    #expect(try await store.verify().isEmpty)
  }

  @Test func anAmbiguousZoneIsNamedAndASettingResolvesIt() async throws {
    let store = try await StoreUnderTest.make()
    let file = Fixture.path("special/zone_ist.csv")
    let refused = try await store.run([file])
    #expect(refused.files.first?.problem?.contains("--timezone") == true)
    let read = try await store.run([file]) { $0.timezones = ["Asia/Kolkata"] }
    #expect(read.unreadable == 0 && read.bytes > 0)
    #expect(try await store.verify().isEmpty)
  }

  @Test func aZoneThatStopsALargeFileIsNamedToo() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let bytes = try Fixture.bytes("special/zone_ist.csv")
    let large = try scratch.write(
      Array(repeatElement(bytes, count: (24 << 20) / bytes.count).joined()), to: "large.csv")
    let summary = try await store.run([large])
    #expect(summary.files.first?.problem?.contains("--timezone") == true)
    #expect(try await store.verify().isEmpty)
  }

  @Test func otherFormatsAreNamed() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let empty = scratch.path + "/empty"
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
    let text = try scratch.write(Array("nothing of a log\n".utf8), to: "text.txt")
    let summary = try await store.run([
      Fixture.path("stderr"), Fixture.path("jsonlog"), empty, text, scratch.path + "/missing",
    ])
    #expect(summary.readable == 0)
    #expect(summary.problems.count >= 5)
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.log_files") == 0)
  }
}

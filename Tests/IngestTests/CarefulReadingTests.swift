import Ingest
import LogModel
import TestSupport
import Testing

/// What runs do that find the note of one that ended before its first commit.
@Suite struct CarefulReadingTests {
  /// A file of which half is read, with a note at its end.
  private static func half(
    _ bytes: [UInt8], level: Int16, _ scratch: ScratchDirectory
  ) async throws -> StoreUnderTest {
    let store = try await StoreUnderTest.make()
    try scratch.append(bytes[..<(bytes.count / 2)], to: "log\(level).csv")
    try await store.run([scratch.path + "/log\(level).csv"])
    _ = try await store.query(
      """
      UPDATE pgtrawl.log_files SET attempt_offset = committed_offset, attempt_level = \(level)
      RETURNING id
      """)
    try scratch.append(bytes[(bytes.count / 2)...], to: "log\(level).csv")
    return store
  }

  @Test(arguments: [1, 2] as [Int16])
  func carefulRunsGiveTheSameTables(level: Int16) async throws {
    let bytes = try Fixture.bytes("csvlog/shop.001.csv")
    let scratch = try ScratchDirectory()
    let whole = try await StoreUnderTest.make()
    try await whole.run([try scratch.write(bytes, to: "whole.csv")])
    let careful = try await Self.half(bytes, level: level, scratch)
    try await careful.run([scratch.path + "/log\(level).csv"])
    #expect(try await careful.image() == whole.image())
    #expect(try await careful.verify().isEmpty)
    // However it began: the end is within the reach of small batches.
    #expect(
      try await careful.number("SELECT attempt_level FROM pgtrawl.log_files")
        == Int(ReadingCare.pieces.rawValue))
  }

  @Test func careFadesWithTheDistance() {
    let (records, pieces) = (ReadingCare.records.reachBytes, ReadingCare.pieces.reachBytes)
    #expect(ReadingCare.whole.at(0) == .whole)
    #expect([0, pieces - 1].map { ReadingCare.pieces.at($0) } == [.pieces, .pieces])
    #expect(ReadingCare.pieces.at(pieces) == .whole)
    for care in [ReadingCare.records, .refusal] {
      #expect(
        [0, records - 1, records, pieces - 1, pieces].map { care.at($0) }
          == [care, care, .pieces, .pieces, .whole])
    }
  }

  /// What a trial says of a record.
  private struct Verdict: RecordTrial {
    let isFault: Bool
    func endsProgram(_ record: [UInt8]) async -> Bool { isFault }
  }

  @Test func aRecordThatEndsTheProgramIsRejectedUnread() async throws {
    let bytes = try Fixture.bytes("csvlog/shop.001.csv")
    let scratch = try ScratchDirectory()
    let store = try await Self.half(bytes, level: 3, scratch)
    let offset = try await store.number("SELECT committed_offset FROM pgtrawl.log_files")
    try await store.run([scratch.path + "/log3.csv"]) { $0.trial = Verdict(isFault: true) }
    #expect(
      try await store.query(
        """
        SELECT log_offset, reason LIKE '%ends the program%' FROM pgtrawl.rejected_records
        """) == [["\(offset)", "t"]])
    #expect(
      try await store.number("SELECT committed_offset FROM pgtrawl.log_files") == bytes.count)
    #expect(try await store.verify().isEmpty)
  }

  @Test func aRunThatWasEndedFromOutsideLosesNothing() async throws {
    let bytes = try Fixture.bytes("csvlog/shop.001.csv")
    let scratch = try ScratchDirectory()
    let whole = try await StoreUnderTest.make()
    try await whole.run([try scratch.write(bytes, to: "whole.csv")])
    let store = try await Self.half(bytes, level: 3, scratch)
    try await store.run([scratch.path + "/log3.csv"]) { $0.trial = Verdict(isFault: false) }
    #expect(try await store.image() == whole.image())
    #expect(try await store.verify().isEmpty)
  }

  @Test func aRunThatEndsInOrderLeavesNoNote() async throws {
    let bytes = try Fixture.bytes("csvlog/shop.001.csv")
    let scratch = try ScratchDirectory()
    let store = try await StoreUnderTest.make()
    try await store.run([try scratch.write(Array(bytes[..<40]), to: "torn.csv")])
    #expect(
      try await store.query(
        "SELECT committed_offset, attempt_level IS NULL FROM pgtrawl.log_files") == [["0", "t"]])
  }
}

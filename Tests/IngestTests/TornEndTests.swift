import Ingest
import TestSupport
import Testing

/// A finished file that ends inside a record: a reject, until the rest of the record turns up.
@Suite struct TornEndTests {
  private static let log: [UInt8] = (1...100).reduce(into: []) { bytes, line in
    bytes +=
      CSVLogLine("duration: 1.000 ms  statement: SELECT 'line\n\(line)'", line: line) {
        $0.vxid = "3/0"
      }.text.utf8
  }

  private let store: StoreUnderTest
  private let scratch: ScratchDirectory

  init() async throws {
    store = try await StoreUnderTest.make()
    scratch = try ScratchDirectory()
  }

  private func rows() async throws -> Int {
    try await store.number("SELECT count(*) FROM pgtrawl.query_executions")
  }

  private func rejects() async throws -> Int {
    try await store.number("SELECT count(*) FROM pgtrawl.rejected_records")
  }

  /// Imports again, which changes nothing.
  private func expectSettled() async throws {
    #expect(try await store.verify().isEmpty)
    let before = try await store.image()
    #expect(try await store.run([scratch.path]).bytes == 0)
    #expect(try await store.image() == before)
  }

  /// Ends within the fifty-first record: in its message, at the newline in it, in its first columns.
  @Test(arguments: [100, 147, 3]) func aMemberThatIsAppendedCompletesTheRecord(more: Int)
    async throws
  {
    let half = Self.log.count / 100 * 50
    let start = Self.log[..<half].lastIndex(of: UInt8(ascii: "\n")) ?? 0
    let cut = start + more
    try scratch.append(gzipped(Array(Self.log[..<cut]))[...], to: "a.csv.gz")
    try await store.run([scratch.path])
    #expect(try await rejects() == 1)
    let before = try await rows()
    try await expectSettled()
    try scratch.append(gzipped(Array(Self.log[cut...]))[...], to: "a.csv.gz")
    try await store.run([scratch.path])
    #expect(before < 100)
    #expect(try await rows() == 100)
    #expect(try await rejects() == 0)
    #expect(try await store.number("SELECT sum(missing_lines) FROM pgtrawl.log_files") == 0)
    try await expectSettled()
  }

  @Test func theLogItselfCompletesTheRecordOfAnEarlyCopy() async throws {
    try scratch.write(gzipped(Array(Self.log[..<(Self.log.count / 2)])), to: "a.csv.gz")
    try await store.run([scratch.path])
    #expect(try await rejects() == 1)
    try scratch.write(Self.log, to: "a.csv")
    try await store.run([scratch.path + "/a.csv"])
    #expect(try await rows() == 100)
    #expect(try await rejects() == 0)
    #expect(try await store.verify().isEmpty)
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.log_files") == 1)
  }
}

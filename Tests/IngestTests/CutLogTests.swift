import Ingest
import LogSource
import TestSupport
import Testing

/// A log that was cut and written to again: what was kept is in the store once, and what was appended is read.
@Suite struct CutLogTests {
  /// Records of three interleaved sessions: executions whose parse and bind records are folded into them.
  private static let records: [[UInt8]] = (0..<243).map { number in
    let steps = ["parse", "bind", "execute"]
    let (session, line) = (number % 3, number / 3)
    let text =
      "duration: 1.000 ms  \(steps[line % 3]) <unnamed>: SELECT \(line / 3) FROM t\(session)"
    return Array(
      CSVLogLine(text, line: line + 1) {
        $0.session = "6b049016.\(session + 1)"
        $0.vxid = "3/\(line / 3 + 1)"
        $0.seconds = Double(number) / 1000
      }.text.utf8)
  }

  private static func piece(_ range: Range<Int>) -> ArraySlice<UInt8> {
    records[range].reduce(into: []) { $0 += $1 }[...]
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

  /// How many records are folded into executions, and whether each execution has one row.
  private func folded() async throws -> [String] {
    try await store.query(
      """
      SELECT sum(records), count(DISTINCT (session_id, session_line)) = count(*)
      FROM pgtrawl.query_executions
      """
    ).first ?? []
  }

  /// How many lines of the sessions have a row or are folded into one, each counted once.
  private func expect(lines: Int) async throws {
    #expect(try await folded() == ["\(lines)", "t"])
    #expect(try await store.number("SELECT sum(missing_lines) FROM pgtrawl.log_files") == 0)
    #expect(try await store.verify().isEmpty)
    let before = try await store.image()
    #expect(try await store.run([scratch.path]).bytes == 0)
    #expect(try await store.image() == before)
  }

  /// Cut behind so many records: in front of, between and behind those of one execution.
  @Test(arguments: [60, 61, 62, 64, 67, 75]) func whatWasKeptIsInOnce(record: Int) async throws {
    try scratch.append(Self.piece(0..<153), to: "a.csv")
    try await store.run([scratch.path])
    try scratch.truncate("a.csv", to: Self.piece(0..<record).count)
    // Nothing new is in it yet.
    #expect(try await store.run([scratch.path]).bytes == 0)
    try scratch.append(Self.piece(153..<180), to: "a.csv")
    #expect(try await store.run([scratch.path]).bytes == Int64(Self.piece(153..<180).count))
    try scratch.append(Self.piece(180..<243), to: "a.csv")
    try await store.run([scratch.path])
    try await expect(lines: 243)
  }

  @Test func aLogThatHasGrownBeyondItsFormerEndIsToldByItsRecords() async throws {
    try scratch.append(Self.piece(0..<60), to: "a.csv")
    try await store.run([scratch.path])
    try scratch.truncate("a.csv", to: Self.piece(0..<45).count)
    try scratch.append(Self.piece(60..<243), to: "a.csv")
    try await store.run([scratch.path])
    try await expect(lines: 243)
    let starts = try await store.query("SELECT start_offset FROM pgtrawl.log_files ORDER BY id")
    #expect(starts == [["0"], ["\(Self.piece(0..<45).count)"]])
  }

  @Test func aLogThatIsCutTwiceHasThreeLives() async throws {
    try scratch.append(Self.piece(0..<60), to: "a.csv")
    try await store.run([scratch.path])
    let first = Self.piece(0..<45).count
    let second = first + Self.piece(60..<90).count
    for (kept, next) in [(first, 60..<120), (second, 120..<243)] {
      try scratch.truncate("a.csv", to: kept)
      try scratch.append(Self.piece(next), to: "a.csv")
      try await store.run([scratch.path])
    }
    try await expect(lines: 243)
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.log_files") == 3)
  }

  /// What follows half a record cannot be told from it: both are rejected as one, and what was read of
  /// the half stays.
  @Test(arguments: [17, 90, 170, 300]) func aCutWithinARecordCostsTheNextOne(from end: Int)
    async throws
  {
    try scratch.append(Self.piece(0..<153), to: "a.csv")
    try await store.run([scratch.path])
    let whole = Self.piece(0..<61).count
    try scratch.truncate("a.csv", to: max(whole - end, Self.piece(0..<60).count + 1))
    try scratch.append(Self.piece(153..<243), to: "a.csv")
    try await store.run([scratch.path])
    #expect(try await folded() == ["242", "t"])
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.rejected_records") == 1)
    #expect(try await store.verify().isEmpty)
  }

  @Test func aLogThatIsFollowedIsCut() async throws {
    try scratch.append(Self.piece(0..<153), to: "a.csv")
    var settings = IngestSettings()
    settings.conninfo = store.conninfo
    let end = TailEnd()
    let run = TailRun(settings: settings, flushInterval: .milliseconds(20)) { _ in }
    let path = LogPath(scratch.path)
    let task = Task { try await run.run([path], until: end) }
    do {
      try await waitUntil("51 rows") { try await rows() == 51 }
      try scratch.truncate("a.csv", to: Self.piece(0..<75).count)
      for start in stride(from: 153, to: 243, by: 9) {
        try scratch.append(Self.piece(start..<(start + 9)), to: "a.csv")
        try await waitUntil("\(start / 3 + 3) rows") { try await rows() >= start / 3 + 3 }
      }
    } catch {
      task.cancel()
      _ = await task.result
      throw error
    }
    end.ask()
    try await task.value
    try await expect(lines: 243)
  }
}

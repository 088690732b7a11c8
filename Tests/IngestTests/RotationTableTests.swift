import Ingest
import LogSource
import Synchronization
import TestSupport
import Testing

/// What becomes of a log that is rotated in each of the usual ways, while a tail follows it and while none
/// does: every record is in the store, or the loss that no reader could avoid is recorded.
@Suite struct RotationTableTests {
  /// How a log makes room for the next one.
  enum Scheme: CaseIterable, Sendable {
    case nextName
    case appended
    case overwritten
    case renamed
    case renamedAndCompressed
    case copiedAndTruncated
    case copiedElsewhereAndTruncated
    case deleted

    /// Whether what was not read by then is nowhere any more.
    var destroys: Bool {
      switch self {
      case .overwritten, .copiedElsewhereAndTruncated, .deleted: true
      case .nextName, .appended, .renamed, .renamedAndCompressed, .copiedAndTruncated: false
      }
    }
  }

  private static func piece(_ range: Range<Int>) -> ArraySlice<UInt8> {
    range.reduce(into: [UInt8]()) { bytes, line in
      bytes +=
        CSVLogLine("duration: 1.000 ms  statement: SELECT \(line)", line: line + 1) {
          $0.vxid = "3/0"
        }.text.utf8
    }[...]
  }

  private let store: StoreUnderTest
  private let scratch: ScratchDirectory

  init() async throws {
    store = try await StoreUnderTest.make()
    scratch = try ScratchDirectory()
  }

  private func follow(_ body: () async throws -> Void) async throws {
    var settings = IngestSettings()
    settings.conninfo = store.conninfo
    let end = TailEnd()
    let run = TailRun(settings: settings, flushInterval: .milliseconds(20)) { _ in }
    let path = LogPath(scratch.path + "/log")
    let task = Task { try await run.run([path], until: end) }
    do {
      try await body()
    } catch {
      task.cancel()
      _ = await task.result
      throw error
    }
    end.ask()
    try await task.value
  }

  private func wait(forRows count: Int) async throws {
    try await waitUntil("\(count) rows") {
      try await store.number("SELECT count(*) FROM pgtrawl.query_executions") >= count
    }
  }

  /// Makes room for the next log as `scheme` says, and writes records 150..<250 to it.
  private func rotate(_ scheme: Scheme) async throws {
    var next = "log/a.csv"
    switch scheme {
    case .nextName: next = "log/b.csv"
    case .appended: break
    case .overwritten: try scratch.truncate("log/a.csv")
    case .renamed: try scratch.rename("log/a.csv", to: "log/a.csv.1")
    case .renamedAndCompressed:
      try scratch.rename("log/a.csv", to: "log/a.csv.1")
      _ = try await scratch.gzip(scratch.path + "/log/a.csv.1", to: "log/a.csv.1.gz")
      try scratch.remove("log/a.csv.1")
    case .copiedAndTruncated:
      try scratch.copy("log/a.csv", to: "log/a.csv.1")
      try scratch.truncate("log/a.csv")
    case .copiedElsewhereAndTruncated:
      try scratch.copy("log/a.csv", to: "a.csv.1")
      try scratch.truncate("log/a.csv")
    case .deleted: try scratch.remove("log/a.csv")
    }
    try scratch.append(Self.piece(150..<250), to: next)
  }

  private func expectAll() async throws {
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.query_executions") == 250)
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.file_gaps") == 0)
    #expect(try await store.number("SELECT sum(missing_lines) FROM pgtrawl.log_files") == 0)
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.session_holes") == 0)
    #expect(try await store.verify().isEmpty)
  }

  @Test(arguments: Scheme.allCases) func aLogThatIsFollowed(scheme: Scheme) async throws {
    try scratch.makeDirectory("log")
    try await follow {
      try scratch.append(Self.piece(0..<150), to: "log/a.csv")
      try await wait(forRows: 150)
      try await rotate(scheme)
      try await wait(forRows: 250)
    }
    try await expectAll()
  }

  @Test(arguments: Scheme.allCases) func aLogThatNobodyFollows(scheme: Scheme) async throws {
    try scratch.makeDirectory("log")
    try await follow {
      try scratch.append(Self.piece(0..<100), to: "log/a.csv")
      try await wait(forRows: 100)
    }
    try scratch.append(Self.piece(100..<150), to: "log/a.csv")
    try await rotate(scheme)
    try await follow {
      try await wait(forRows: scheme.destroys ? 200 : 250)
      guard scheme.destroys else { return }
      try await waitUntil("a gap") {
        try await store.number("SELECT count(*) FROM pgtrawl.file_gaps") == 1
      }
    }
    guard scheme.destroys else { return try await expectAll() }
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.query_executions") == 200)
    let gap = try await store.query(
      """
      SELECT g.from_offset = f.committed_offset, g.to_offset IS NULL, f.state
      FROM pgtrawl.file_gaps g JOIN pgtrawl.log_files f ON f.id = g.log_file_id
      """)
    #expect(gap == [["t", "t", "lost"]])
    #expect(try await store.verify().isEmpty)
    // A copy that turns up ends the loss.
    try scratch.write(Array(Self.piece(0..<150)), to: "copy.csv")
    try await store.run([scratch.path + "/copy.csv"])
    try await expectAll()
  }

  @Test func anImportRecordsWhatWasOverwrittenInPlace() async throws {
    try scratch.append(Self.piece(0..<100), to: "a.csv")
    try await store.run([scratch.path])
    try scratch.truncate("a.csv")
    try scratch.append(Self.piece(100..<150), to: "a.csv")
    try await store.run([scratch.path])
    #expect(
      try await store.query("SELECT log_file_id, to_offset IS NULL FROM pgtrawl.file_gaps")
        == [["1", "t"]])
    #expect(try await store.verify().isEmpty)
    let before = try await store.image()
    try await store.run([scratch.path])
    #expect(try await store.image() == before)
  }
}

import Ingest
import LogSource
import Synchronization
import TestSupport
import Testing

/// Live logs are followed until the tail is stopped, whatever happens to the files.
@Suite struct TailTests {
  private static let records = (1...400).map { line in
    Array(
      CSVLogLine("duration: 1.000 ms  statement: SELECT \(line)", line: line) { $0.vxid = "3/0" }
        .text.utf8)
  }

  private static func piece(_ range: Range<Int>) -> ArraySlice<UInt8> {
    records[range].reduce(into: []) { $0 += $1 }[...]
  }

  /// What a tail has told.
  private final class Notices: Sendable {
    private let all = Mutex<[TailNotice]>([])
    func add(_ notice: TailNotice) { all.withLock { $0.append(notice) } }
    var problems: [String] {
      all.withLock {
        $0.compactMap { if case .problem(_, let text) = $0 { text } else { nil } }
      }
    }
    var isStarted: Bool {
      all.withLock { $0.contains { if case .started = $0 { true } else { false } } }
    }
  }

  private func follow(
    _ store: StoreUnderTest, _ directory: ScratchDirectory, _ notices: Notices = Notices(),
    _ body: (Notices) async throws -> Void
  ) async throws {
    var settings = IngestSettings()
    settings.conninfo = store.conninfo
    let run = TailRun(settings: settings, flushInterval: .milliseconds(20)) { notices.add($0) }
    let task = Task { try await run.run([LogPath(directory.path)]) }
    do {
      try await waitUntil("the tail starts") { notices.isStarted }
      try await body(notices)
    } catch {
      task.cancel()
      _ = await task.result
      throw error
    }
    task.cancel()
    // What a cancelled tail ends with is the cancellation.
    _ = await task.result
  }

  private func waitForRows(_ count: Int, _ store: StoreUnderTest) async throws {
    try await waitUntil("\(count) rows") {
      try await store.number("SELECT count(*) FROM pgtrawl.query_executions") >= count
    }
  }

  @Test func aLogThatIsRenamedIsReadToItsEnd() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    try scratch.append(Self.piece(0..<100), to: "a.csv")
    try await follow(store, scratch) { _ in
      try await waitForRows(100, store)
      try scratch.append(Self.piece(100..<150), to: "a.csv")
      try scratch.rename("a.csv", to: "a.csv.1")
      // Its writer has not noticed yet.
      try scratch.append(Self.piece(150..<200), to: "a.csv.1")
      try scratch.append(Self.piece(200..<300), to: "a.csv")
      try await waitForRows(300, store)
      try scratch.append(Self.piece(300..<350), to: "a.csv.1")
      try await waitForRows(350, store)
    }
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.query_executions") == 350)
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.log_files") == 2)
    #expect(try await store.verify().isEmpty)
    let before = try await store.image()
    #expect(try await store.run([scratch.path]).bytes == 0)
    #expect(try await store.image() == before)
  }

  @Test func aLogThatIsCopiedAndTruncatedBeginsAnewWhileAnotherGrows() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    try scratch.append(Self.piece(0..<100), to: "a.csv")
    try await follow(store, scratch) { _ in
      try await waitForRows(100, store)
      try scratch.write(Array(Self.piece(0..<100)), to: "a.csv.1")
      try scratch.truncate("a.csv")
      for index in 100..<200 {
        try scratch.append(
          Self.records[index][...], to: index.isMultiple(of: 2) ? "a.csv" : "b.csv")
      }
      try await waitForRows(200, store)
    }
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.query_executions") == 200)
    #expect(try await store.verify().isEmpty)
  }

  @Test func aProblemIsToldOnceAndTheOthersGoOn() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let strange = Array(
      CSVLogLine("duration: 1.000 ms  statement: SELECT 1", line: 1) { $0.zone = "IST" }.text.utf8)
    try scratch.append(strange[...], to: "strange.csv")
    try await follow(store, scratch) { notices in
      for index in 0..<5 {
        try scratch.append(strange[...], to: "strange.csv")
        try scratch.append(Self.records[index][...], to: "a.csv")
        try await waitForRows(index + 1, store)
      }
      #expect(notices.problems.count { $0.contains("IST") } == 1)
    }
  }

  @Test func aDamagedGzipIsToldOnceAndAGoodCopyTakesItsPlace() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let good = gzipped(Array(Self.piece(0..<100)))
    var damaged = good
    // The checksum in the trailer.
    damaged[good.count - 8] ^= 1
    try await follow(store, scratch) { notices in
      try scratch.write(damaged, to: "a.csv.gz")
      try await waitUntil("it is told") { notices.problems.contains { $0.contains("damaged") } }
      // Longer than the first pause of what is tried again.
      try await Task.sleep(for: .seconds(2))
      #expect(notices.problems.count { $0.contains("damaged") } == 1)
      #expect(try await store.query("SELECT state FROM pgtrawl.log_files") == [["corrupt"]])
      try scratch.write(good, to: "a.csv.gz")
      try await waitUntil("the good copy is read") {
        try await store.query("SELECT state FROM pgtrawl.log_files") == [["done"]]
      }
    }
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.query_executions") == 100)
    #expect(try await store.verify().isEmpty)
  }
}

import Ingest
import LogSource
import LogStore
import Migrations
import Postgres
import Synchronization
import TestSupport
import Testing

/// The analysis behind a tail, and capture without it.
@Suite(.serialized) struct AnalysisFollowerTests {
  private static let records = (1...300).map { line in
    Array(
      CSVLogLine("duration: 1.000 ms  statement: SELECT \(line)", line: line) { $0.vxid = "3/0" }
        .text.utf8)
  }

  private static func piece(_ range: Range<Int>) -> ArraySlice<UInt8> {
    records[range].reduce(into: []) { $0 += $1 }[...]
  }

  /// What a follower has told.
  private final class Told: Sendable {
    private let all = Mutex<[AnalysisFollower.Notice]>([])
    func add(_ notice: AnalysisFollower.Notice) { all.withLock { $0.append(notice) } }
    var failures: [String] {
      all.withLock { $0.compactMap { if case .failed(let text) = $0 { text } else { nil } } }
    }
    var hasRecovered: Bool { all.withLock { $0.contains(.recovered) } }
  }

  /// A tail of a directory with the analysis behind it, both ended when `body` is done.
  private func follow(
    _ store: StoreUnderTest, _ directory: ScratchDirectory,
    _ body: (Told) async throws -> Void
  ) async throws {
    let told = Told()
    var pace = AnalysisFollower.Pace()
    pace.interval = .milliseconds(50)
    pace.restFactor = 0
    pace.pauseMax = .milliseconds(100)
    let follower = AnalysisFollower(pace: pace) { told.add($0) }
    var settings = IngestSettings()
    settings.conninfo = store.conninfo
    settings.onCommit = { follower.wake(store.conninfo) }
    let run = TailRun(settings: settings, flushInterval: .milliseconds(20)) { _ in }
    let task = Task {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { _ = try? await run.run([LogPath(directory.path)]) }
        group.addTask { await follower.run() }
      }
    }
    let outcome: (any Error)?
    do {
      try await body(told)
      outcome = nil
    } catch {
      outcome = error
    }
    task.cancel()
    await task.value
    if let outcome { throw outcome }
  }

  private func waitFor(_ count: Int, _ sql: String, _ store: StoreUnderTest) async throws {
    try await waitUntil("\(count) of \(sql)") { try await store.number(sql) >= count }
  }

  private static let executions = "SELECT count(*) FROM pgtrawl.query_executions"
  private static let summed = "SELECT coalesce(sum(calls), 0) FROM pgtrawl.query_rollups"

  @Test func whatIsCommittedIsAnalyzed() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    try scratch.append(Self.piece(0..<100), to: "a.csv")
    try await follow(store, scratch) { told in
      // The last one of an open session is not settled.
      try await waitFor(99, Self.summed, store)
      try scratch.append(Self.piece(100..<300), to: "a.csv")
      try await waitFor(299, Self.summed, store)
      #expect(told.failures.isEmpty)
    }
  }

  @Test func withoutTheLayersCaptureGoesOn() async throws {
    let store = try await StoreUnderTest.make()
    let whole = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    try await store.migrate(down: .analysis)
    try scratch.append(Self.piece(0..<100), to: "a.csv")
    // An import, then a tail of the same log, which grows.
    try await store.run([scratch.path + "/a.csv"])
    #expect(try await store.number(Self.executions) == 100)
    try await follow(store, scratch) { told in
      try scratch.append(Self.piece(100..<200), to: "a.csv")
      try await waitFor(200, Self.executions, store)
      try await waitUntil("the analysis says why it can't be done") { !told.failures.isEmpty }
      #expect(told.failures.first?.contains("analysis/0001") == true)
      // Made meanwhile, it is used.
      let sql = try await PostgresConnection.open(conninfo: store.conninfo)
      try await Migrator(connection: sql).up()
      await sql.close()
      try await waitFor(199, Self.summed, store)
      try await waitUntil("it is told that it works") { told.hasRecovered }
      #expect(told.failures.count == 1)
      // Taken away while it follows.
      try await store.migrate(down: .analysis)
      try scratch.append(Self.piece(200..<300), to: "a.csv")
      try await waitFor(300, Self.executions, store)
      try await waitUntil("it is told again") { told.failures.count == 2 }
    }
    #expect(try await store.verify().isEmpty)
    try await whole.run([scratch.path + "/a.csv"])
    try await whole.migrate(down: .analysis)
    #expect(try await store.image() == whole.image())
  }

  @Test func theAnalysisWaitsForAnotherOne() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let holder = Store(conninfo: store.conninfo)
    #expect(try await holder.lockAnalysis())
    try scratch.append(Self.piece(0..<100), to: "a.csv")
    try await follow(store, scratch) { _ in
      try await waitFor(100, Self.executions, store)
      #expect(try await store.number(Self.summed) == 0)
      await holder.close()
      try await waitFor(99, Self.summed, store)
    }
  }
}

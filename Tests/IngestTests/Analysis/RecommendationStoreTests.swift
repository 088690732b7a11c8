import Foundation
import Ingest
import LogStore
import Migrations
import Postgres
import TestSupport
import Testing

/// From plans in a log to what to do, night after night.
@Suite(.serialized) struct RecommendationStoreTests {
  private static let readings = """
    SELECT key, version, is_current, state, reason, ddl, cardinality(queries),
      saving_ms_per_day > 1000, evidence->'findings'->0->>'rule'
    FROM pgtrawl.recommendations ORDER BY key, version
    """

  /// A log of one query a minute with plans in JSON, from an hour on.
  private static func log(
    _ plan: String, ms: Int, hour: Int, runs: Int = 60, _ directory: ScratchDirectory
  ) throws -> String {
    let lines = (1...runs).map { run in
      CSVLogLine("duration: \(ms).\(run % 10)00 ms  plan:\n" + plan, line: run) {
        $0.session = "c\(hour).1"
        $0.seconds = Double(hour * 3600 + run * 59)
      }.text
    }
    return try directory.write(Array(lines.joined().utf8), to: "\(hour).csv")
  }

  @Test func recommendationsLiveAndComeBack() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let whole = try PlanTests.document("plans/seq-scan-selective-filter/fires.json")
    let byIndex = try PlanTests.document("plans/in-list-wide/silent.json")
    try await store.run([Self.log(whole, ms: 41, hour: 1, scratch)])
    #expect(try await store.analyze().recommendations == 1)
    let open = [
      "index ev (b)", "1", "t", "open", "", "CREATE INDEX CONCURRENTLY ON ev (b)", "1", "t",
      "seq-scan-selective-filter",
    ]
    #expect(try await store.query(Self.readings) == [open])
    #expect(try await store.analyze() == AnalysisSummary())

    try await store.run([Self.log(byIndex, ms: 4, hour: 3, scratch)])
    #expect(try await store.analyze().recommendations == 1)
    var rows = try await store.query(Self.readings)
    #expect(rows.map { $0[1...3].joined(separator: " ") } == ["1 f open", "2 t resolved"])
    #expect(rows.last?[4] == "its queries run without it")

    try await store.run([Self.log(whole, ms: 42, hour: 5, scratch)])
    try await store.analyze()
    rows = try await store.query(Self.readings)
    #expect(
      rows.map { $0[1...3].joined(separator: " ") }
        == ["1 f open", "2 f resolved", "3 t regressed"])
    // Made anew of the same log it stays as it is.
    try await store.analyze { $0.rebuilds = true }
    #expect(try await store.query(Self.readings) == rows)
    // All of the log together says the same as night after night.
    let whole2 = try await StoreUnderTest.make()
    try await whole2.run([1, 3, 5].map { scratch.path + "/\($0).csv" })
    try await whole2.analyze()
    #expect(try await whole2.query("SELECT state FROM pgtrawl.recommendations") == [["regressed"]])
  }

  @Test func withoutTheLayerTheAnalysisGoesOn() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let whole = try PlanTests.document("plans/seq-scan-selective-filter/fires.json")
    try await store.run([Self.log(whole, ms: 41, hour: 1, scratch)])
    try await store.migrate(down: .intelligence)
    let summary = try await store.analyze()
    #expect(summary.plans == 60 && summary.recommendations == 0)
    #expect(summary.recommendationProblem == nil)
    // A layer that can't be written ends nothing either.
    let sql = try await PostgresConnection.open(conninfo: store.conninfo)
    try await sql.execute(
      "CREATE TABLE pgtrawl.recommendations (); CREATE TABLE pgtrawl.recommended_sources ()")
    await sql.close()
    #expect(try await store.analyze { $0.rebuilds = true }.recommendationProblem != nil)
  }

  @Test func whatWasTakenBackIsRecommendedNoMore() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let whole = try PlanTests.document("plans/seq-scan-selective-filter/fires.json")
    try await store.run([Self.log(whole, ms: 41, hour: 1, scratch)])
    try await store.analyze()
    let writer = Store(conninfo: store.conninfo)
    _ = try await writer.forget(source: "default")
    await writer.close()
    try await store.analyze()
    #expect(try await store.number("SELECT count(*) FROM pgtrawl.recommendations") == 0)
  }
}

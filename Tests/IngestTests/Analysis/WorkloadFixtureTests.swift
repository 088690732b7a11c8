import TestSupport
import Testing

/// Logs of a real server for the rules over sessions, plans and schedules: each fires on one and must not on
/// another.
@Suite(.serialized) struct WorkloadFixtureTests {
  /// A rule, the beginning of the text that it has to name, and figures that its evidence has to hold.
  struct Planted: Sendable, CustomTestStringConvertible {
    var rule: String
    var query: String
    var evidence: [String: String]

    var testDescription: String { rule }
  }

  static let planted = [
    // Two waits of a minute, and one of two minutes that the server ended.
    Planted(
      rule: "idle-in-transaction", query: "update account",
      evidence: ["idle": "2", "timeouts": "1", "after_writes": "1"]),
    Planted(rule: "long-transaction", query: "update stock", evidence: ["transactions": "1"]),
    Planted(
      rule: "generic-vs-custom", query: "select count(*) from thing where kind",
      evidence: ["generic_runs": "8", "custom_runs": "8"]),
    Planted(
      rule: "estimate-drift", query: "select count(*) from ticket",
      evidence: ["scan": "Seq Scan on ticket", "hours": "12"]),
    Planted(
      rule: "cron-collision", query: "update job set n = n + $1 where id = $2 returning",
      evidence: ["at_minute": "15", "period_minutes": "60", "periods": "5"]),
  ]
  private static let rules = planted.map { "'\($0.rule)'" }.joined(separator: ", ")

  /// What these rules find in a log.
  private func found(_ planted: Planted, _ file: String) async throws -> [[String]] {
    let store = try await StoreUnderTest.make()
    try await store.run([Fixture.path("workload/\(planted.rule)/\(file).csv.gz")])
    #expect(try await store.query("SELECT count(*) > 6 FROM pgtrawl.query_executions") == [["t"]])
    try await store.analyze()
    let keys = planted.evidence.keys.sorted().map { ", f.evidence->>'\($0)'" }.joined()
    return try await store.query(
      """
      SELECT f.rule, q.normalized_sql\(keys) FROM pgtrawl.workload_findings f
      JOIN pgtrawl.queries q ON q.id = f.query_id WHERE f.rule IN (\(Self.rules))
      """)
  }

  @Test(arguments: planted) func theRuleFires(planted: Planted) async throws {
    let found = try await found(planted, "fires")
    #expect(found.count == 1, "\(found)")
    let first = try #require(found.first)
    #expect(first[0] == planted.rule)
    #expect(first[1].lowercased().hasPrefix(planted.query), "\(first)")
    let values = planted.evidence.sorted { $0.key < $1.key }.map(\.value)
    #expect(Array(first.dropFirst(2)) == values, "\(first)")
  }

  @Test(arguments: planted) func theRuleIsSilent(planted: Planted) async throws {
    #expect(try await found(planted, "silent") == [])
  }
}

import Foundation
import Ingest
import LogStore
import Postgres
import TestSupport
import Testing

/// From plans in a log to what they say.
@Suite(.serialized) struct PlanTests {
  private static let readings = """
    SELECT count(*), count(*) FILTER (WHERE a.plan_id IS NOT NULL), count(a.shape_id), count(a.dedup_id),
      count(a.execution_time_ms) FROM pgtrawl.query_analysis a
    """

  @Test func everyPlanHasItsRow() async throws {
    let store = try await StoreUnderTest.make()
    try await store.run(AnalysisTests.shop)
    let plans = try await store.number("SELECT count(*) FROM pgtrawl.query_plans")
    #expect(try await store.analyze().plans == plans && plans > 500)
    let ran = try await store.number("SELECT count(*) FROM pgtrawl.query_plans WHERE ran")
    let all = "\(plans)"
    #expect(try await store.query(Self.readings) == [[all, all, all, all, "\(ran)"]])
    let strays = try await store.number(
      """
      SELECT count(*) FROM pgtrawl.query_plans p FULL JOIN pgtrawl.query_analysis a
        USING (source_id, query_id, executed_at, log_file_id, log_offset)
      WHERE p.plan_ms IS NULL OR a.findings IS NULL
      """)
    #expect(strays == 0)
    #expect(
      try await store.number(
        "SELECT count(*) FROM pgtrawl.query_analysis WHERE seq_scan_detected AND shared_hit > 0")
        > 0)
    let image = try await store.analysisImage()
    #expect(try await store.analyze() == AnalysisSummary())
    #expect(try await store.analyze { $0.rebuilds = true }.plans == plans)
    #expect(try await store.analysisImage() == image)
  }

  @Test func plansInTheTextFormAreRead() async throws {
    let store = try await StoreUnderTest.make()
    try await store.run([Fixture.path("special/plans_as_text.csv")])
    let plans = try await store.analyze().plans
    let ran = try await store.number("SELECT count(*) FROM pgtrawl.query_plans WHERE ran")
    #expect(plans > ran && ran > 0)
    let all = "\(plans)"
    #expect(try await store.query(Self.readings) == [[all, all, all, all, "\(ran)"]])
    // With what they took, and what is the matter with them.
    let told = "SELECT count(*) FROM pgtrawl.query_analysis WHERE root_rows IS NOT NULL"
    #expect(try await store.number(told) > 0)
  }

  @Test(arguments: ["xml", "yaml"])
  func plansOfOtherFormsCountAsRun(format: String) async throws {
    let store = try await StoreUnderTest.make()
    try await store.run([Fixture.path("special/plans_as_text.csv")])
    _ = try await store.query("UPDATE pgtrawl.query_plans SET format = '\(format)'")
    let plans = try await store.analyze().plans
    let ran = try await store.number("SELECT count(*) FROM pgtrawl.query_plans WHERE ran")
    #expect(plans > 0 && ran > 0)
    #expect(try await store.query(Self.readings) == [["\(plans)", "0", "0", "0", "\(ran)"]])
  }

  @Test func whatWasInterruptedBeginsTheHourAnew() async throws {
    let whole = try await StoreUnderTest.make()
    try await whole.run(AnalysisTests.shop)
    try await whole.analyze()
    let cut = try await StoreUnderTest.make()
    try await cut.run(AnalysisTests.shop)
    let store = Store(conninfo: cut.conninfo)
    for hour in try await store.pendingHours() { _ = try await store.redo([hour]) }
    // Ended between two pages, of which the first one says something else than it would now.
    let hour = try #require(try await store.pendingPlanHours(rulesVersion: 0).first)
    let plans = try await store.plans(of: hour, after: nil)
    let first = plans.prefix(10).map { PlanAnalysisRow($0) }
    try await store.write(first, of: hour, after: nil, rulesVersion: 0)
    // Of a plan that is in no log any more.
    var gone = try #require(plans.last)
    gone.place.offset += 1
    try await store.write(
      [PlanAnalysisRow(gone)], of: hour, after: plans.last?.place, rulesVersion: 0)
    #expect(try await store.pendingPlanHours(rulesVersion: 0).contains(hour))
    await store.close()
    try await cut.analyze()
    #expect(try await cut.analysisImage() == whole.analysisImage())
  }

  @Test func pagesFollowEachOther() async throws {
    let store = try await StoreUnderTest.make()
    try await store.run([AnalysisTests.shop[1]])
    // More plans in an hour than one page takes, some of them at the same time.
    let sql = try await PostgresConnection.open(conninfo: store.conninfo)
    try await sql.execute(
      """
      INSERT INTO pgtrawl.query_plans
      SELECT (jsonb_populate_record(p, jsonb_build_object('log_offset', p.log_offset * 100 + i))).*
      FROM pgtrawl.query_plans p CROSS JOIN generate_series(1, 8) i
      """)
    await sql.close()
    let plans = try await store.number("SELECT count(*) FROM pgtrawl.query_plans")
    #expect(try await store.analyze().plans == plans && plans > 2000)
    #expect(try await store.number("SELECT count(plan_id) FROM pgtrawl.query_analysis") == plans)
  }

  @Test func aFlipInTheLogIsFound() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let byIndex = try Self.document("plans/in-list-wide/silent.json")
    let whole = try Self.document("plans/seq-scan-selective-filter/fires.json")
    // One query every three minutes, over ten hours; the last of an open session are not settled.
    let lines = (1...200).map { run -> String in
      let (ms, plan) = run <= 60 ? ("4", byIndex) : ("410", whole)
      return CSVLogLine("duration: \(ms).\(run % 10)00 ms  plan:\n" + plan, line: run) {
        $0.seconds = Double(run) * 180
      }.text
    }
    try await store.run([scratch.write(Array(lines.joined().utf8), to: "flip.csv")])
    let summary = try await store.analyze()
    #expect(summary.plans == 200 && summary.planChanges == 1 && summary.regressions == 1)
    let changes = try await store.query(
      """
      SELECT to_char(c.changed_at AT TIME ZONE 'UTC', 'HH24:MI'), before_runs, after_runs,
        b.index_scan_detected, a.seq_scan_detected, ratio > 5
      FROM pgtrawl.plan_changes c
      JOIN pgtrawl.query_analysis a ON (a.log_file_id, a.log_offset) = (c.log_file_id, c.log_offset)
      JOIN LATERAL (SELECT * FROM pgtrawl.query_analysis b WHERE b.plan_id = c.from_plan_id LIMIT 1) b ON true
      WHERE a.plan_id = c.to_plan_id
      """)
    #expect(changes == [["15:03", "50", "50", "t", "t", "t"]])
    #expect(
      try await store.query("SELECT kind, cause FROM pgtrawl.query_regressions")
        == [["plan", "plan changed"]])
  }

  @Test func findingsOfPlansAreFolded() async throws {
    let store = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let whole = try Self.document("plans/seq-scan-selective-filter/fires.json")
    let lines = (1...7).map { run in
      CSVLogLine("duration: \(40 + run).000 ms  plan:\n" + whole, line: run) {
        $0.seconds = Double(run) * 3000
      }.text
    }
    try await store.run([scratch.write(Array(lines.joined().utf8), to: "slow.csv")])
    try await store.analyze()
    let sql = try await PostgresConnection.open(conninfo: store.conninfo)
    let reports = StoreReports(connection: sql)
    let found = try await reports.planFindings(
      ReportFilter(), severities: [], rules: ["seq-scan-selective-filter"], limit: 10)
    let one = try #require(found.first)
    #expect(found.count == 1 && one.plans == 7 && one.path == "{Plan}" && one.severity == "low")
    #expect(one.node == "Seq Scan on ev" && one.remedy.contains("index"))
    let stored = try await store.query(
      """
      SELECT sum((f->>'saving_ms')::numeric)
      FROM pgtrawl.query_analysis, jsonb_array_elements(findings) f
      WHERE f->>'rule' = 'seq-scan-selective-filter'
      """)
    #expect(abs(one.savingMs - (Double(stored.first?.first ?? "") ?? 0)) < 0.01)
    #expect(one.savingMs > 7 * 20)
    let whereNone = try await reports.planFindings(
      ReportFilter(), severities: ["critical"], rules: [], limit: 10)
    #expect(whereNone.isEmpty)
    await sql.close()
  }

  /// The plan of a fixture as auto_explain logs it.
  static func document(_ fixture: String) throws -> String {
    let json = try JSONSerialization.jsonObject(with: Data(Fixture.bytes(fixture)))
    guard let plan = (json as? [[String: Any]])?.first?["Plan"] else {
      throw TestFailure("\(fixture) holds no plan")
    }
    let document = ["Query Text": "SELECT * FROM ev WHERE b = 7", "Plan": plan]
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .prettyPrinted]
    return String(
      decoding: try JSONSerialization.data(withJSONObject: document, options: options),
      as: UTF8.self)
  }
}

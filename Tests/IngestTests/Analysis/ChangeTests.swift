import Ingest
import LogStore
import Postgres
import TestSupport
import Testing

/// What changed, dated, and told from what only looks like it.
@Suite(.serialized) struct ChangeTests {
  private func regressions(_ fixture: AnalysisFixture) async throws -> [[String]] {
    try await fixture.store.query(
      """
      SELECT query_id, kind, to_char(started_at AT TIME ZONE 'UTC', 'DD HH24:MI'), cause
      FROM pgtrawl.query_regressions ORDER BY 1, 3
      """)
  }

  @Test func aStepIsARegressionAndADriftIsNone() async throws {
    let fixture = try await AnalysisFixture()
    for query in 1...4 {
      try await fixture.add(Int64(query), hours: 0..<96, each: 20, ms: "20 + 4 * r")
    }
    try await fixture.add(
      5, hours: 0..<96, each: 20, ms: "(CASE WHEN h < 50 THEN 30 ELSE 75 END) * (1 + r)")
    try await fixture.add(6, hours: 0..<96, each: 20, ms: "20 * exp(h / 60.0) * (1 + 0.2 * r)")
    // Slower, but as nothing beside the others.
    try await fixture.add(
      7, hours: 0..<96, each: 20, ms: "CASE WHEN h < 50 THEN 0.01 ELSE 0.03 END * (1 + r)")
    try await fixture.add(
      8, hours: 0..<96, each: 20, ms: "(CASE WHEN h < 50 THEN 75 ELSE 30 END) * (1 + r)")
    try await fixture.analyze()
    #expect(try await regressions(fixture) == [["5", "latency", "03 02:00", "unknown"]])
    let figures = try await fixture.store.query(
      "SELECT ratio BETWEEN 2.2 AND 2.8, p < 0.001, share > 0.01, added_ms_per_day > 20000 FROM pgtrawl.query_regressions"
    )
    #expect(figures == [["t", "t", "t", "t"]])
  }

  @Test func whatSlowsEverythingIsNoQuerysFault() async throws {
    let fixture = try await AnalysisFixture()
    for query in 1...6 {
      try await fixture.add(
        Int64(query), hours: 0..<96, each: 20,
        ms: "(CASE WHEN h < 50 THEN 30 ELSE 75 END) * (1 + r)")
    }
    try await fixture.analyze()
    #expect(try await regressions(fixture) == [])
  }

  @Test func nothingIsComparedAcrossAChangeOfWhatIsLogged() async throws {
    let fixture = try await AnalysisFixture()
    try await fixture.add(
      5, hours: 0..<96, each: 20, ms: "(CASE WHEN h < 50 THEN 30 ELSE 75 END) * (1 + r)")
    try await fixture.analyze()
    #expect(try await regressions(fixture).count == 1)
    try await fixture.sql.execute(
      """
      INSERT INTO pgtrawl.source_settings VALUES
        (1, 'log_min_duration_statement', '70', 'ms', '2026-03-03 02:00:00+00', 'log')
      """)
    try await fixture.analyze()
    #expect(try await regressions(fixture) == [])
  }

  /// Plans of a query: the SQL is over `n`, the number of the run, every 5 minutes.
  private func plans(
    _ fixture: AnalysisFixture, _ query: Int64, runs: Int, plan: String, ms: String,
    blocks: String = "100", rows: String = "10", waited: String = "NULL"
  ) async throws {
    try await fixture.sql.execute(
      """
      INSERT INTO pgtrawl.query_analysis (query_id, executed_at, log_file_id, log_offset, source_id,
        plan_id, execution_time_ms, shared_hit, shared_read, root_rows, total_cost, lock_wait_ms)
      SELECT \(query), timestamptz '2026-03-02 00:00:00+00' + n * interval '5 min', 1,
        1000000 * \(query) + n, 1, \(plan), \(ms), \(blocks), 0, \(rows), 100 + (\(plan)),
        \(waited)
      FROM generate_series(1, \(runs)) n, LATERAL (SELECT abs(sin(n * 12.9898)) AS r) x
      """)
    // As if an hour had been redone: these plans are in no log, and reading would take them away.
    try await fixture.sql.execute(
      "UPDATE pgtrawl.analyzed_hours SET version = nextval('pgtrawl.analysis_versions')")
  }

  @Test func flipsAreDatedAndWeighed() async throws {
    let fixture = try await AnalysisFixture()
    for query in [50, 51, 52, 53, 54, 55, 56] {
      try await fixture.add(Int64(query), hours: 24..<34, each: 12, ms: "5 + r")
    }
    try await fixture.analyze()
    let flip = "CASE WHEN n < 61 THEN 1 ELSE 2 END"
    let slower = "(CASE WHEN n < 61 THEN 100 ELSE 900 END) * (1 + 0.2 * r)"
    // More work and slower; a flip without a change of time; slower without a flip; as slower as it returns
    // more rows; one run with another plan is none; two plans that take turns.
    try await plans(
      fixture, 50, runs: 110, plan: flip, ms: slower,
      blocks: "CASE WHEN n < 61 THEN 100 ELSE 2000 END")
    try await plans(fixture, 51, runs: 110, plan: flip, ms: "100 * (1 + 0.2 * r)")
    try await plans(fixture, 52, runs: 110, plan: "1", ms: slower)
    try await plans(
      fixture, 53, runs: 110, plan: flip, ms: slower,
      blocks: "CASE WHEN n < 61 THEN 100 ELSE 900 END",
      rows: "CASE WHEN n < 61 THEN 10 ELSE 90 END")
    try await plans(fixture, 54, runs: 110, plan: "CASE WHEN n = 40 THEN 3 ELSE 1 END", ms: "100")
    try await plans(fixture, 55, runs: 110, plan: "1 + n % 2", ms: "100 + r")
    // With the new plan it waits for locks, and is no slower without.
    try await plans(
      fixture, 56, runs: 110, plan: flip, ms: "(CASE WHEN n < 61 THEN 100 ELSE 900 END) + 20 * r",
      blocks: "CASE WHEN n < 61 THEN 100 ELSE 2000 END",
      waited: "CASE WHEN n < 61 THEN NULL ELSE 800 END")
    try await fixture.analyze()
    let changes = try await fixture.store.query(
      """
      SELECT query_id, from_plan_id, to_plan_id, log_offset % 1000000, before_runs, after_runs
      FROM pgtrawl.plan_changes ORDER BY 1
      """)
    #expect(changes == ["50", "51", "53", "56"].map { [$0, "1", "2", "61", "50", "50"] })
    #expect(try await regressions(fixture) == [["50", "plan", "02 05:05", "plan changed"]])
    #expect(
      try await fixture.store.query("SELECT severity FROM pgtrawl.query_regressions")
        == [["critical"]])
    let flapping = try await fixture.store.query(
      """
      SELECT query_id, severity, evidence->'plan_1'->>'mean_cost', evidence->'plan_2'->>'mean_cost'
      FROM pgtrawl.workload_findings WHERE rule = 'plan-flap'
      """)
    #expect(flapping == [["55", "low", "101", "102"]])
    // Nothing new, nothing to do.
    #expect(try await fixture.analyze() == AnalysisSummary())
  }
}

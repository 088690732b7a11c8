import Ingest
import LogStore
import Postgres
import TestSupport
import Testing

/// Rules over rows of a real store: what fires them, and what is like it and must not.
@Suite(.serialized) struct WorkloadRuleStoreTests {
  @Test func eachRuleFindsItsQueryAndNoOther() async throws {
    let fixture = try await AnalysisFixture()
    // Healthy: point queries that are all alike.
    try await fixture.add(1, hours: 0..<24, each: 40, ms: "0.2 + 0.05 * r")
    try await fixture.add(2, hours: 0..<24, each: 30, ms: "700 + 50 * r")
    // As slow, but too seldom to tell.
    try await fixture.add(3, hours: 0..<1, each: 12, ms: "700 + 50 * r")
    try await fixture.add(
      4, hours: 0..<24, each: 20, ms: "CASE WHEN i = 1 THEN 1500 ELSE 4 + r END")
    try await fixture.add(
      10, hours: 0..<24, each: 10, ms: "3",
      sqlstate: "CASE WHEN i = 1 THEN '23505' END", error: "CASE WHEN i = 1 THEN 'duplicate' END")
    try await fixture.add(
      11, hours: 0..<24, each: 10, ms: "3",
      sqlstate: "CASE WHEN h = 1 AND i < 4 THEN '23505' END")
    try await fixture.add(
      12, hours: 0..<4, each: 10, ms: "3", sqlstate: "CASE WHEN i = 1 THEN '57014' END",
      error: "CASE WHEN i = 1 THEN 'canceling statement due to statement timeout' END")
    try await fixture.add(13, hours: 0..<24, each: 30, ms: "4", parse: "3")
    try await fixture.analyze()
    #expect(try await fixture.findings(1) == [])
    #expect(try await fixture.findings(2) == ["slow-mean medium"])
    #expect(try await fixture.findings(3) == [])
    #expect(try await fixture.findings(4) == ["bimodal low", "slow-p99 medium"])
    #expect(try await fixture.findings(10) == ["error-rate medium"])
    #expect(try await fixture.findings(11) == [])
    #expect(try await fixture.findings(12) == ["timeout high"])
    #expect(try await fixture.findings(13) == ["planning-share low"])
    let evidence = try await fixture.store.query(
      """
      SELECT evidence->'sqlstates'->>'23505', evidence->>'calls', is_lower_bound
      FROM pgtrawl.workload_findings WHERE rule = 'error-rate'
      """)
    #expect(evidence == [["24", "240", "t"]])
    let top = try await fixture.store.query(
      "SELECT query_id FROM pgtrawl.workload_findings WHERE rule = 'top-total' ORDER BY cost_ms DESC"
    )
    #expect(top.map(\.first) == ["2"])
  }

  @Test func loopsOfProgramsAreFound() async throws {
    let fixture = try await AnalysisFixture()
    // 30 behind each other in a session, 10 ms apart, after a query that returned 30 rows.
    try await fixture.add(
      20, hours: 0..<3, each: 1, ms: "5", rows: "30", session: "'loop'", gapMs: 1)
    try await fixture.add(
      21, hours: 0..<3, each: 30, ms: "8", parameters: "ARRAY[i::text]", session: "'loop'",
      gapMs: 10)
    // The same with equal parameters, as an insert, and in sessions of their own.
    try await fixture.add(
      22, hours: 5..<8, each: 30, ms: "8", parameters: "ARRAY['1']", session: "'same'", gapMs: 10)
    try await fixture.add(
      23, hours: 9..<12, each: 30, ms: "8", kind: "insert", parameters: "ARRAY[i::text]",
      session: "'batch'", gapMs: 10)
    try await fixture.add(
      24, hours: 13..<16, each: 30, ms: "8", parameters: "ARRAY[i::text]", session: "'s' || i",
      gapMs: 10)
    try await fixture.add(
      25, hours: 17..<20, each: 30, ms: "8", parameters: "ARRAY[i::text]", session: "'slow'",
      gapMs: 500)
    try await fixture.analyze()
    #expect(try await fixture.findings(21) == ["n-plus-one medium"])
    #expect(try await fixture.findings(22) == ["repeat-identical low"])
    for query in [20, 23, 24, 25] { #expect(try await fixture.findings(Int64(query)) == []) }
    let evidence = try await fixture.store.query(
      """
      SELECT evidence->>'bursts', evidence->>'calls', evidence->>'led_by_rows',
        evidence->>'before_query' FROM pgtrawl.workload_findings WHERE rule = 'n-plus-one'
      """)
    #expect(evidence == [["3", "90", "3", "0000000000000014"]])
  }

  @Test func whatWaitsAndSpillsIsFound() async throws {
    let fixture = try await AnalysisFixture()
    try await fixture.add(30, hours: 0..<1, each: 20, ms: "200")
    try await fixture.sql.execute(
      """
      INSERT INTO pgtrawl.log_events (query_id, occurred_at, log_file_id, log_offset, session_line,
        context_id, source_id, process_id, records, transcoded, event_class, severity, sqlstate,
        session_id, fields)
      SELECT 30, timestamptz '2026-03-01 00:10:00+00' + n * interval '1 s', 1, 9000 + n, 100 + n, 7, 1,
        1, 1, false, c, 'LOG', s, 'w', f::jsonb
      FROM (VALUES (1, 'lock_wait', '00000', '{"pid": 1, "waited_us": 1000000}'),
        (2, 'lock_acquired', '00000', '{"pid": 1, "waited_us": 1700000}'),
        (3, 'lock_wait', '00000', '{"pid": 1, "waited_us": 1000000}'),
        (4, 'deadlock', '40P01', NULL),
        (10, 'temporary_file', '00000', '{"bytes": 1000}'),
        (11, 'temporary_file', '00000', '{"bytes": 2000}'),
        (15, 'temporary_file', '00000', '{"bytes": 4000}')) e (n, c, s, f)
      """)
    try await fixture.analyze()
    let row = try await fixture.store.query(
      """
      SELECT lock_waits, lock_wait_ms, deadlocks, temp_files, temp_bytes, temp_runs, calls
      FROM pgtrawl.query_rollups WHERE query_id = 30
      """)
    #expect(row == [["2", "2700", "1", "3", "7000", "2", "20"]])
    #expect(try await fixture.findings(30) == ["deadlock medium", "lock-waits medium"])
  }

  @Test func whatGoesWithTheDurationIsNamed() async throws {
    let fixture = try await AnalysisFixture()
    let smear = "exp(7 * r)"
    try await fixture.add(
      60, hours: 0..<10, each: 40, ms: "(CASE WHEN i % 4 = 0 THEN 900 ELSE 3 END) * (1 + r)",
      parameters: "ARRAY[(h * 100 + i)::text, CASE WHEN i % 4 = 0 THEN 'big' ELSE 'small' END]")
    try await fixture.add(
      61, hours: 0..<10, each: 40, ms: smear + " * 2", rows: "(\(smear) * 100)::bigint")
    try await fixture.add(62, hours: 0..<10, each: 40, ms: smear + " * 2", rows: "5")
    try await fixture.analyze()
    let rows = try await fixture.store.query(
      """
      SELECT query_id, rule, evidence->'factor'->>'name', evidence->'factor'->>'slowest'
      FROM pgtrawl.workload_findings WHERE query_id >= 60
        AND rule IN ('high-variance', 'bimodal', 'parameter-sensitive') ORDER BY 1
      """)
    #expect(
      rows == [
        ["60", "parameter-sensitive", "parameter 2", "big"],
        ["61", "high-variance", "rows", ""], ["62", "high-variance", "", ""],
      ])
  }

  @Test func whatCameAndWentIsTold() async throws {
    let fixture = try await AnalysisFixture()
    try await fixture.add(40, hours: 0..<240, each: 10, ms: "10")
    try await fixture.add(41, hours: 0..<200, each: 5, ms: "10")
    try await fixture.add(42, hours: 216..<240, each: 5, ms: "10")
    try await fixture.analyze()
    let rows = try await fixture.store.query(
      """
      SELECT query_id, rule, window_from::date FROM pgtrawl.workload_findings
      WHERE rule IN ('new-fingerprint', 'gone-fingerprint') ORDER BY 1, 3
      """)
    #expect(
      rows == [
        ["41", "gone-fingerprint", "2026-03-10"], ["42", "new-fingerprint", "2026-03-10"],
      ])
  }
}

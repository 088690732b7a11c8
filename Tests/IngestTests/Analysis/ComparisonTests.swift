import Ingest
import LogModel
import LogStore
import Postgres
import TestSupport
import Testing

/// What differs between two stretches of time.
@Suite(.serialized) struct ComparisonTests {
  /// Seven days and the day after: one of each kind.
  private func made() async throws -> AnalysisFixture {
    let fixture = try await AnalysisFixture()
    try await fixture.add(1, hours: 0..<192, each: 10, ms: "20 + r")
    try await fixture.add(
      2, hours: 0..<192, each: 10, ms: "(CASE WHEN h < 168 THEN 20 ELSE 60 END) * (1 + r)")
    try await fixture.add(
      3, hours: 0..<192, each: 10, ms: "(CASE WHEN h < 168 THEN 60 ELSE 20 END) * (1 + r)")
    try await fixture.add(4, hours: 0..<168, each: 10, ms: "20")
    try await fixture.add(5, hours: 168..<192, each: 10, ms: "200")
    try await fixture.add(6, hours: 0..<168, each: 10, ms: "20")
    try await fixture.add(6, hours: 168..<192, each: 40, ms: "20")
    try await fixture.add(
      7, hours: 0..<192, each: 10, ms: "(CASE WHEN h < 168 THEN 20 ELSE 60 END) * (1 + r)",
      rows: "CASE WHEN h < 168 THEN 100 ELSE 300 END")
    try await fixture.add(
      8, hours: 0..<192, each: 10, ms: "(CASE WHEN h < 168 THEN 20 ELSE 60 END) * (1 + r)")
    try await fixture.analyze()
    try await fixture.sql.execute(
      """
      INSERT INTO pgtrawl.plan_changes VALUES
        (8, 1, '2026-03-08 00:00:00+00', 1, 2, 1, 1, 10, 10, 20, 60, 3, 0, '{}')
      """)
    return fixture
  }

  private static let periods =
    "'2026-03-01 00:00Z', '2026-03-08 00:00Z', '2026-03-08 00:00Z', '2026-03-09 00:00Z'"

  @Test func eachKindOfChangeIsToldWithItsCause() async throws {
    let fixture = try await made()
    let rows = try await fixture.store.query(
      """
      SELECT query_id, change, why, round(calls_before), round(calls_after)
      FROM pgtrawl.compare(\(Self.periods)) ORDER BY 1
      """)
    #expect(
      rows == [
        ["2", "slower", "unknown", "240", "240"], ["3", "faster", "unknown", "240", "240"],
        ["4", "gone", "gone", "240", "0"], ["5", "new", "new", "0", "240"],
        ["6", "more calls", "more calls", "240", "960"],
        ["7", "slower", "more rows", "240", "240"],
        ["8", "slower", "plan changed", "240", "240"],
      ])
    let first = try await fixture.store.query(
      """
      SELECT query_id, round(delta_ms), round(delta_share::numeric, 2)
      FROM pgtrawl.compare(\(Self.periods)) LIMIT 1
      """)
    #expect(first.first?.prefix(2) == ["5", "48000"])
    let others = "\(Self.periods), 'default', 'other'"
    #expect(
      try await fixture.store.number("SELECT count(*) FROM pgtrawl.compare(\(others))") == 0)
  }

  @Test func theReportIsThatOfTheFunction() async throws {
    let fixture = try await made()
    let day: Int64 = 86_400_000_000
    let start = LogTime(microseconds: 1_772_323_200_000_000)
    let border = LogTime(microseconds: start.microseconds + 7 * day)
    let changes = try await StoreReports(connection: fixture.sql).comparison(
      of: border..<LogTime(microseconds: border.microseconds + day), with: start..<border,
      ReportFilter(source: "default", user: "web"), limit: 3)
    #expect(changes.count == 3 && changes[0].deltaMs.magnitude >= changes[1].deltaMs.magnitude)
    #expect(changes.first?.change == "new" && changes.first?.text == "select 5")
    #expect(changes.first?.meanBeforeMs == nil && changes.first?.meanAfterMs == 200)
  }

  /// A baseline of which the logs have two days only is taken for two days.
  @Test func figuresArePerDayOfTheHoursThatHaveLogs() async throws {
    let fixture = try await AnalysisFixture()
    try await fixture.add(1, hours: 120..<168, each: 10, ms: "20")
    try await fixture.add(1, hours: 168..<180, each: 10, ms: "90")
    try await fixture.analyze()
    let rows = try await fixture.store.query(
      """
      SELECT change, round(calls_before), round(calls_after), round(total_before_ms)
      FROM pgtrawl.compare(\(Self.periods))
      """)
    #expect(rows == [["slower", "240", "240", "4800"]])
  }
}

import Foundation
import Ingest
import LogStore
import Migrations
import Postgres
import TestSupport
import Testing

/// What an analysis leaves does not depend on when it ran, how often, and what interrupted it.
@Suite(.serialized) struct AnalysisTests {
  static let shop = ImportTests.shop

  @Test func rollupsAddUpToTheRows() async throws {
    let store = try await StoreUnderTest.make()
    try await store.run(Self.shop)
    let summary = try await store.analyze()
    #expect(summary.hours > 0 && summary.days > 0)
    let rows = try await store.query(
      """
      SELECT nesting > 0, count(*), count(sqlstate), count(duration_ms), sum((duration_ms * 1000)::bigint)
      FROM pgtrawl.query_executions WHERE settled GROUP BY 1 ORDER BY 1
      """)
    let sums = try await store.query(
      """
      SELECT nested, sum(calls), sum(errors), sum(pgtrawl.sketch_count(sketch)),
        round((sum(total_ms::numeric) * 1000)) FROM pgtrawl.query_rollups GROUP BY 1 ORDER BY 1
      """)
    #expect(rows == sums)
    #expect(Int64(rows.reduce(0) { $0 + (Int($1[1]) ?? 0) }) == summary.executions)
    // Every quantile of every query, beside the exact one of the rows.
    let off = try await store.query(
      """
      SELECT r.query_id, q, r.found[q], e.exact[q] FROM (
        SELECT query_id, pgtrawl.sketch_quantiles(pgtrawl.merge_sketches(sketch),
          '{0.1,0.5,0.9,0.99}') AS found FROM pgtrawl.query_rollups WHERE timed > 0 GROUP BY 1) r
      JOIN (SELECT query_id, percentile_disc('{0.1,0.5,0.9,0.99}'::float8[])
              WITHIN GROUP (ORDER BY duration_ms) AS exact
            FROM pgtrawl.query_executions WHERE settled AND duration_ms IS NOT NULL GROUP BY 1) e
        USING (query_id)
      CROSS JOIN generate_series(1, 4) q
      WHERE abs(r.found[q] - e.exact[q]) > 0.010001 * e.exact[q]
      """)
    #expect(off.isEmpty, "\(off)")
    #expect(
      try await store.number(
        """
        SELECT count(DISTINCT query_id) - (SELECT count(DISTINCT query_id) FROM pgtrawl.query_executions
          WHERE settled AND duration_ms IS NOT NULL)
        FROM pgtrawl.query_rollups WHERE timed > 0
        """) == 0)
  }

  @Test func aSecondRunHasNothingToDo() async throws {
    let store = try await StoreUnderTest.make()
    try await store.run(Self.shop)
    try await store.analyze()
    let image = try await store.analysisImage()
    #expect(try await store.analyze() == AnalysisSummary())
    #expect(try await store.analysisImage() == image)
    #expect(try await store.analyze { $0.rebuilds = true }.hours > 0)
    #expect(try await store.analysisImage() == image)
    #expect(try await store.verify().isEmpty)
  }

  /// Cut so that statements are open at the cut: rows that were provisional are amended.
  @Test(arguments: [0.31, 0.5, 0.77]) func amendedHoursAreRedone(cut: Double) async throws {
    let bytes = try Fixture.bytes("csvlog/shop.001.csv")
    let whole = try await StoreUnderTest.make()
    try await whole.run([Self.shop[1]])
    try await whole.analyze()
    let grown = try await StoreUnderTest.make()
    let scratch = try ScratchDirectory()
    let end = Int(Double(bytes.count) * cut)
    let file = try scratch.write(Array(bytes[..<end]), to: "a.csv")
    try await grown.run([file])
    let first = try await grown.analyze()
    #expect(first.executions > 0)
    try scratch.append(bytes[end...], to: "a.csv")
    try await grown.run([file])
    try await grown.analyze()
    #expect(try await grown.analysisImage() == whole.analysisImage())
  }

  @Test func forgottenHoursAreRedone() async throws {
    let both = try await StoreUnderTest.make()
    try await both.run(Self.shop)
    try await both.analyze()
    let one = try await StoreUnderTest.make()
    try await one.run([Self.shop[0]])
    try await one.analyze()
    let image = try await one.analysisImage()
    let store = Store(conninfo: both.conninfo)
    try await store.forget(file: 2)
    try await both.analyze()
    #expect(try await both.analysisImage() == image)
    // And with the source everything goes.
    try await store.forget(source: "default")
    await store.close()
    try await both.analyze()
    #expect(try await both.analysisImage().isEmpty)
  }

  @Test func plansOfHoursThatAreGoneGoWithThem() async throws {
    let fixture = try await AnalysisFixture()
    try await fixture.add(5, hours: 0..<2, each: 3, ms: "5")
    try await fixture.analyze()
    try await fixture.sql.execute(
      """
      INSERT INTO pgtrawl.query_analysis (query_id, executed_at, log_file_id, log_offset, source_id)
      VALUES (5, '2026-03-01 00:10:00+00', 1, 1, 1), (5, '2026-03-01 01:10:00+00', 1, 2, 1);
      DELETE FROM pgtrawl.file_hours WHERE hour = '2026-03-01 00:00:00+00'
      """)
    try await fixture.analyze()
    let left = try await fixture.store.query("SELECT log_offset FROM pgtrawl.query_analysis")
    #expect(left == [["2"]])
  }

  @Test func whatWasInterruptedGoesOn() async throws {
    let fixture = try await AnalysisFixture()
    try await fixture.add(5, hours: 0..<60, each: 20, ms: "5 + r")
    try await fixture.add(6, hours: 10..<50, each: 3, ms: "600 + 10 * r")
    let store = Store(conninfo: fixture.store.conninfo)
    // Ended after some hours, and again after more of them and some days.
    let pending = try await store.pendingHours()
    #expect(pending.count == 60)
    _ = try await store.redo(Array(pending[..<17]))
    _ = try await store.redo(Array(pending[17..<45]))
    for span in try await store.pendingSpans(rulesVersion: 1) where span.kind == .day {
      _ = try await store.figures(of: span)
      _ = try await store.write([], of: span, rulesVersion: 0)
    }
    await store.close()
    try await fixture.analyze()
    let image = try await fixture.store.analysisImage()
    try await fixture.analyze { $0.rebuilds = true }
    #expect(try await fixture.store.analysisImage() == image)
    #expect(image.contains { $0.contains("slow-mean") })
  }

  @Test func onlyOneAnalysisIsAtWork() async throws {
    let store = try await StoreUnderTest.make()
    let other = Store(conninfo: store.conninfo)
    #expect(try await other.lockAnalysis())
    let settings = AnalysisSettings(conninfo: store.conninfo)
    #expect(try await AnalysisRun(settings: settings).run() == nil)
    await other.close()
  }

  @Test func importNeedsNoAnalysis() async throws {
    let store = try await StoreUnderTest.make()
    try await store.run([Self.shop[0]])
    try await store.analyze()
    let connection = try await PostgresConnection.open(conninfo: store.conninfo)
    let migrator = Migrator(connection: connection)
    try await migrator.down(layer: .analysis)
    try await store.run(Self.shop)
    #expect(try await store.verify().isEmpty)
    let loader = Store(conninfo: store.conninfo)
    try await loader.forget(file: 1)
    await loader.close()
    try await store.run(Self.shop)
    let settings = AnalysisSettings(conninfo: store.conninfo)
    await #expect(throws: LoadError.self) { try await AnalysisRun(settings: settings).run() }
    try await migrator.up()
    await connection.close()
    try await store.analyze()
    let fresh = try await StoreUnderTest.make()
    try await fresh.run(Self.shop)
    try await fresh.analyze()
    #expect(try await store.analysisImage() == fresh.analysisImage())
  }

  @Test func onlyWhatChangedIsRead() async throws {
    let fixture = try await AnalysisFixture()
    try await fixture.add(5, hours: 0..<48, each: 10, ms: "5")
    #expect(try await fixture.analyze().executions == 480)
    try await fixture.add(5, hours: 30..<31, each: 4, ms: "7")
    let next = try await fixture.analyze()
    #expect(next.hours == 1 && next.executions == 14)
    #expect(next.days == 1)
    // A setting that becomes known weighs from then on.
    try await fixture.sql.execute(
      """
      INSERT INTO pgtrawl.source_settings VALUES
        (1, 'log_min_duration_statement', '0', 'ms', '2026-03-02 12:00:00+00', 'log')
      """)
    #expect(try await fixture.analyze().hours == 12)
    let flags = try await fixture.store.query(
      "SELECT is_lower_bound, count(*) FROM pgtrawl.query_rollups GROUP BY 1 ORDER BY 1")
    #expect(flags == [["f", "12"], ["t", "36"]])
  }

  @Test func retentionLeavesTheRollups() async throws {
    let fixture = try await AnalysisFixture()
    try await fixture.add(5, hours: 0..<48, each: 10, ms: "5")
    try await fixture.analyze()
    try await fixture.sql.execute(
      """
      SELECT pgtrawl.freeze_rollups('2026-03-02 00:00:00+00');
      DELETE FROM pgtrawl.query_executions WHERE executed_at < '2026-03-02 00:00:00+00';
      SELECT pgtrawl.touch_hours(1, ARRAY[1::bigint], ARRAY[timestamptz '2026-03-01 03:00:00+00'])
      """)
    let image = try await fixture.store.analysisImage()
    #expect(try await fixture.analyze().hours == 0)
    try await fixture.analyze { $0.rebuilds = true }
    #expect(try await fixture.store.analysisImage() == image)
  }

  @Test func samplingIsWeighedIn() async throws {
    let fixture = try await AnalysisFixture()
    try await fixture.sql.execute(
      """
      INSERT INTO pgtrawl.source_settings VALUES
        (1, 'log_min_duration_statement', '1s', NULL, '-infinity', 'file'),
        (1, 'log_min_duration_sample', '100', 'ms', '-infinity', 'file'),
        (1, 'log_statement_sample_rate', '0.1', NULL, '-infinity', 'file')
      """)
    try await fixture.add(5, hours: 0..<1, each: 30, ms: "200")
    try await fixture.add(6, hours: 0..<1, each: 30, ms: "2000")
    try await fixture.analyze()
    let rows = try await fixture.store.query(
      """
      SELECT calls, round(calls_estimate), round(total_estimate), is_lower_bound
      FROM pgtrawl.query_rollups ORDER BY query_id
      """)
    #expect(rows == [["30", "300", "60000", "t"], ["30", "30", "60000", "t"]])
  }
}

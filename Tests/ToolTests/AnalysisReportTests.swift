import TestSupport
import Testing

@testable import Tool

/// Reports over an analyzed store, and what 'show' adds to it.
@Suite(.serialized) struct AnalysisReportTests {
  private static let log = CommandUnderTest.fixture("csvlog/shop.001.csv")

  private func analyzed() async throws -> CommandUnderTest {
    let tool = try await CommandUnderTest.make()
    #expect(await tool.run("import", "--analyze", Self.log).status == .done)
    return tool
  }

  private func rows(_ outcome: CommandUnderTest.Outcome) throws -> [[String: Any]] {
    #expect(outcome.status == .done, "\(outcome.err)")
    return try #require(try outcome.json() as? [[String: Any]])
  }

  @Test func tablesByTheirQueries() async throws {
    let tool = try await analyzed()
    let tables = try rows(
      await tool.run("report", "tables", "--limit", "1000", "--format", "json"))
    let times = tables.compactMap { $0["total_ms"] as? Double }
    #expect(tables.count > 1 && times == times.sorted(by: >))
    // Each is what the queries that name it add up to.
    let name = try #require(tables.first?["table"] as? String)
    let calls = try await tool.value(
      """
      SELECT sum(r.calls) FROM pgtrawl.query_rollups r JOIN pgtrawl.queries q ON q.id = r.query_id
      WHERE NOT r.nested AND EXISTS (SELECT FROM unnest(q.relations) n
        WHERE n = '\(name)' OR n LIKE '%.\(name)')
      """)
    #expect(tables.first?["calls"] as? Int == Int(calls))
    // The worst of what plans say of a table that is read as a whole.
    #expect(tables.contains { $0["findings"] as? Int ?? 0 > 0 && $0["severity"] is String })
    let none = await tool.run("report", "tables", "--since", "2030-01-01")
    #expect(none.status == .done && none.out.contains("No query names a table here."))
  }

  @Test func indexesThatPlansAskFor() async throws {
    let tool = try await analyzed()
    let none = await tool.run("report", "indexes")
    #expect(none.status == .done && none.out.contains("No plan asks for an index here."))
    // Two queries ask for the same one, one of them for another as well.
    _ = try await tool.value(
      """
      WITH a AS (SELECT source_id, date_trunc('hour', executed_at, 'UTC') AS hour,
          log_file_id || '-' || log_offset AS plan FROM pgtrawl.query_analysis LIMIT 1)
      INSERT INTO pgtrawl.finding_rollups
      SELECT t.query, a.hour, a.source_id, 1, 'seq-scan-selective-filter', t.ddl, 3, 10, t.saving, 'high',
        0.7, false, t.saving, jsonb_build_object('node', 'Seq Scan on orders', 'plan', a.plan)
      FROM a, (VALUES (5, 'CREATE INDEX ON orders (a)', 20), (6, 'CREATE INDEX ON orders (a)', 50),
        (6, 'CREATE INDEX ON orders (b)', 60)) t (query, ddl, saving)
      """)
    let indexes = try rows(await tool.run("report", "indexes", "--format", "json"))
    #expect(
      indexes.map { $0["ddl"] as? String } == [
        "CREATE INDEX ON orders (a)", "CREATE INDEX ON orders (b)",
      ])
    #expect(indexes.map { $0["saving_ms"] as? Double } == [70, 60])
    #expect(indexes.map { $0["queries"] as? Int } == [2, 1])
    let plan = await tool.run("show", "plan", indexes.first?["plan"] as? String ?? "")
    #expect(plan.status == .done)
  }

  @Test func eventsAndLocks() async throws {
    let tool = try await analyzed()
    let events = try await tool.run("report", "events", "--limit", "100000", "--format", "json")
      .object()
    let counts = try #require(events["counts"] as? [[String: Any]])
    let single = try #require(events["events"] as? [[String: Any]])
    let total = Int(try await tool.value("SELECT count(*) FROM pgtrawl.log_events"))
    #expect(single.count == total && total ?? 0 > 0)
    #expect(counts.compactMap { $0["count"] as? Int }.reduce(0, +) == total)
    let latest = try await tool.value(
      """
      SELECT log_file_id || '-' || log_offset FROM pgtrawl.log_events
      ORDER BY occurred_at DESC, log_file_id DESC, log_offset DESC LIMIT 1
      """)
    #expect(single.first?["id"] as? String == latest)
    let errors = try await tool.run(
      "report", "events", "--severity", "error", "--format", "json"
    ).object()
    let severities = (errors["events"] as? [[String: Any]])?.compactMap {
      $0["severity"] as? String
    }
    #expect(Set(severities ?? []) == ["ERROR"])
    #expect(await tool.run("report", "events", "--severity", "bad").status == .usage)

    let locks = try await tool.run("report", "locks", "--limit", "100000", "--format", "json")
      .object()
    let waits = (locks["queries"] as? [[String: Any]])?.compactMap { $0["waits"] as? Int }
    let waited = try await tool.value("SELECT sum(lock_waits) FROM pgtrawl.query_rollups")
    #expect(waits?.reduce(0, +) == Int(waited))
  }

  @Test func aQueryWithWhatTheAnalysisSays() async throws {
    let tool = try await analyzed()
    let query = try await tool.value(
      """
      SELECT lpad(to_hex(query_id), 16, '0') FROM pgtrawl.finding_rollups
      WHERE rule <> '' AND confidence >= 0.4 AND query_id <> 0
      GROUP BY query_id ORDER BY sum(saving_ms) DESC LIMIT 1
      """)
    let shown = try await tool.run("show", "query", query, "--format", "json").object()
    let days = try #require(shown["days"] as? [[String: Any]])
    let calls = days.compactMap { $0["calls"] as? Int }.reduce(0, +)
    #expect(calls > 0 && calls == (shown["figures"] as? [String: Any])?["calls"] as? Int)
    #expect((shown["plan_kinds"] as? [[String: Any]])?.isEmpty == false)
    #expect((shown["plan_findings"] as? [[String: Any]])?.isEmpty == false)
    #expect((shown["recommendations"] as? [[String: Any]])?.isEmpty == false)
    let text = await tool.run("show", "query", query)
    #expect(text.out.contains("Plans side by side") && text.out.contains("What to do"))
    // Without the layers the rest is shown.
    #expect(await tool.run("migrate", "down", "--layer", "analysis").status == .done)
    let bare = try await tool.run("show", "query", query, "--format", "json").object()
    #expect(bare["figures"] is [String: Any] && bare["days"] == nil)
  }

  /// The parts of the nodes are the whole.
  @Test func aPlanWithWhatItsNodesTook() async throws {
    let tool = try await analyzed()
    let plan = try await tool.value(
      """
      SELECT log_file_id || '-' || log_offset FROM pgtrawl.query_analysis
      WHERE findings <> '[]' AND root_rows IS NOT NULL ORDER BY execution_time_ms DESC LIMIT 1
      """)
    let shown = try await tool.run("show", "plan", plan, "--format", "json").object()
    let nodes = try #require(shown["nodes"] as? [[String: Any]])
    let parts = nodes.compactMap { $0["self_ms"] as? Double }
    let whole = try #require(nodes.first?["total_ms"] as? Double)
    #expect(parts.count == nodes.count && abs(parts.reduce(0, +) - whole) <= 0.01 * whole + 0.01)
    let sure = try await tool.value(
      """
      SELECT count(*) FROM pgtrawl.query_analysis a, jsonb_array_elements(a.findings) j
      WHERE a.log_file_id || '-' || a.log_offset = '\(plan)' AND (j->>'confidence')::float8 >= 0.4
      """)
    #expect((shown["findings"] as? [[String: Any]])?.count == Int(sure))
    let text = await tool.run("show", "plan", plan)
    #expect(text.out.contains("What each node did itself"))
  }
}

import Foundation
import Postgres
import TestSupport
import Testing

@testable import Tool

/// A nightly run that is killed while it drops months: a month is there or gone, and the next run goes on.
@Suite(.serialized) struct NightlyRetentionTests {
  private static let logs = [
    CommandUnderTest.fixture("csvlog/shop.000.csv.gz"),
    CommandUnderTest.fixture("csvlog/shop.001.csv"),
  ]
  /// The months of the logs, as partitions are named.
  private static let months = ["y2025m08", "y2025m09"]

  private static func filled() async throws -> CommandUnderTest {
    let tool = try await CommandUnderTest.make()
    let night = await tool.run(arguments: ["nightly"] + logs)
    #expect(night.status == .done, "\(night.err)")
    return tool
  }

  /// The partitions of the two months.
  private static let partitions = """
    SELECT coalesce(string_agg(c.relname, ' ' ORDER BY c.relname), '') FROM pg_class c
    WHERE c.relnamespace = 'pgtrawl'::regnamespace AND c.relkind = 'r'
      AND c.relname ~ '^(query_executions|query_plans|log_events)_y2025m0[89]$'
    """
  private static func names(_ months: [String]) -> String {
    ["log_events", "query_executions", "query_plans"].flatMap { table in
      months.map { "\(table)_\($0)" }
    }.joined(separator: " ")
  }

  /// What is stored of rows, links, samples, totals, what was dropped, and the analysis.
  private static let state = """
    SELECT concat_ws(' / ', (SELECT count(*) FROM pgtrawl.query_executions),
      (SELECT count(*) FROM pgtrawl.query_plans), (SELECT count(*) FROM pgtrawl.log_events),
      (SELECT count(*) FROM pgtrawl.plan_links), (SELECT count(*) FROM pgtrawl.query_samples),
      (SELECT count(*) FROM pgtrawl.file_hours), (SELECT count(*) FROM pgtrawl.open_sessions),
      (SELECT count(*) || ' ' || sum(total_executions) FROM pgtrawl.queries),
      (SELECT sum(rows) || ' ' || sum(offset_sum) || ' ' || sum(records) FROM pgtrawl.dropped_rows),
      (SELECT count(*) || ' ' || sum(executions) FROM pgtrawl.dropped_queries),
      (SELECT count(*) || ' ' || sum(calls) FROM pgtrawl.query_rollups),
      (SELECT count(*) FROM pgtrawl.query_analysis),
      (SELECT count(*) FROM pgtrawl.workload_findings),
      (SELECT count(*) || ' ' || sum(version) FROM pgtrawl.recommendations))
    """

  /// Starts a run, and kills it when it waits for the events of the month to drop: the other tables of the
  /// month are dropped by then, in its transaction.
  private static func killed(at month: String, of tool: CommandUnderTest) async throws {
    let reader = try await PostgresConnection.open(conninfo: tool.conninfo)
    try await reader.execute("BEGIN; SELECT FROM pgtrawl.log_events_\(month) LIMIT 1")
    var command = Command(
      try TailServiceTests.program(), ["nightly", "--keep", "1d"] + logs)
    command.environment = ["PGTRAWL_DATABASE_URL": tool.conninfo, "HOME": "/nonexistent"]
    let night = try command.start()
    try await waitUntil("the run waits in the middle of \(month)") {
      try await tool.value(
        """
        SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE NOT l.granted AND l.relation = 'pgtrawl.log_events_\(month)'::regclass
          AND l.mode = 'AccessExclusiveLock' AND a.query LIKE '%drop_month%'
        """) == "1"
    }
    night.signal(SIGKILL)
    #expect(try await night.end() == 128 + Int(SIGKILL), "\(night.said)")
    try await reader.execute("COMMIT")
    await reader.close()
    try await waitUntil("the server has noticed it") {
      try await tool.value(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%drop\\_month%' AND pid <> pg_backend_pid()"
          + " AND datname = current_database()") == "0"
    }
  }

  @Test func aMonthIsThereOrGone() async throws {
    let undisturbed = try await Self.filled()
    let rows = "SELECT count(*) FROM pgtrawl.query_executions WHERE executed_at >= '2025-09-01Z'"
    let september = try await undisturbed.value(rows)
    let all = try await undisturbed.value("SELECT count(*) FROM pgtrawl.query_executions")
    #expect(Int(september) ?? 0 > 0 && all != september)
    let keep = ["nightly", "--keep", "1d"] + Self.logs
    #expect(await undisturbed.run(arguments: keep).status == .done)
    #expect(try await undisturbed.value(Self.partitions) == "")
    let expected = try await undisturbed.value(Self.state)

    for (place, month) in Self.months.enumerated() {
      let tool = try await Self.filled()
      try await Self.killed(at: month, of: tool)
      // Those before it are gone as a whole, it and those behind it are as they were.
      let left = Array(Self.months[place...])
      #expect(try await tool.value(Self.partitions) == Self.names(left), "\(month)")
      #expect(
        try await tool.value("SELECT count(*) FROM pgtrawl.query_executions")
          == (place == 0 ? all : september), "\(month)")
      #expect(try await tool.value("SELECT count(*) FROM pgtrawl.verify()") == "0", "\(month)")

      let second = await tool.run(arguments: keep + ["--format", "json"])
      #expect(second.status == .done, "\(second.err)")
      let run = try #require(try second.object()["run"] as? [String: Any])
      #expect(run["months_dropped"] as? Int == left.count, "\(month)")
      #expect(try await tool.value(Self.partitions) == "", "\(month)")
      #expect(try await tool.value(Self.state) == expected, "\(month)")
      #expect(try await tool.value("SELECT count(*) FROM pgtrawl.verify()") == "0", "\(month)")
      let third = await tool.run(arguments: keep + ["--format", "json"])
      let nothing = try #require(try third.object()["run"] as? [String: Any])
      #expect(third.status == .done && nothing.values.allSatisfy { $0 as? Int == 0 }, "\(nothing)")
    }
  }
}

import LogStore
import Postgres
import TestSupport
import Testing

@testable import Tool

@Suite(.serialized) struct NightlyCommandTests {
  private static let log = CommandUnderTest.fixture("csvlog/shop.001.csv")

  @Test func aNightThenNothingNew() async throws {
    let tool = try await CommandUnderTest.make()
    let night = await tool.run("nightly", Self.log, "--format", "json")
    #expect(night.status == .done, "\(night.err)")
    let told = try night.object()
    let run = try #require(told["run"] as? [String: Any])
    #expect(run["files_imported"] as? Int == 1 && run["plans"] as? Int ?? 0 > 100)
    let day = try #require(told["day"] as? [String: Any])
    #expect(day["executions"] as? Int ?? 0 > 100)
    let parts = ["changes", "regressions", "plan_changes", "findings", "recommendations"]
    for part in parts { #expect(told[part] is [Any], "\(part)") }
    let recommended = try #require(told["recommendations"] as? [[String: Any]])
    #expect(recommended.count <= 5)
    let before = try await tool.value(Self.state)

    let again = await tool.run("nightly", Self.log, "--format", "json")
    let nothing = try #require(try again.object()["run"] as? [String: Any])
    #expect(again.status == .done && nothing.values.allSatisfy { $0 as? Int == 0 })
    #expect(try await tool.value(Self.state) == before)
    // For people it is one screen of tables.
    let shown = await tool.run("nightly", Self.log)
    #expect(shown.out.contains("The last day of log") && shown.out.contains("What to do"))
  }

  private static let state = """
    SELECT concat_ws('/', (SELECT count(*) FROM pgtrawl.query_executions),
      (SELECT max(version) FROM pgtrawl.analyzed_hours), (SELECT sum(version) FROM pgtrawl.recommendations),
      (SELECT max(generated_at) FROM pgtrawl.recommendations))
    """

  @Test func onlyOneAtATime() async throws {
    let tool = try await CommandUnderTest.make()
    _ = await tool.run("import", Self.log)
    let holder = Store(conninfo: tool.conninfo)
    #expect(try await holder.lockNightly())
    let second = await tool.run("nightly", Self.log)
    #expect(second.status == .locked && second.err.contains("another nightly run"))
    await holder.close()
    #expect(await tool.run("nightly", Self.log).status == .done)
  }

  @Test func whatCantBeReadIsToldAndTheRestIsDone() async throws {
    let tool = try await CommandUnderTest.make()
    let night = await tool.run("nightly", Self.log, "/nonexistent/log.csv", "--format", "json")
    #expect(night.status == .unreadable && night.err.contains("/nonexistent/log.csv"))
    let run = try #require(try night.object()["run"] as? [String: Any])
    #expect(run["inputs_unreadable"] as? Int == 1 && run["hours"] as? Int ?? 0 > 0)
  }

  @Test func anImportCanAnalyze() async throws {
    let tool = try await CommandUnderTest.make()
    #expect(await tool.run("import", "--analyze", Self.log).status == .done)
    #expect(try await tool.value("SELECT count(*) > 100 FROM pgtrawl.query_analysis") == "t")
    #expect(await tool.run("import", "--analyze", "--dry-run", Self.log).status == .usage)
  }

  @Test func theLayerThatWasTakenAwayStaysAway() async throws {
    let tool = try await CommandUnderTest.make()
    #expect(await tool.run("nightly", Self.log).status == .done)
    #expect(await tool.run("migrate", "down", "--layer", "intelligence").status == .done)
    let night = await tool.run("nightly", Self.log, "--format", "json")
    #expect(try night.status == .done && night.object()["recommendations"] == nil)
    let report = await tool.run("report", "recommendations")
    #expect(report.status == .failed && report.err.contains("migrate up --layer intelligence"))
    // Asked for, it comes back, filled by the next analysis though nothing else is new.
    #expect(await tool.run("migrate", "up").status == .done)
    #expect(await tool.run("analyze").status == .done)
    #expect(try await tool.value("SELECT count(*) > 0 FROM pgtrawl.recommendations") == "t")
    #expect(await tool.run("migrate", "down", "--layer", "intelligence").status == .done)
    // With the analysis it comes back.
    #expect(await tool.run("migrate", "down", "--layer", "analysis").status == .done)
    #expect(await tool.run("nightly", Self.log).status == .done)
    #expect(await tool.run("report", "recommendations").status == .done)
  }

  @Test func whatIsKeptAndWhatIsDropped() async throws {
    let tool = try await CommandUnderTest.make()
    // A log of September 2025, all of which is more than a day old.
    #expect(await tool.run("nightly", Self.log).status == .done)
    let rows = try await tool.value("SELECT count(*) FROM pgtrawl.query_executions")
    let rollups = "SELECT count(*) || ' ' || sum(calls) FROM pgtrawl.query_rollups"
    let kept = try await tool.value(rollups)
    let totals = "SELECT count(*) || ' ' || sum(total_executions) FROM pgtrawl.queries"
    let queries = try await tool.value(totals)
    // Listed, and nothing is done, not even imported.
    let listed = await tool.run("nightly", "--keep", "1d", "--dry-run", "--format", "json")
    let months = try #require(try listed.json() as? [[String: Any]])
    #expect(months.map { $0["month"] as? String } == ["2025-09"])
    #expect(try await tool.value("SELECT count(*) FROM pgtrawl.query_executions") == rows)
    let long = await tool.run("nightly", "--keep", "36500d", "--dry-run")
    #expect(long.status == .done && long.out.contains("No month is that old."))

    let night = await tool.run("nightly", "--keep", "1d", Self.log, "--format", "json")
    #expect(night.status == .done && night.err.contains("2025-09 is dropped"), "\(night.err)")
    let run = try #require(try night.object()["run"] as? [String: Any])
    #expect(run["months_dropped"] as? Int == 1 && run["rows_dropped"] as? Int ?? 0 > 100)
    for table in ["query_executions", "query_plans", "log_events", "query_analysis"] {
      #expect(try await tool.value("SELECT count(*) FROM pgtrawl.\(table)") == "0", "\(table)")
    }
    #expect(try await tool.value(rollups) == kept)
    #expect(try await tool.value(totals) == queries)
    #expect(try await tool.value("SELECT count(*) FROM pgtrawl.verify()") == "0")

    // The file is known: it brings nothing twice, and the rollups stay when the rest is made anew.
    let again = await tool.run("nightly", "--keep", "1d", Self.log, "--format", "json")
    let nothing = try #require(try again.object()["run"] as? [String: Any])
    #expect(nothing.values.allSatisfy { $0 as? Int == 0 }, "\(nothing)")
    #expect(await tool.run("analyze", "--rebuild").status == .done)
    #expect(try await tool.value(rollups) == kept)
  }

  @Test(arguments: ["0", "1h", "90", "soon", "-1d"])
  func whatIsKeptTooShort(keep: String) async throws {
    let tool = try await CommandUnderTest.make()
    let night = await tool.run(arguments: ["nightly", "--keep=\(keep)", Self.log])
    #expect(night.status == .usage && night.err.contains("--keep"), "\(night.err)")
    #expect(await tool.run("nightly", "--dry-run", Self.log).status == .usage)
  }

  @Test(arguments: [["--state", "gone"], ["--severity", "bad"], ["--limit", "0"]])
  func whatMakesNoSenseIsAUsageError(arguments: [String]) async throws {
    let tool = try await CommandUnderTest.make()
    let report = await tool.run(arguments: ["report", "recommendations"] + arguments)
    #expect(report.status == .usage)
  }
}

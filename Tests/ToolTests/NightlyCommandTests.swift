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
    // With the analysis it comes back.
    #expect(await tool.run("migrate", "down", "--layer", "analysis").status == .done)
    #expect(await tool.run("nightly", Self.log).status == .done)
    #expect(await tool.run("report", "recommendations").status == .done)
  }

  @Test(arguments: [["--state", "gone"], ["--severity", "bad"], ["--limit", "0"]])
  func whatMakesNoSenseIsAUsageError(arguments: [String]) async throws {
    let tool = try await CommandUnderTest.make()
    let report = await tool.run(arguments: ["report", "recommendations"] + arguments)
    #expect(report.status == .usage)
  }
}

import Foundation
import LogStore
import TestSupport
import Testing

@testable import Tool

struct AnalyzeCommandTests {
  @Test func analyzeThenReports() async throws {
    let tool = try await CommandUnderTest.make()
    let file = CommandUnderTest.fixture("csvlog/shop.001.csv")
    _ = await tool.run("import", file)
    let early = await tool.run("report", "findings")
    #expect(early.status == .failed && early.err.contains("Run 'pgtrawl analyze'."))

    let first = await tool.run("analyze", "--format", "json")
    #expect(first.status == .done, "\(first.err)")
    let counts = try first.object()
    #expect(counts["executions"] as? Int ?? 0 > 0 && counts["hours"] as? Int ?? 0 > 0)
    let again = try await tool.run("analyze", "--format", "json").object()
    #expect(again.values.allSatisfy { $0 as? Int == 0 })
    let rebuilt = try await tool.run("analyze", "--rebuild", "--format", "json").object()
    #expect(rebuilt["executions"] as? Int == counts["executions"] as? Int)

    let findings = await tool.run("report", "findings", "--limit", "1000", "--format", "json")
    let rows = try #require(try findings.object()["workload"] as? [[String: Any]])
    #expect(rows.count == counts["findings"] as? Int)
    let top = try #require(rows.first { $0["rule"] as? String == "top-total" })
    let evidence = try #require(top["evidence"] as? [String: Any])
    #expect(evidence["share"] as? Double ?? 0 > 0)
    let only = await tool.run("report", "findings", "--severity", "critical", "--format", "json")
    #expect(try (only.object()["workload"] as? [Any])?.isEmpty == true)
    #expect(try (only.object()["plans"] as? [Any])?.isEmpty == true)
    let regressions = await tool.run("report", "regressions", "--format", "json")
    #expect(regressions.status == .done, "\(regressions.err)")
    #expect(try (regressions.json() as? [Any])?.isEmpty == true)
    let changes = await tool.run("report", "changes", "--format", "json")
    let change = try #require(try (changes.json() as? [[String: Any]])?.first)
    #expect((change["evidence"] as? [String: Any])?["cause"] as? String == "analyze purchase")
  }

  @Test func compareTakesItsPeriods() async throws {
    let tool = try await CommandUnderTest.make()
    _ = await tool.run("import", CommandUnderTest.fixture("csvlog/shop.001.csv"))
    _ = await tool.run("analyze")
    let last = try await tool.value(
      "SELECT max(hour) + interval '1 hour' FROM pgtrawl.analyzed_hours")
    let end = last.replacingOccurrences(of: " ", with: "T")
    let outcome = await tool.run(
      "report", "compare", "--baseline", "7d", "--window", "2h", "--until", end, "--limit", "1000",
      "--format", "json")
    #expect(outcome.status == .done, "\(outcome.err)")
    let rows = try #require(try outcome.json() as? [[String: Any]])
    #expect(!rows.isEmpty && rows.allSatisfy { $0["change"] as? String == "new" })
  }

  @Test(arguments: [
    ["analyze", "--since", "7d", "--rebuild"], ["analyze", "--since", "soon"],
    ["report", "compare", "--window", "5s"], ["report", "compare", "--baseline", "x"],
    ["report", "findings", "--severity", "bad"], ["report", "regressions", "--limit", "0"],
  ])
  func whatMakesNoSenseIsAUsageError(arguments: [String]) async throws {
    let tool = try await CommandUnderTest.make()
    #expect(await tool.run(arguments: arguments).status == .usage)
  }

  @Test func aSecondAnalysisExitsWithFour() async throws {
    let tool = try await CommandUnderTest.make()
    _ = await tool.run("import", CommandUnderTest.fixture("csvlog/shop.001.csv"))
    _ = await tool.run("analyze")
    let holder = Store(conninfo: tool.conninfo)
    #expect(try await holder.lockAnalysis())
    #expect(await tool.run("analyze").status == .locked)
    await holder.close()
    #expect(await tool.run("analyze").status == .done)
  }
}

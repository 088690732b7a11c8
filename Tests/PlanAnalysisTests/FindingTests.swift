import PlanAnalysis
import TestSupport
import Testing

/// Confidence, severity, folding and plans that were not run.
struct FindingTests {
  private func report(
    _ name: String, _ change: (inout PlanContext) -> Void = { _ in }
  ) throws -> PlanReport {
    var context = PlanContext()
    change(&context)
    return try PlanReport(
      json: try Fixture.bytes("plans/\(name)"), digest: testDigest, context: context)
  }

  private func finding(_ rule: String, _ report: PlanReport) throws -> Finding {
    try #require(report.findings.first { $0.rule == rule })
  }

  @Test func confidenceGrowsWithSamples() throws {
    let name = "seq-scan-selective-filter/fires.json"
    let one = try finding("seq-scan-selective-filter", report(name))
    #expect(abs(one.confidence - 0.85 * 2 / 3) < 1e-9)
    #expect(one.isShown && !one.isCertain)
    let ten = try finding("seq-scan-selective-filter", report(name) { $0.samples = 10 })
    #expect(abs(ten.confidence - 0.85 * 11 / 12) < 1e-9)
    #expect(ten.isCertain)
    let rare = try finding(
      "seq-scan-selective-filter",
      report(name) {
        $0.samples = 10
        $0.firings = ["seq-scan-selective-filter": 1]
      })
    #expect(!rare.isShown)
  }

  @Test func aMisestimateTakesItsSymptomsIn() throws {
    let report = try report("misestimate-origin/fires.json")
    let origin = try finding("misestimate-origin", report)
    #expect(origin.symptoms.contains { $0.rule == "nested-loop-underestimate" })
    #expect(!report.findings.contains { $0.rule == "nested-loop-underestimate" })
    #expect(origin.ddl?.contains("CREATE STATISTICS") == true)
    #expect(origin.ddl?.contains("a, b, c") == true)
  }

  @Test func aQueryThatTakesMuchOfTheDatabaseIsCritical() throws {
    let name = "client-bound/fires.json"
    let alone = try finding("client-bound", report(name) { $0.durationMs = 900 })
    #expect(alone.severity == .high)
    let busy = try finding(
      "client-bound",
      report(name) {
        $0.durationMs = 900
        $0.shareOfDatabaseTime = 0.2
      })
    #expect(busy.severity == .critical)
  }

  @Test func anIndexIsAdvisedByEqualityThenOrder() throws {
    let report = try report("index-wrong-order/fires.json")
    let finding = try finding("index-wrong-order", report)
    #expect(finding.ddl == "CREATE INDEX CONCURRENTLY ON ev (h)")
    let scan = try self.finding(
      "seq-scan-selective-filter", self.report("seq-scan-selective-filter/fires.json"))
    #expect(scan.ddl == "CREATE INDEX CONCURRENTLY ON ev (b)")
  }

  @Test func flagsAndTimes() throws {
    let report = try report("seq-scan-selective-filter/fires.json")
    #expect(report.hasSeqScan && !report.hasIndexScan)
    #expect((report.planningMs ?? 0) > 0)
    #expect((report.executionMs ?? 0) > 0)
    let other = try self.report("heap-fetches/fires.json")
    #expect(!other.hasSeqScan && other.hasIndexScan)
  }

  /// Without ANALYZE nothing is more than a hint.
  @Test func aPlanThatWasNotRun() throws {
    let json = """
      {"Plan": {"Node Type": "Nested Loop", "Join Type": "Inner", "Total Cost": 1250030.0,
       "Plan Rows": 100000000, "Plan Width": 8, "Plans": [
        {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "a",
         "Alias": "a", "Total Cost": 145.0, "Plan Rows": 10000, "Plan Width": 4},
        {"Node Type": "Materialize", "Parent Relationship": "Inner", "Total Cost": 195.0,
         "Plan Rows": 10000, "Plan Width": 4, "Plans": [
          {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "b",
           "Alias": "b", "Total Cost": 145.0, "Plan Rows": 10000, "Plan Width": 4}]}]}}
      """
    let report = try PlanReport(json: Array(json.utf8), digest: testDigest)
    let finding = try finding("cartesian-join", report)
    #expect(finding.severity <= .low)
    #expect(!finding.isShown)
    #expect(report.executionMs == nil)
  }
}

import Foundation
import PlanAnalysis
import TestSupport
import Testing

/// Each rule fires on its plan at the right node, and is silent on the other one.
struct RuleFixtureTests {
  /// What the log says besides the plan, for the rules that need it.
  private static func context(_ rule: String, fires: Bool) -> PlanContext {
    var context = PlanContext()
    switch rule {
    case "client-bound": context.durationMs = fires ? 900 : nil
    case "nested-dominates": context.nestedMs = fires ? 900 : nil
    case "lock-wait-in-plan":
      context.durationMs = 400
      context.lockWaitMs = fires ? 390 : 20
    default: break
    }
    return context
  }

  private static func report(_ rule: String, fires: Bool) throws -> PlanReport {
    let json = try Fixture.bytes("plans/\(rule)/\(fires ? "fires" : "silent").json")
    return try PlanReport(json: json, digest: testDigest, context: context(rule, fires: fires))
  }

  /// Where a rule fired, as a finding or as a symptom of one.
  private static func places(_ rule: String, _ report: PlanReport) -> [String] {
    let nodes = report.tree.nodes.indices
    let paths =
      report.findings.filter { $0.rule == rule }.map(\.path)
      + report.findings.flatMap(\.symptoms).filter { $0.rule == rule }.map(\.path)
    return paths.compactMap { path in
      nodes.first { report.tree.path(of: $0) == path }.map { node in
        let type = report.tree.text(node, .nodeType) ?? ""
        let name =
          report.tree.text(node, .relationName) ?? report.tree.text(node, .cteName)
          ?? report.tree.text(node, .functionName)
        return name.map { "\(type) on \($0)" } ?? type
      }
    }
  }

  @Test(arguments: PlanReport.ruleIDs) func fires(rule: String) throws {
    let report = try Self.report(rule, fires: true)
    let node = String(
      decoding: try Fixture.bytes("plans/\(rule)/node.txt").dropLast(), as: UTF8.self)
    #expect(Self.places(rule, report) == [node], "found \(report.findings.map(\.rule))")
    for finding in report.findings {
      #expect(!finding.figures.isEmpty)
      #expect(!finding.explanation.isEmpty && !finding.remedy.isEmpty)
      #expect(finding.confidence > 0 && finding.confidence <= 1)
      #expect(finding.savingMs >= 0)
    }
  }

  @Test(arguments: PlanReport.ruleIDs) func isSilent(rule: String) throws {
    let report = try Self.report(rule, fires: false)
    #expect(Self.places(rule, report) == [])
  }

  @Test func rulesHaveNamesOfTheirOwn() {
    #expect(Set(PlanReport.ruleIDs).count == PlanReport.ruleIDs.count)
  }

  /// What is written is JSON, and the same every time.
  @Test(arguments: PlanReport.ruleIDs) func findingsAreJSON(rule: String) throws {
    let report = try Self.report(rule, fires: true)
    let text = Finding.json(report.findings)
    let read = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
    #expect(read?.map { $0["rule"] as? String } == report.findings.map(\.rule))
    #expect(try Finding.json(Self.report(rule, fires: true).findings) == text)
  }
}

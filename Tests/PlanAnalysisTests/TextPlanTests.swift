import Foundation
import PlanAnalysis
import PlanText
import TestSupport
import Testing

/// What a plan's text form says is what its JSON says.
struct TextPlanTests {
  private static let folder = Fixture.packageDirectory.appendingPathComponent("fixtures/plans")
  private static let names: [String] = {
    let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    return (files ?? []).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
      .filter { FileManager.default.fileExists(atPath: folder.path + "/\($0).plan") }
      // Without costs, which auto_explain always writes.
      .filter { !["seq_scan_no_costs", "parallel_single"].contains($0) }
  }()

  private func reports(_ name: String) throws -> (json: PlanReport, text: PlanReport) {
    let text = try Fixture.bytes("plans/\(name).plan")
    return (
      try PlanReport(json: try Fixture.bytes("plans/\(name).json"), digest: testDigest),
      try PlanReport(json: try ExplainReading.json(text: text), digest: testDigest)
    )
  }

  @Test func pairsAreThere() { #expect(Self.names.count > 70) }

  @Test(arguments: names)
  func nodesHaveTheSameFigures(name: String) throws {
    let (json, text) = try reports(name)
    #expect(text.tree.nodes.map(\.kind) == json.tree.nodes.map(\.kind))
    #expect(text.tree.nodes.map(\.relationship) == json.tree.nodes.map(\.relationship))
    for (own, other) in zip(text.truth.nodes, json.truth.nodes) {
      #expect(own.loops == other.loops && own.rows == other.rows)
      #expect(own.selfMs == other.selfMs && own.selfBuffers == other.selfBuffers)
      #expect(own.removedByFilter == other.removedByFilter)
    }
    #expect(text.identity.shape == json.identity.shape)
  }
}

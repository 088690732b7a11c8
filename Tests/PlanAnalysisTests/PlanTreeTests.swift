import PlanAnalysis
import TestSupport
import Testing

struct PlanTreeTests {
  private func tree(_ json: String) throws -> PlanTree { try PlanTree(json: Array(json.utf8)) }

  @Test func bothFormsOfADocumentAreRead() throws {
    let object = #"{"Query Text": "a\n\"b\"\u00e9", "Plan": {"Node Type": "Result", "X": 1}}"#
    let first = try tree(object)
    #expect(first.documentText(.queryText) == "a\n\"b\"é")
    #expect(first.nodes.map(\.kind) == [.result])
    #expect(try tree("[\(object)]").nodes.count == 1)
  }

  @Test func numbersKeepTheirDigits() throws {
    let plan = try tree(
      #"""
      {"Plan": {"Node Type": "Limit", "Actual Rows": 1.50, "Total Cost": 10000000000.00,
       "Plan Rows": 123456789012345678901234567890, "Actual Total Time": 1.5e-1, "Actual Loops": 3}}
      """#)
    #expect(plan.number(0, .actualRows) == PlanDecimal(mantissa: 150, scale: 2))
    #expect(plan.number(0, .actualRows)?.interval == Interval(low: 1.495, value: 1.5, high: 1.505))
    #expect(plan.number(0, .totalCost)?.value == 1e10)
    #expect(plan.number(0, .planRows) == nil)
    #expect(plan.number(0, .actualTotalTime)?.value == 0.15)
    #expect(plan.count(0, .actualLoops) == 3)
  }

  @Test func unknownFieldsAndNodesAreKept() throws {
    let plan = try tree(
      #"{"Plan": {"Node Type": "Warp Scan", "Flux": 1.21, "Why": "x", "Set": [1, {"a": 2}]}}"#)
    #expect(plan.nodes[0].kind == .other)
    #expect(plan.text(0, .nodeType) == "Warp Scan")
    let unknown = plan.unknownFields(0)
    #expect(unknown.map(\.key) == ["Flux", "Why", "Set"])
    #expect(unknown.map(\.json) == ["1.21", #""x""#, #"[1, {"a": 2}]"#])
  }

  @Test func nodesKnowTheirPlace() throws {
    let plan = try tree(
      #"""
      {"Plan": {"Node Type": "Hash Join", "Plans": [
        {"Node Type": "Seq Scan", "Parent Relationship": "Outer"},
        {"Node Type": "Hash", "Parent Relationship": "Inner", "Plans": [
          {"Node Type": "Seq Scan", "Parent Relationship": "Outer"}]}]}}
      """#)
    #expect(plan.nodes.map(\.depth) == [0, 1, 1, 2])
    #expect(Array(plan.children(of: 0)) == [1, 2])
    #expect(plan.path(of: 3) == "{Plan,Plans,1,Plans,0}")
    #expect(plan.nodes[2].relationship == .inner)
  }

  @Test(arguments: [
    ("", PlanAnalysisError.Code.invalidJSON, 0), ("{", .invalidJSON, 1), ("{}", .noPlan, 2),
    ("[]", .noPlan, 2), ("7", .invalidJSON, 0), (#"{"Plan": {"Node Type": 1}}"#, .noNodeType, 25),
    (#"{"Plan": {"Node Type": "Sort"},}"#, .invalidJSON, 31),
    (#"{"Plan": {"Node Type": "So"#, .invalidJSON, 26), (#"{"a": 01}"#, .invalidJSON, 8),
    (#"{"a": "\x"}"#, .invalidJSON, 8), (#"{"a": tru}"#, .invalidJSON, 6),
    (#"[{"Plan": {"Node Type": "Sort"}}, {"Plan": {"Node Type": "Sort"}}]"#, .severalPlans, 43),
    (#"{"Plan": {"Node Type": "Sort"}} x"#, .invalidJSON, 32),
  ])
  func badDocuments(json: String, code: PlanAnalysisError.Code, offset: Int) {
    #expect(throws: PlanAnalysisError(code: code, offset: offset)) { try tree(json) }
  }

  @Test func depthIsBounded() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: PlanAnalysisError(code: .tooDeep, offset: 4096)) { try tree(deep) }
  }

  /// Any change of a byte and any end gives a plan or an error.
  @Test func damagedPlansNeverTrap() throws {
    var random = SeededGenerator(seed: 5 + TestAmount.seed)
    let plans = try RecordedPlans.fixtures().filter { $0.json.count < 6000 }
    for round in 0..<TestAmount.plans {
      var json = plans[round % plans.count].json
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let at = Int.random(in: 0..<json.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: json[at] = UInt8.random(in: 0...255, using: &random)
        case 1: json.remove(at: at)
        case 2: json.insert(contentsOf: Array("9999999999999999".utf8), at: at)
        default: json.removeSubrange(at..<min(json.count, at + 3))
        }
        if json.isEmpty { json = [123] }
      }
      guard let report = try? PlanReport(json: json, digest: testDigest) else { continue }
      #expect(report.tree.nodes.count == report.truth.nodes.count)
    }
  }
}

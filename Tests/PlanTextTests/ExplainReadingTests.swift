import Foundation
import PlanText
import Testing

/// The text form of plans, read: written again it is the same text.
struct ExplainReadingTests {
  private func again(_ text: String) throws -> String {
    try ExplainText.render(json: ExplainReading.json(text: Array(text.utf8)), showsQuery: false)
  }

  /// Plans that a server wrote; auto_explain writes none without costs. Of grouping sets the keys are read, but not
  /// which make a set.
  static let names = ExplainPairTests.names.filter {
    !["seq_scan_no_costs", "parallel_single"].contains($0) && !$0.hasPrefix("grouping_")
  }

  @Test(arguments: names)
  func readAndWrittenItIsTheSame(name: String) throws {
    let text = try String(
      contentsOf: ExplainPairTests.folder.appendingPathComponent("\(name).plan"), encoding: .utf8)
    #expect(try again(text) == text)
  }

  @Test func theStatementComesFirst() throws {
    let plan = "Result  (cost=0.00..0.01 rows=1 width=4) (actual rows=1 loops=1)\n"
    let json = try ExplainReading.json(
      text: Array("Query Text: select 1,\n  '  (cost=0 rows=1)\"\nResult'\n\(plan)".utf8))
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
    #expect(object["Query Text"] as? String == "select 1,\n  '  (cost=0 rows=1)\"\nResult'")
    #expect((object["Plan"] as? [String: Any])?["Actual Loops"] as? Int == 1)
    // As in csvlog, where the last line has no end, and on Windows.
    #expect(try again(String(plan.dropLast())) == plan)
    #expect(try again(plan.replacing("\n", with: "\r\n")) == plan)
  }

  @Test(arguments: [
    "", "\n\n", "Query Text: select 1", "cost=1", "  ->  Result",
    "Result  (cost=1..x rows=1 width=4)",
  ])
  func whatIsNoPlan(text: String) {
    #expect(throws: PlanTextError(code: .noPlan, offset: 0)) {
      try ExplainReading.json(text: Array(text.utf8))
    }
  }

  /// Any beginning of a plan, and any without one of its lines, is a document or none.
  @Test(arguments: ExplainPairTests.names.filter { !$0.contains("/") }.prefix(20))
  func partsOfPlans(name: String) throws {
    let text = try String(
      contentsOf: ExplainPairTests.folder.appendingPathComponent("\(name).plan"), encoding: .utf8)
    let lines = text.split(separator: "\n")
    for left in lines.indices {
      var others = lines
      others.remove(at: left)
      for part in [Array(lines[..<left]), others] {
        let bytes = Array(part.joined(separator: "\n").utf8)
        guard let json = try? ExplainReading.json(text: bytes) else { continue }
        _ = try JSONSerialization.jsonObject(with: Data(json))
      }
    }
  }
}

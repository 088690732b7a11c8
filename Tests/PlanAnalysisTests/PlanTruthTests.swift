import PlanAnalysis
import Testing

/// Figures of nodes, on plans small enough to be computed by hand.
struct PlanTruthTests {
  private func truth(_ json: String) throws -> PlanTruth {
    PlanTruth(try PlanTree(json: Array(json.utf8)))
  }

  private func own(_ truth: PlanTruth, _ node: Int) -> Double {
    ((truth.nodes[node].selfMs?.value ?? -1) * 10).rounded() / 10
  }

  /// An InitPlan whose value the workers' filter needs: the leader computes it in the Gather.
  private func initPlanBelowGather(name: String, reference: String) -> String {
    """
    {"Plan": {"Node Type": "Aggregate", "Strategy": "Plain", "Actual Total Time": 180.04,
     "Actual Rows": 1, "Actual Loops": 1, "Shared Hit Blocks": 16000, "Plans": [
      {"Node Type": "Aggregate", "Parent Relationship": "InitPlan", "Subplan Name": "\(name)",
       "Actual Total Time": 89.39, "Actual Rows": 1, "Actual Loops": 1,
       "Shared Hit Blocks": 8000},
      {"Node Type": "Gather", "Parent Relationship": "Outer", "Workers Launched": 2,
       "Actual Total Time": 179.94, "Actual Rows": 3, "Actual Loops": 1,
       "Shared Hit Blocks": 16000, "Plans": [
        {"Node Type": "Aggregate", "Parent Relationship": "Outer", "Partial Mode": "Partial",
         "Actual Total Time": 84.01, "Actual Rows": 1, "Actual Loops": 3,
         "Shared Hit Blocks": 8000, "Plans": [
          {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Parallel Aware": true,
           "Relation Name": "o", "Filter": "(amt > \(reference))", "Actual Total Time": 70.42,
           "Actual Rows": 100, "Actual Loops": 3, "Shared Hit Blocks": 8000}]}]}]}}
    """
  }

  @Test(arguments: [
    ("InitPlan 1 (returns $0)", "$0"), ("InitPlan 1", "(InitPlan 1).col1"),
    ("InitPlan expr_1", "(InitPlan expr_1).col1"),
  ])
  func anInitPlanIsEvaluatedInTheGather(name: String, reference: String) throws {
    let truth = try truth(initPlanBelowGather(name: name, reference: reference))
    #expect((0..<5).map { own(truth, $0) } == [0.1, 89.4, 6.5, 13.6, 70.4])
    #expect(truth.nodes.map(\.processes) == [1, 1, 1, 3, 3])
    #expect(truth.nodes.map { $0.selfBuffers.sharedHit } == [0, 8000, 0, 0, 8000])
    #expect(!truth.nodes[1].isAmbiguous)
    #expect(truth.detachedMs.value == 0)
  }

  /// `$1` is not `$10`: nothing mentions the InitPlan, so it is the node's that it is attached to.
  @Test func namesAreComparedAsAWhole() throws {
    let truth = try truth(
      """
      {"Plan": {"Node Type": "Result", "Actual Total Time": 10.5, "Actual Rows": 1,
       "Actual Loops": 1, "Plans": [
        {"Node Type": "Seq Scan", "Parent Relationship": "InitPlan",
         "Subplan Name": "InitPlan 1 (returns $1)", "Actual Total Time": 6.0, "Actual Rows": 1,
         "Actual Loops": 1},
        {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Filter": "(a = $10)",
         "Actual Total Time": 4.0, "Actual Rows": 1, "Actual Loops": 1}]}}
      """)
    #expect((0..<3).map { own(truth, $0) } == [0.5, 6, 4])
  }

  @Test func twoScansShareWhatIsLeftOfACTE() throws {
    let truth = try truth(
      """
      {"Plan": {"Node Type": "Append", "Actual Total Time": 101.0, "Actual Rows": 300,
       "Actual Loops": 1, "Plans": [
        {"Node Type": "Seq Scan", "Parent Relationship": "InitPlan", "Subplan Name": "CTE x",
         "Actual Total Time": 60.0, "Actual Rows": 100, "Actual Loops": 1},
        {"Node Type": "CTE Scan", "Parent Relationship": "Member", "CTE Name": "x",
         "Actual Total Time": 80.0, "Actual Rows": 50, "Actual Loops": 1,
         "Rows Removed by Filter": 50},
        {"Node Type": "CTE Scan", "Parent Relationship": "Member", "CTE Name": "x",
         "Actual Total Time": 20.0, "Actual Rows": 100, "Actual Loops": 1}]}}
      """)
    // 40 ms are left: half each by rows, but the second scan had 20 in all.
    #expect((0..<4).map { own(truth, $0) } == [1, 60, 20, 20])
  }

  /// A CTE that is attached to its only scan.
  @Test func aCTEOfTheRoot() throws {
    let truth = try truth(
      """
      {"Plan": {"Node Type": "CTE Scan", "CTE Name": "x", "Actual Total Time": 9.0,
       "Actual Rows": 5, "Actual Loops": 1, "Plans": [
        {"Node Type": "Seq Scan", "Parent Relationship": "InitPlan", "Subplan Name": "CTE x",
         "Actual Total Time": 6.0, "Actual Rows": 5, "Actual Loops": 1}]}}
      """)
    #expect((0..<2).map { own(truth, $0) } == [3, 6])
    #expect(truth.detachedMs.value == 0)
  }

  /// The inner side's rows are known exactly by what became of them.
  @Test func roundedRowsAreReconciled() throws {
    let truth = try truth(
      """
      {"Plan": {"Node Type": "Nested Loop", "Join Type": "Inner", "Actual Rows": 39897,
       "Actual Loops": 1, "Plans": [
        {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Actual Rows": 99999,
         "Actual Loops": 1, "Plan Rows": 100000},
        {"Node Type": "Index Scan", "Parent Relationship": "Inner", "Actual Rows": 0,
         "Rows Removed by Filter": 1, "Actual Loops": 99999, "Plan Rows": 1}]}}
      """)
    #expect(truth.nodes[2].rows == Interval(39897))
    let removed = truth.nodes[2].removedByFilter
    #expect(removed.low == 50000 && removed.value == 99999 && removed.high == 149_998)
  }

  @Test func whatNeverRanHasNoMisestimate() throws {
    let truth = try truth(
      """
      {"Plan": {"Node Type": "Limit", "Actual Rows": 10, "Actual Loops": 1, "Plan Rows": 10,
       "Plans": [
        {"Node Type": "Hash Join", "Join Type": "Inner", "Parent Relationship": "Outer",
         "Actual Rows": 10, "Actual Loops": 1, "Plan Rows": 100000, "Plans": [
          {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Actual Rows": 0,
           "Actual Loops": 0, "Plan Rows": 5000},
          {"Node Type": "Hash", "Parent Relationship": "Inner", "Actual Rows": 90000,
           "Actual Loops": 1, "Plan Rows": 90}]}]}}
      """)
    #expect(!truth.nodes[2].isExecuted)
    #expect(truth.nodes[2].misestimate == nil)
    // The limit was reached: that the join gave fewer rows than expected says nothing.
    #expect(truth.nodes[1].isCutShort && truth.nodes[1].misestimate == nil)
    #expect(truth.nodes[3].isUnderestimated)
    #expect((truth.nodes[3].misestimate ?? 0) > 900)
  }

  @Test func timesOfManyLoopsAreIntervals() throws {
    let truth = try truth(
      """
      {"Plan": {"Node Type": "Index Scan", "Actual Total Time": 0.000, "Actual Rows": 1,
       "Actual Loops": 60199}}
      """)
    let wall = try #require(truth.nodes[0].wallMs)
    #expect(wall.value == 0)
    #expect(abs(wall.high - 30.0995) < 1e-6)
  }
}

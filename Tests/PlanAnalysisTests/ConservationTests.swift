import PlanAnalysis
import TestSupport
import Testing

/// Exclusive figures add up to the root's, and none is negative beyond its rounding.
struct ConservationTests {
  @Test func plansOfExplain() throws {
    let plans = try RecordedPlans.fixtures()
    #expect(plans.count > 70)
    for plan in plans { try Self.check(plan) }
  }

  @Test func plansOfTheLogFixtures() throws {
    let plans = try RecordedPlans.logged()
    #expect(plans.count > 100)
    for plan in plans { try Self.check(plan) }
  }

  @Test(
    .enabled(if: TestAmount.corpus != nil, "PGTRAWL_CORPUS names no folder of csvlog files"))
  func plansOfTheCorpus() throws {
    var count = 0
    for file in try RecordedPlans.corpusFiles() {
      let plans = try RecordedPlans.plans(inLog: file)
      for plan in plans { try Self.check(plan) }
      count += plans.count
    }
    #expect(count > 0)
  }

  static func check(_ plan: RecordedPlan) throws {
    let tree = try PlanTree(json: plan.json)
    let truth = PlanTruth(tree)
    var buffers = BufferCounts.zero
    var own = 0.0
    for (index, node) in truth.nodes.enumerated() {
      buffers += node.selfBuffers
      own += node.selfMs?.value ?? 0
      #expect(
        (node.selfMs?.high ?? 0) >= -0.01,
        "\(plan.origin): node \(index) has \(node.selfMs?.value ?? 0) ms of its own")
      #expect(
        node.selfBuffers.least >= 0,
        "\(plan.origin): node \(index) has \(node.selfBuffers.least) blocks of its own")
    }
    #expect(
      buffers == truth.nodes[0].buffers + truth.detachedBuffers,
      "\(plan.origin): exclusive blocks do not add up")
    let isModifying = tree.nodes.contains { $0.kind == .modifyTable && $0.parent >= 0 }
    #expect(
      isModifying || truth.detachedMs.value == 0 && truth.detachedBuffers == .zero,
      "\(plan.origin): time outside of the root without a CTE that changes rows")
    let whole = (truth.nodes[0].wallMs?.value ?? 0) + truth.detachedMs.value
    #expect(abs(own - whole) <= 0.01, "\(plan.origin): \(own) ms of \(whole) ms")
  }
}

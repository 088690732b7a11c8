import PlanAnalysis
import TestSupport
import Testing

/// The slow statements that are planted in a corpus: the right finding at the right node.
@Suite(.enabled(if: TestAmount.corpus != nil, "PGTRAWL_CORPUS names no folder of csvlog files"))
struct PlantedFindingTests {
  /// A class of slow statements, by what `application_name` says behind `slow `.
  struct Planted: Sendable, CustomStringConvertible {
    var name: String
    /// Each with the beginning of its node; all have to be found in one plan.
    var findings: [(rule: String, place: String)]
    /// Server versions that show it; empty: all.
    var versions: [String] = []

    var description: String { name }
  }

  static let planted = [
    Planted(
      name: "seqscan_selective", findings: [("seq-scan-selective-filter", "Seq Scan on events")]),
    Planted(
      name: "misestimate",
      findings: [
        ("misestimate-origin", "Bitmap Heap Scan on events"),
        ("nested-loop-underestimate", "Nested Loop"),
      ]),
    Planted(name: "sort_spill", findings: [("sort-spill", "Sort")]),
    Planted(name: "hash_batches", findings: [("hash-batches", "Hash")]),
    Planted(name: "nestloop_many", findings: [("settings-distort", "Aggregate")]),
    Planted(name: "lossy_bitmap", findings: [("bitmap-lossy", "Bitmap Heap Scan on events")]),
    Planted(name: "ios_heap_fetches", findings: [("heap-fetches", "Index Only Scan on events")]),
    Planted(name: "jit", findings: [("jit-overhead", "Aggregate")], versions: ["pg13", "pg15"]),
    Planted(name: "planning", findings: [("planning-heavy", "Nested Loop")]),
    Planted(name: "correlated_subplan", findings: [("subplan-repeated", "Aggregate")]),
    Planted(name: "cte_not_in", findings: [("not-in-subplan", "CTE Scan on x")]),
    Planted(
      name: "distinct_agg", findings: [("agg-inner-sort-spill", "Aggregate")],
      versions: ["pg13", "pg15"]),
    // From 16 on the order comes from a sort below.
    Planted(
      name: "distinct_agg", findings: [("sort-spill", "Sort")], versions: ["pg16", "pg17", "pg18"]),
    Planted(name: "update_many", findings: [("trigger-time", "ModifyTable on customers")]),
  ]

  private static let runs = ["pg13", "pg15", "pg16", "pg17", "pg18"]

  private static func plans(_ version: String) throws -> [RecordedPlan] {
    try RecordedPlans.corpusFiles().filter {
      $0.split(separator: "/").last?.hasPrefix("\(version)_shop_full") == true
    }.flatMap { try RecordedPlans.plans(inLog: $0) }
  }

  @Test(arguments: runs) func plantedStatementsAreFound(version: String) throws {
    let plans = try Self.plans(version)
    try #require(!plans.isEmpty, "the corpus holds no run of \(version)")
    for planted in Self.planted
    where planted.versions.isEmpty || planted.versions.contains(version) {
      for protocolWord in ["slow", "slowx"] {
        let own = plans.filter { $0.application == "\(protocolWord) \(planted.name)" }
        // Only some runs have the extended protocol too.
        if protocolWord == "slowx" && own.isEmpty { continue }
        // How long planning took is in the record of bind there.
        if protocolWord == "slowx" && planted.name == "planning" { continue }
        #expect(!own.isEmpty, "no plan of \(planted.name) in the run of \(version)")
        let isFound = try own.contains { plan in
          let report = try PlanReport(json: plan.json, digest: testDigest, context: plan.context)
          return planted.findings.allSatisfy { expected in
            Self.shown(report).contains {
              $0.rule == expected.rule && $0.place.hasPrefix(expected.place)
            }
          }
        }
        #expect(isFound, "\(version): \(protocolWord) \(planted.name)")
      }
    }
  }

  /// What is reported, with the symptoms of each finding.
  private static func shown(_ report: PlanReport) -> [(rule: String, place: String)] {
    report.findings.filter(\.isShown).flatMap { finding in
      let symptoms = finding.symptoms.map { symptom in
        let node = report.tree.nodes.indices.first { report.tree.path(of: $0) == symptom.path }
        return (symptom.rule, node.flatMap { report.tree.text($0, .nodeType) } ?? "")
      }
      return [(finding.rule, finding.place)] + symptoms
    }
  }

  /// Nothing is reported of point queries, joins and inserts that are as they should be.
  @Test(arguments: runs) func healthyStatementsAreLeftInPeace(version: String) throws {
    let healthy = [
      "slow partition_prune", "slowx partition_prune", "slow parallel", "slowx parallel", "pgbench",
      "orm", "orm prepared", "wire",
      "generic", "flip analyze",
    ]
    var count = 0
    for plan in try Self.plans(version) where healthy.contains(plan.application) {
      count += 1
      let report = try PlanReport(json: plan.json, digest: testDigest, context: plan.context)
      let loud = report.findings.filter { $0.isShown && $0.severity >= .medium }
      #expect(loud.isEmpty, "\(plan.origin) \(plan.application): \(loud.map(\.rule))")
    }
    #expect(count > 100)
  }
}

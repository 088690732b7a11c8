/// One finding a cause: what another finding explains stands under it.
enum Folding {
  /// Rules that say more of the same node than those they take in.
  private static let sameNode: [String: Set<String>] = {
    let generic: Set = ["seq-scan-selective-filter", "index-filter-waste"]
    var map: [String: Set<String>] = [:]
    for rule in [
      "cast-defeats-index", "function-defeats-index", "like-leading-wildcard", "or-defeats-index",
      "negation-filter", "filter-expensive-function", "index-wrong-order",
    ] {
      map[rule] = generic
    }
    map["seq-scan-repeated"] = generic
    map["bitmap-lossy"] = ["recheck-heavy", "index-filter-waste"]
    map["recheck-heavy"] = ["read-inefficient"]
    map["heap-fetches"] = ["read-inefficient"]
    map["index-filter-waste"] = ["read-inefficient"]
    map["nested-loop-join-filter"] = ["nested-loop-underestimate", "join-filter-or"]
    map["join-filter-or"] = ["nested-loop-underestimate"]
    map["hash-skew"] = ["hash-batches"]
    map["fk-index-missing"] = ["trigger-time"]
    map["client-bound"] = ["result-flood"]
    map["large-offset"] = ["limit-hunt"]
    map["sort-then-limit"] = ["sort-spill"]
    return map
  }()

  /// Symptoms in the nodes above, or in the same one.
  private static let above: [String: Set<String>] = [
    "misestimate-origin": [
      "nested-loop-underestimate", "hash-batches", "sort-spill", "hashagg-spill", "hash-build-side",
      "function-scan-default-rows", "stale-statistics", "nested-loop-join-filter",
    ],
    "index-wrong-order": ["limit-hunt"],
  ]

  /// Findings below a subplan that is run too often, or a limit that comes late, are part of it.
  private static let ofSubtree: [String: Set<String>] = [
    "subplan-repeated": [
      "seq-scan-selective-filter", "seq-scan-repeated", "index-filter-waste", "heap-fetches",
    ],
    "not-in-subplan": ["materialize-spill"],
    "nested-loop-underestimate": ["seq-scan-repeated"],
    "limit-hunt": ["index-filter-waste", "seq-scan-selective-filter"],
    "nested-loop-join-filter": ["materialize-spill"],
    "sort-then-limit": ["row-wide"],
  ]

  static func folded(_ findings: [Finding], _ plan: PlanReading) -> [Finding] {
    guard findings.count > 1 else { return findings }
    // The index of the finding that takes one in.
    var owner = [Int?](repeating: nil, count: findings.count)
    for (index, finding) in findings.enumerated() {
      for (other, origin) in findings.enumerated() where other != index {
        guard explains(origin, finding, plan), owner[other] != index else { continue }
        // The more precise one of two that would take each other in stays.
        if let known = owner[index], findings[known].confidence >= origin.confidence { continue }
        owner[index] = other
      }
    }
    var kept = findings
    for (index, finding) in findings.enumerated() {
      guard var at = owner[index] else { continue }
      var steps = 0
      while let next = owner[at], steps < findings.count {
        at = next
        steps += 1
      }
      guard at != index else { continue }
      kept[at].symptoms.append(.init(rule: finding.rule, path: finding.path))
      kept[at].savingMs = max(kept[at].savingMs, finding.savingMs)
      kept[at].severity = max(kept[at].severity, finding.severity)
    }
    return kept.indices.filter { owner[$0] == nil }.map { kept[$0] }
  }

  private static func explains(_ origin: Finding, _ finding: Finding, _ plan: PlanReading) -> Bool {
    // A doubtful finding explains nothing that is surer.
    guard origin.isShown || !finding.isShown else { return false }
    let nodes = plan.tree.nodes
    if origin.node == finding.node, sameNode[origin.rule]?.contains(finding.rule) == true {
      return true
    }
    if above[origin.rule]?.contains(finding.rule) == true {
      return nodes[finding.node].contains(origin.node)
    }
    if ofSubtree[origin.rule]?.contains(finding.rule) == true {
      return nodes[origin.node].contains(finding.node)
    }
    return false
  }
}

/// All rules, sorted by the nodes that they look at.
struct RuleBook: Sendable {
  /// Raised when a rule's meaning changes, so that findings can be told apart.
  static let version = 3

  static let rules: [PlanRule] =
    ScanRules.all + BitmapRules.all + SourceRules.all + JoinRules.all + SortRules.all
    + AggregateRules.all + EstimateRules.all + SubplanRules.all + FilterRules.all + WriteRules.all
    + BufferRules.all + ClientRules.all + ServerRules.all

  static let planRules = rules.filter { $0.kinds.isEmpty }

  static let byKind: [NodeKind: [PlanRule]] = {
    var map: [NodeKind: [PlanRule]] = [:]
    for rule in rules {
      for kind in rule.kinds { map[kind, default: []].append(rule) }
    }
    return map
  }()

  /// What all rules find in a plan, the most rewarding first; symptoms stand under their origin.
  static func findings(_ plan: PlanReading) -> [Finding] {
    var found: [Finding] = []
    let root = NodeReading(plan: plan, index: 0)
    if plan.truth.nodes[0].isExecuted || !plan.truth.isAnalyzed {
      for rule in planRules { add(rule, root, to: &found) }
    }
    for node in plan.tree.nodes {
      guard let rules = byKind[node.kind] else { continue }
      // What never ran shows nothing.
      guard plan.truth.nodes[node.index].isExecuted || !plan.truth.isAnalyzed else { continue }
      let reading = NodeReading(plan: plan, index: node.index)
      for rule in rules { add(rule, reading, to: &found) }
    }
    return Folding.folded(found, plan).sorted { a, b in
      let first = a.savingMs * a.confidence
      let second = b.savingMs * b.confidence
      if first != second { return first > second }
      if a.severity != b.severity { return a.severity > b.severity }
      return a.node != b.node ? a.node < b.node : a.rule < b.rule
    }
  }

  private static func add(_ rule: PlanRule, _ node: NodeReading, to found: inout [Finding]) {
    let plan = node.plan
    guard plan.evidence.isSuperset(of: rule.needs) else { return }
    let isEstimate = !plan.truth.isAnalyzed
    guard !isEstimate || rule.readsEstimates || !rule.needs.contains(.analyze) else { return }
    guard let firing = rule.test(node), firing.holds != .no else { return }
    let place = node.node(firing.node ?? node.index)
    found.append(
      Finding(
        rule: rule.id, node: place.index, path: plan.tree.path(of: place.index), place: place.label,
        figures: firing.figures, severity: severity(firing, plan),
        confidence: confidence(rule, firing, plan), savingMs: max(0, firing.savingMs),
        explanation: firing.cause, remedy: firing.remedy, ddl: firing.ddl, symptoms: [],
        index: firing.index))
  }

  private static func severity(_ firing: PlanRule.Firing, _ plan: PlanReading) -> Finding.Severity {
    let saving = firing.savingMs
    let share = plan.totalMs > 0 ? saving / plan.totalMs : 0
    if firing.isInformation || share < 0.05 || saving < 10 { return .info }
    if !plan.truth.isAnalyzed || share < 0.2 || saving < 50 { return .low }
    if share < 0.5 || saving < 200 { return .medium }
    let isCritical = plan.context.shareOfDatabaseTime >= 0.1 || plan.totalMs >= 10_000
    return isCritical ? .critical : .high
  }

  private static func confidence(
    _ rule: PlanRule, _ firing: PlanRule.Firing, _ plan: PlanReading
  ) -> Double {
    var confidence = firing.base ?? rule.base
    if !plan.truth.isAnalyzed {
      confidence *= 0.4
    } else {
      if !plan.truth.hasTiming { confidence *= 0.9 }
      if !plan.truth.hasBuffers { confidence *= 0.85 }
    }
    if firing.holds == .possibly { confidence *= 0.5 }
    let samples = max(1, plan.context.samples)
    let firings = min(samples, max(0, plan.context.firings[rule.id] ?? samples))
    confidence *= Double(firings + 1) / Double(samples + 2)
    for doubt in firing.doubts { confidence *= doubt }
    return confidence
  }
}

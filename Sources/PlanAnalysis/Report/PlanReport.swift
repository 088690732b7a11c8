/// Everything that a plan says: its identity, its figures and what the rules find.
public struct PlanReport: Sendable {
  /// Version of the rules that made the findings.
  public static let rulesVersion = RuleBook.version

  /// The ids of all rules.
  public static let ruleIDs = RuleBook.rules.map(\.id)

  /// The plan.
  public let tree: PlanTree
  /// Its nodes' figures.
  public let truth: PlanTruth
  /// Its ids.
  public let identity: PlanIdentity
  /// What is the matter with it, the most rewarding first, symptoms folded under their cause.
  public let findings: [Finding]
  /// "Planning Time" in ms, where there is one (EXPLAIN).
  public let planningMs: Double?
  /// Time of the executor in ms: as logged, "Execution Time", or the root's; nil without times.
  public let executionMs: Double?
  /// A table was read as a whole.
  public let hasSeqScan: Bool
  /// An index was used.
  public let hasIndexScan: Bool

  /// What a node is, for people: `Seq Scan on orders`.
  public func label(of node: Int) -> String {
    NodeReading(
      plan: PlanReading(tree: tree, truth: truth, context: PlanContext()), index: node
    ).label
  }

  /// The scan whose rows the planner misjudged most, and by which factor at least; nil where that can't be said
  /// of any.
  public var misjudgedScan: (node: String, factor: Double)? {
    guard truth.isAnalyzed else { return nil }
    var worst: (node: Int, factor: Double)?
    for node in tree.nodes where node.kind.isScan {
      guard let factor = truth.nodes[node.index].misestimate, factor > worst?.factor ?? 0 else {
        continue
      }
      worst = (node.index, factor)
    }
    return worst.map { (label(of: $0.node), $0.factor) }
  }

  /// Reads and analyzes a plan's JSON.
  ///
  /// - Parameters:
  ///   - digest: SHA-256, for the ids.
  ///   - context: what is known besides the plan.
  public init(
    json: [UInt8], digest: PlanIdentity.Digest, context: PlanContext = PlanContext()
  ) throws(PlanAnalysisError) {
    let tree = try PlanTree(json: json)
    self.init(tree, digest: digest, context: context)
  }

  /// Analyzes a plan that was read.
  public init(_ tree: PlanTree, digest: PlanIdentity.Digest, context: PlanContext = PlanContext()) {
    self.tree = tree
    truth = PlanTruth(tree)
    identity = PlanIdentity(tree, digest: digest)
    findings = RuleBook.findings(PlanReading(tree: tree, truth: truth, context: context))
    planningMs = tree.documentNumber(.planningTime)?.value ?? context.planningMs
    executionMs =
      context.durationMs ?? tree.documentNumber(.executionTime)?.value
      ?? (truth.hasTiming ? truth.nodes[0].wallMs?.value : nil)
    hasSeqScan = tree.nodes.contains { $0.kind == .seqScan || $0.kind == .sampleScan }
    hasIndexScan = tree.nodes.contains { $0.kind.isIndexScan }
  }
}

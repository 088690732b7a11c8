/// A plan as the rules see it.
final class PlanReading: Sendable {
  let tree: PlanTree
  let truth: PlanTruth
  let context: PlanContext
  let evidence: PlanEvidence
  /// The executor's time in ms: what was logged, else EXPLAIN's, else the root's. Estimated from
  /// blocks or
  /// rows where the plan has no times.
  let totalMs: Double
  let settings: [String: String]

  init(tree: PlanTree, truth: PlanTruth, context: PlanContext) {
    self.tree = tree
    self.truth = truth
    self.context = context
    var evidence: PlanEvidence = []
    if truth.isAnalyzed { evidence.insert(.analyze) }
    if truth.hasTiming { evidence.insert(.timing) }
    if truth.hasBuffers { evidence.insert(.buffers) }
    if truth.hasIOTimes { evidence.insert(.ioTimes) }
    if tree.has(0, .output) { evidence.insert(.verbose) }
    if tree.documentText(.queryText) != nil { evidence.insert(.queryText) }
    var settings = context.settings
    if let value = tree.value(-1, .settings) {
      evidence.insert(.settings)
      for member in tree.members(of: Int(tree.slots[Int(PlanField.settings.rawValue)]))
      where value.kind == .object {
        settings[String(decoding: tree.bytes[member.key], as: UTF8.self)] = tree.string(member)
      }
    }
    self.settings = settings
    self.evidence = evidence
    let logged = context.durationMs ?? tree.documentNumber(.executionTime)?.value
    if truth.hasTiming {
      // AFTER triggers, those of constraints among them, run when the root has ended.
      let triggers = PlanTrigger.all(tree).filter(\.isConstraint).reduce(0) { $0 + $1.ms }
      let known = (truth.nodes[0].wallMs?.value ?? 0) + truth.detachedMs.value + triggers
      totalMs = max(logged ?? 0, known)
    } else {
      let work = truth.nodes.indices.reduce(0.0) { sum, node in
        sum + Self.work(node, tree: tree, truth: truth, context: context).value
      }
      totalMs = max(logged ?? 0, work)
    }
  }

  /// A node's own time, or what stands for it: blocks by their usual cost, else rows.
  static func work(
    _ node: Int, tree: PlanTree, truth: PlanTruth, context: PlanContext
  ) -> Interval {
    let figures = truth.nodes[node]
    if truth.hasTiming { return (figures.selfMs ?? .zero).notNegative }
    if truth.hasBuffers {
      let own = figures.selfBuffers
      return Interval(
        Double(max(0, own.accessed - own.sharedRead)) * context.msPerHit
          + Double(max(0, own.sharedRead)) * context.msPerRead)
    }
    return (figures.rows + figures.removedByFilter) * 0.0005
  }

  /// Its number as a setting in its usual unit, such as kB.
  func setting(_ name: String) -> String? { settings[name] }

  /// Memory in kB that one hash table may take, by the settings as far as known.
  var hashMemoryKB: (value: Double, isKnown: Bool) {
    let work = setting("work_mem").flatMap(Self.kilobytes)
    let factor = setting("hash_mem_multiplier").flatMap { Double($0) }
    return ((work ?? 4096) * (factor ?? 2), work != nil)
  }

  /// `64MB`, `4096kB`, `4096` in kB.
  static func kilobytes(_ text: String) -> Double? {
    let digits = text.prefix { ("0"..."9").contains($0) }
    guard let value = Double(digits) else { return nil }
    switch text.dropFirst(digits.count) {
    case "", "kB": return value
    case "MB": return value * 1024
    case "GB": return value * 1024 * 1024
    case "TB": return value * 1024 * 1024 * 1024
    default: return nil
    }
  }
}

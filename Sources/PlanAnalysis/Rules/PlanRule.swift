/// One rule: a condition on a node, what it would save to heed it, and what to say.
struct PlanRule: Sendable {
  /// Its stable name.
  let id: String
  /// What the plan has to have been logged with.
  let needs: PlanEvidence
  /// How sure it is at best.
  let base: Double
  /// Nodes that it looks at; empty: at the plan as a whole, by its root.
  let kinds: [NodeKind]
  /// It also speaks of plans that were not run.
  let readsEstimates: Bool
  /// What the node shows; nil when the condition does not hold.
  let test: @Sendable (NodeReading) -> Firing?

  init(
    _ id: String, _ base: Double, on kinds: [NodeKind] = [], needs: PlanEvidence = .analyze,
    readsEstimates: Bool = false, test: @escaping @Sendable (NodeReading) -> Firing?
  ) {
    self.id = id
    self.base = base
    self.kinds = kinds
    self.needs = needs
    self.readsEstimates = readsEstimates
    self.test = test
  }

  /// What a rule found at a node.
  struct Firing {
    /// Whether the condition holds for certain.
    var holds: Holds
    /// What is saved at most, in ms.
    var savingMs: Double
    /// The figures that it rests on.
    var figures: [Finding.Figure]
    /// What is the matter.
    var cause: String
    /// What to do.
    var remedy: String
    /// The statement that does it.
    var ddl: String?
    /// The btree index that it makes.
    var index: Finding.ProposedIndex?
    /// Reasons for doubt that were met, each with what it leaves of the confidence.
    var doubts: [Double] = []
    /// The node to name, where it is not the one that was looked at.
    var node: Int?
    /// How sure the rule is here, where that is not the base.
    var base: Double?
    /// Nothing is to be done about it: never more than information.
    var isInformation = false

    init(
      _ holds: Holds, saves savingMs: Double, _ figures: [Finding.Figure], _ cause: String,
      _ remedy: String, ddl: String? = nil
    ) {
      self.holds = holds
      self.savingMs = savingMs
      self.figures = figures
      self.cause = cause
      self.remedy = remedy
      self.ddl = ddl
    }

    /// A reason for doubt: halves the confidence when it is met.
    func doubted(if condition: Bool, leaves factor: Double = 0.5) -> Firing {
      guard condition else { return self }
      var firing = self
      firing.doubts.append(factor)
      return firing
    }

    /// Names the index that would serve, and the statement that makes it.
    func serving(_ advice: IndexAdvice?) -> Firing {
      var firing = self
      firing.index = advice?.proposal
      firing.ddl = advice?.ddl
      return firing
    }

    func at(_ node: Int) -> Firing {
      var firing = self
      firing.node = node
      return firing
    }

    func based(_ base: Double) -> Firing {
      var firing = self
      firing.base = base
      return firing
    }

    func information(if condition: Bool = true) -> Firing {
      var firing = self
      firing.isInformation = condition
      return firing
    }
  }
}

/// A statement that can change plans: an index made or dropped, an ANALYZE.
public struct PlanCause: Sendable, Equatable {
  /// When it had run, in µs since 1970.
  public var time: Int64
  /// Its normalized text, cut.
  public var text: String

  /// A statement that ran.
  public init(time: Int64, text: String) {
    self.time = time
    self.text = text
  }
}

extension PlanFlips {
  /// Runs that each stretch of a plan must have where plans stand apart.
  public static let separateMin = 4
  /// How sure a flip of plans that stand apart is at most.
  public static let separateConfidence = 0.8
  /// How sure a flip of few runs is that a statement explains.
  public static let explainedConfidence = 0.7

  /// The flips of a query whose plans stand apart: each stretch of runs between two changes has one plan only
  /// and at least `separateMin` runs. A single run that strays is enough for none: few runs tell nothing then,
  /// unless a statement that can have changed the plan ran between the two.
  static func separateFlips(in runs: [PlanRun], causes: [PlanCause]) -> [PlanFlip] {
    var starts: [Int] = []
    for index in runs.indices where index == 0 || runs[index].plan != runs[index - 1].plan {
      starts.append(index)
    }
    let ends = starts.dropFirst() + [runs.count]
    let stretches = zip(starts, ends).map { runs[$0..<$1] }
    guard stretches.count > 1 else { return [] }
    let isApart = stretches.allSatisfy { $0.count >= separateMin }
    return zip(stretches, stretches.dropFirst()).compactMap { before, after in
      guard let old = before.last, let first = after.first else { return nil }
      let cause = cause(in: causes, after: old, upTo: first)
      guard isApart || cause != nil && max(before.count, after.count) > 1 else { return nil }
      return PlanFlip(
        first: first, from: old.plan,
        effect: PlanFlipEffect(
          before: before.suffix(PlanFlipEffect.runsMax),
          after: after.prefix(PlanFlipEffect.runsMax)),
        confidence: isApart
          ? separateConfidence * (1 - chance(before.count, after.count)) : explainedConfidence)
    }
  }

  /// The last statement that ran between two runs.
  static func cause(
    in causes: [PlanCause], after old: PlanRun, upTo first: PlanRun
  ) -> PlanCause? {
    causes.last { $0.time >= old.time && $0.time <= first.time }
  }

  /// The probability that runs of two plans in random order stand apart like this.
  private static func chance(_ before: Int, _ after: Int) -> Double {
    let few = min(before, after, 50)
    // 1 / binomial coefficient.
    return (0..<few).reduce(1.0) { $0 * Double($1 + 1) / Double(max(before, after) + $1 + 1) }
  }
}

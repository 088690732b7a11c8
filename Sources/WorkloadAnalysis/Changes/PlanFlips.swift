/// One execution of a query with the plan that it had.
public struct PlanRun: Sendable, Equatable {
  /// Log time in µs since 1970.
  public var time: Int64
  /// `log_files.id` and offset of the plan.
  public var file: Int64
  /// Offset of the plan.
  public var offset: Int64
  /// Equal for plans that do the same.
  public var plan: Int64
  /// The executor's time in ms.
  public var ms: Double
  /// Blocks hit and read; nil where the plan does not tell.
  public var blocks: Double?
  /// Blocks read.
  public var blocksRead: Double?
  /// Rows of the root.
  public var rows: Double?
  /// Total cost of the root, as estimated.
  public var cost: Double?

  /// A run by its figures.
  public init(
    time: Int64, file: Int64, offset: Int64, plan: Int64, ms: Double, blocks: Double? = nil,
    blocksRead: Double? = nil, rows: Double? = nil, cost: Double? = nil
  ) {
    self.time = time
    self.file = file
    self.offset = offset
    self.plan = plan
    self.ms = ms
    self.blocks = blocks
    self.blocksRead = blocksRead
    self.rows = rows
    self.cost = cost
  }
}

/// That the dominant plan of a query changed.
public struct PlanFlip: Sendable, Equatable {
  /// The first run with the new plan.
  public var first: PlanRun
  /// The plan before.
  public var from: Int64
  /// What the flip did.
  public var effect: PlanFlipEffect
  /// How sure it is that it was no chance, 0 … 1.
  public var confidence = PlanFlips.dominantConfidence
  /// The statement that ran just before and can have caused it.
  public var cause: PlanCause?

  /// The figures, for people and programs.
  public var evidence: Evidence {
    var evidence = effect.evidence
    evidence.append("confidence", .number(confidence))
    if let cause {
      evidence.append("cause", .text(cause.text))
      evidence.append("cause_at_us", .count(cause.time))
    }
    return evidence
  }
}

/// Which plan of a query is the dominant one, and when that changed.
public enum PlanFlips {
  /// Plans that are looked at together, and how many of them must be the same.
  public static let window = 10
  /// Of `window`.
  public static let dominantMin = 8
  /// How sure a flip is whose new plan is dominant.
  public static let dominantConfidence = 0.95

  /// The flips of `runs`, which are in the order of time. A new plan is dominant when it has eight of the ten
  /// plans from its first one on; the flip is dated to that one. Where the plans stand apart, or one of `causes`,
  /// in the order of time, ran between two, fewer do.
  public static func flips(in runs: [PlanRun], causes: [PlanCause] = []) -> [PlanFlip] {
    let dominant = dominantFlips(in: runs)
    let few = separateFlips(in: runs, causes: causes).filter { flip in
      !dominant.contains { $0.first == flip.first }
    }
    let sorted = (dominant + few).sorted { isBefore($0.first, $1.first) }
    return sorted.map { flip in
      var flip = flip
      if let old = runs.last(where: { isBefore($0, flip.first) }) {
        flip.cause = cause(in: causes, after: old, upTo: flip.first)
      }
      return flip
    }
  }

  private static func isBefore(_ a: PlanRun, _ b: PlanRun) -> Bool {
    (a.time, a.file, a.offset) < (b.time, b.file, b.offset)
  }

  private static func dominantFlips(in runs: [PlanRun]) -> [PlanFlip] {
    var flips: [PlanFlip] = []
    var current: Int64?
    var since = 0
    var index = 0
    while index < runs.count {
      let plan = runs[index].plan
      guard plan != current, isDominant(plan, in: runs, from: index) else {
        index += 1
        continue
      }
      if let from = current {
        let before = runs[since..<index].filter { $0.plan == from }
        let after = runs[index...].prefix(PlanFlipEffect.runsMax).filter { $0.plan == plan }
        flips.append(
          PlanFlip(
            first: runs[index], from: from,
            effect: PlanFlipEffect(
              before: before.suffix(PlanFlipEffect.runsMax), after: after[...])))
      }
      current = plan
      since = index
      index += 1
    }
    return flips
  }

  private static func isDominant(_ plan: Int64, in runs: [PlanRun], from index: Int) -> Bool {
    guard index + window <= runs.count else { return false }
    return runs[index..<index + window].count { $0.plan == plan } >= dominantMin
  }

  /// The first 24 hours in which two plans took turns at least `alternationsMin` times, with both plans and
  /// their turns; nil when there are none. A flip is one turn.
  public static func flapping(
    in runs: [PlanRun], alternationsMin: Int = 3
  ) -> (first: PlanRun, plans: [Int64], turns: Int)? {
    let turns = runs.indices.dropFirst().filter { runs[$0].plan != runs[$0 - 1].plan }
    for (at, start) in turns.enumerated() {
      let pair = Set([runs[start - 1].plan, runs[start].plan])
      let within = turns[at...].prefix { runs[$0].time - runs[start].time < 86_400_000_000 }
        .prefix { pair.contains(runs[$0].plan) && pair.contains(runs[$0 - 1].plan) }
      if within.count >= alternationsMin {
        return (runs[start], pair.sorted(), within.count)
      }
    }
    return nil
  }
}

extension PlanFlips {
  /// The finding `plan-flap`: two plans take turns, with the costs that they were estimated at.
  public static func flapFinding(of query: Int64, in runs: [PlanRun]) -> WorkloadFinding? {
    guard let flapping = flapping(in: runs) else { return nil }
    var evidence: Evidence = [
      "first_turn_us": .count(flapping.first.time), "turns": .count(Int64(flapping.turns)),
    ]
    for (index, plan) in flapping.plans.enumerated() {
      let own = runs.filter { $0.plan == plan }
      let costs = own.compactMap(\.cost)
      evidence.append(
        "plan_\(index + 1)",
        .group([
          "plan_id": .text(WorkloadRule.hex(plan)), "runs": .count(Int64(own.count)),
          "mean_ms": .number(own.reduce(0) { $0 + $1.ms } / Double(max(1, own.count))),
          "mean_cost": .number(costs.reduce(0, +) / Double(costs.count)),
        ]))
    }
    return WorkloadFinding(
      rule: "plan-flap", query: query, severity: .low, costMs: nil,
      summary: "Two plans take turns, \(flapping.turns) times within a day: their estimated costs "
        + "are close, or statistics waver.",
      evidence: evidence)
  }
}

/// What changed with a plan, by the runs just before and after.
public struct PlanFlipEffect: Sendable, Equatable {
  /// At most so many runs of each side are compared.
  public static let runsMax = 50

  /// Runs before that were compared.
  public var runsBefore: Int64
  /// Runs after.
  public var runsAfter: Int64
  /// Mean time in ms before.
  public var meanBeforeMs: Double
  /// Mean time in ms after.
  public var meanAfterMs: Double
  /// Geometric mean before, in ms; nil without any.
  public var beforeMs: Double?
  /// Geometric mean after, in ms.
  public var afterMs: Double?
  /// Welch's test on ln of the times; nil when there are too few.
  public var test: WelchTest?
  /// Blocks a run, after by before.
  public var blocksRatio: Double?
  /// Rows a run, after by before.
  public var rowsRatio: Double?
  /// By how much the part of blocks that were read, and not hit, grew.
  public var readShareGrowth: Double?

  init(before: ArraySlice<PlanRun>, after: ArraySlice<PlanRun>) {
    runsBefore = Int64(before.count)
    runsAfter = Int64(after.count)
    meanBeforeMs = before.reduce(0) { $0 + $1.ms } / Double(max(1, before.count))
    meanAfterMs = after.reduce(0) { $0 + $1.ms } / Double(max(1, after.count))
    let lnBefore = LogMoments(durationsMs: before.map(\.ms))
    let lnAfter = LogMoments(durationsMs: after.map(\.ms))
    beforeMs = lnBefore.mean.map { Logarithm.exp($0) }
    afterMs = lnAfter.mean.map { Logarithm.exp($0) }
    test = WelchTest(before: lnBefore, after: lnAfter)
    blocksRatio = Self.ratio(before.compactMap(\.blocks), after.compactMap(\.blocks))
    rowsRatio = Self.ratio(before.compactMap(\.rows), after.compactMap(\.rows))
    if let old = Self.readShare(before), let new = Self.readShare(after) {
      readShareGrowth = new - old
    }
  }

  private static func ratio(_ before: [Double], _ after: [Double]) -> Double? {
    guard !before.isEmpty, !after.isEmpty else { return nil }
    let old = before.reduce(0, +) / Double(before.count)
    let new = after.reduce(0, +) / Double(after.count)
    return old > 0 ? new / old : nil
  }

  private static func readShare(_ runs: ArraySlice<PlanRun>) -> Double? {
    let blocks = runs.reduce(0) { $0 + ($1.blocks ?? 0) }
    return blocks > 0 ? runs.reduce(0) { $0 + ($1.blocksRead ?? 0) } / blocks : nil
  }

  /// Whether the new plan made the query slower: a factor of 1.5 that is no chance, a minute a day, and either
  /// more work with it or a factor of 4. Not where as many more rows explain it, nor a cold cache.
  public func isRegression(callsPerDay: Double) -> Bool {
    guard let test, runsBefore >= 5, runsAfter >= 5, test.ratio >= 1.5, test.p <= 0.001,
      (meanAfterMs - meanBeforeMs) * callsPerDay >= 60_000
    else { return false }
    let works = max(blocksRatio ?? 0, rowsRatio ?? 0) >= 1.25
    guard works || test.ratio >= 4 else { return false }
    if let rowsRatio, rowsRatio >= 1.25, test.ratio / rowsRatio < 1.5 { return false }
    if let readShareGrowth, readShareGrowth >= 0.2, (blocksRatio ?? 1) < 1.25 { return false }
    return true
  }

  /// The figures, for people and programs.
  public var evidence: Evidence {
    [
      "runs_before": .count(runsBefore), "runs_after": .count(runsAfter),
      "mean_before_ms": .number(meanBeforeMs), "mean_after_ms": .number(meanAfterMs),
      "ratio": .number(test?.ratio ?? .nan), "p": .number(test?.p ?? .nan),
      "blocks_ratio": .number(blocksRatio ?? .nan), "rows_ratio": .number(rowsRatio ?? .nan),
      "read_share_growth": .number(readShareGrowth ?? .nan),
    ]
  }
}

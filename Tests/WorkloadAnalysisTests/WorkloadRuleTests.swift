import TestSupport
import Testing

@testable import WorkloadAnalysis

@Suite struct WorkloadRuleTests {
  /// Executions of a query with these durations in ms.
  static func figures(
    _ durations: [Double], configure: (inout WorkloadFigures) -> Void = { _ in }
  ) -> WorkloadFigures {
    var figures = WorkloadFigures(query: 5)
    figures.kind = "select"
    figures.calls = Int64(durations.count)
    figures.timed = figures.calls
    figures.totalMs = durations.reduce(0, +)
    figures.maxMs = durations.max() ?? 0
    figures.totalEstimate = figures.totalMs
    figures.callsEstimate = Double(figures.calls)
    figures.moments = LogMoments(durationsMs: durations)
    for duration in durations { figures.sketch.add(ms: duration) }
    figures.history.isKnown = true
    configure(&figures)
    return figures
  }

  /// Beside others that take ten times as long.
  static func rules(_ figures: WorkloadFigures) -> [String] {
    var others = WorkloadFigures(query: 1)
    others.calls = 100_000
    others.callsEstimate = 100_000
    others.totalEstimate = max(1, figures.totalEstimate) * 10
    let window = WorkloadWindow([figures, others], historyMs: 1000, historyDays: 7, hours: 24)
    return WorkloadRule.findings(of: figures, in: window).map(\.rule)
  }

  static func repeated(_ value: Double, _ count: Int) -> [Double] {
    Array(repeating: value, count: count)
  }

  @Test func idsAreUnique() {
    let ids = WorkloadRule.all.map(\.id)
    #expect(Set(ids).count == ids.count)
  }

  /// A fifth of the 125,000 executions, and what just misses.
  @Test(arguments: [(1.0, 25_000, true), (1.01, 25_000, false), (0.1, 24_900, false)])
  func aFifthOfAllCallsThatTakesNothing(ms: Double, count: Int, fires: Bool) {
    let found = Self.rules(Self.figures(Self.repeated(ms, count)))
    #expect(found.contains("chatty-tiny") == fires, "\(found)")
  }

  /// Levels of durations with how often each occurs, and the rules that fire.
  typealias Spread = (levels: [(ms: Double, count: Int)], expected: [String])

  static let spreads: [Spread] = [
    // What fires, and what is like it and must not.
    ([(600, 20)], ["slow-mean"]), ([(600, 19)], []), ([(499, 50)], []),
    // The mean is one execution's: no bound clears the bar.
    ([(1, 30), (60_000, 1)], []),
    ([(5, 295), (1_500, 5)], ["slow-p99", "high-variance"]),
    ([(5, 294), (1_500, 5)], ["high-variance"]),
    ([(1_200, 300)], ["slow-mean"]), ([(2, 80), (90, 20)], ["bimodal"]),
    // Both levels are short: nobody waits.
    ([(0.05, 80), (2, 20)], []), ([(2, 97), (90, 3)], []),
  ]

  @Test(arguments: spreads.indices) func timesAndTheirSpread(index: Int) {
    let spread = Self.spreads[index]
    let durations = spread.levels.flatMap { Self.repeated($0.ms, $0.count) }
    #expect(Self.rules(Self.figures(durations)) == spread.expected, "\(spread)")
  }

  @Test func aSmearOfDurationsHasHighVariance() {
    let smear = (0..<200).map { 0.1 * Logarithm.exp(Double($0) / 25) }
    #expect(Self.rules(Self.figures(smear)).contains("high-variance"))
    let narrow = (0..<200).map { 50 + Double($0) }
    #expect(Self.rules(Self.figures(narrow)) == [])
  }

  @Test func failuresAreToldApart() {
    let base = Self.repeated(3, 400)
    let rate = { (errors: Int64, timeouts: Int64, cancels: Int64) in
      Self.rules(
        Self.figures(base) {
          $0.errors = errors
          $0.timeouts = timeouts
          $0.cancels = cancels
          $0.sqlstates = [("57014", timeouts + cancels), ("23505", errors - timeouts - cancels)]
        })
    }
    #expect(rate(20, 0, 0) == ["error-rate"])
    // 5 of 400 can be chance of one in a hundred.
    #expect(rate(5, 0, 0) == [])
    #expect(rate(3, 3, 0) == ["timeout"])
    #expect(rate(3, 0, 3) == ["cancel-by-user"])
    #expect(rate(2, 2, 0) == [])
  }

  @Test func temporaryFilesAndTheirGrowth() {
    let runs = { (runs: Int64, bytes: Int64, before: Double) in
      Self.rules(
        Self.figures(Self.repeated(30, 40)) {
          $0.tempRuns = runs
          $0.tempFiles = runs
          $0.tempBytes = bytes
          $0.history.activeDays = 7
          $0.history.tempBytesMedian = before
        })
    }
    #expect(runs(20, 1_000_000, 1e6) == ["temp-files"])
    #expect(runs(19, 1_000_000, 1e6) == [])
    #expect(runs(3, 3_000_000_000, 1e9) == ["temp-growth"])
    #expect(runs(3, 3_000_000_000, 2e9) == [])
  }

  @Test func ranksGoToFourFifthsOfTheTime() {
    let figures = [50.0, 30, 10, 5, 5].enumerated().map { index, share in
      var one = WorkloadFigures(query: Int64(index + 1))
      one.totalEstimate = share
      return one
    }
    let window = WorkloadWindow(figures, historyMs: 0, historyDays: 0, hours: 1)
    #expect(window.ranks == [1: 1, 2: 2])
  }

  @Test func evidenceIsJSONInItsOrder() {
    var evidence: Evidence = ["b": .count(1), "a": .number(0.1 + 0.2)]
    evidence.append("text", .text("a\"b\\c\n"))
    evidence.append("none", .number(.nan))
    evidence.append("group", .group(["x": .number(2)]))
    #expect(
      evidence.json
        == #"{"b":1,"a":0.3,"text":"a\"b\\c\u000a","none":null,"group":{"x":2}}"#)
  }
}

@Suite struct PlanFlipTests {
  /// A run a minute; `plans` names the plan of each, `ms` gives its time.
  static func runs(_ plans: [Int64], ms: (Int) -> Double = { _ in 10 }) -> [PlanRun] {
    plans.enumerated().map { index, plan in
      PlanRun(
        time: Int64(index) * 60_000_000, file: 1, offset: Int64(index), plan: plan,
        ms: ms(index))
    }
  }

  static func repeated(_ plan: Int64, _ count: Int) -> [Int64] {
    Array(repeating: plan, count: count)
  }

  /// Plans with how often each runs behind each other, and where flips are.
  typealias Sequence = (plans: [(plan: Int64, count: Int)], flips: [Int64])

  static let sequences: [Sequence] = [
    ([(1, 20), (2, 20)], [20]), ([(1, 20), (2, 20), (1, 20)], [20, 40]),
    // One run is none, nor are the last three.
    ([(1, 20), (2, 1), (1, 20)], []), ([(1, 20), (2, 3)], []), ([(1, 9)], []),
    // Few runs are enough where no run strays.
    ([(1, 20), (2, 9)], [20]), ([(1, 5), (2, 5), (1, 4)], [5, 10]), ([(1, 4), (2, 4)], [4]),
    ([(1, 5), (2, 1), (1, 1), (2, 4)], []), ([(1, 3), (2, 5)], []),
    ([(1, 20), (2, 4), (1, 1), (2, 9)], [20]),
  ]

  @Test(arguments: sequences.indices) func flipsAreDatedToTheFirstRun(index: Int) {
    let sequence = Self.sequences[index]
    let plans = sequence.plans.flatMap { Self.repeated($0.plan, $0.count) }
    let flips = PlanFlips.flips(in: Self.runs(plans))
    #expect(flips.map(\.first.offset) == sequence.flips, "\(sequence)")
  }

  @Test func fewRunsAreLessSure() throws {
    let few = try #require(
      PlanFlips.flips(in: Self.runs(Self.repeated(1, 4) + Self.repeated(2, 5))).first)
    // One in 126 orders of nine runs.
    #expect((few.confidence - 0.8 * 125 / 126).magnitude < 1e-9)
    let many = try #require(
      PlanFlips.flips(in: Self.runs(Self.repeated(1, 20) + Self.repeated(2, 20))).first)
    #expect(many.confidence > few.confidence)
    #expect(many.evidence.json.contains("\"confidence\":0.95"))
  }

  @Test func aStatementExplainsWhatFewRunsShow() {
    let runs = Self.runs([1, 1, 2, 2, 1])
    #expect(PlanFlips.flips(in: runs).isEmpty)
    let causes = [
      PlanCause(time: runs[2].time - 1, text: "create index"),
      PlanCause(time: runs[4].time - 1, text: "drop index"),
    ]
    let flips = PlanFlips.flips(in: runs, causes: causes)
    #expect(flips.map(\.first.offset) == [2, 4] && flips.map(\.cause) == causes)
    #expect(flips.allSatisfy { $0.evidence.json.contains("index") })
    // Elsewhere it explains nothing, nor do single runs.
    let before = [PlanCause(time: runs[1].time - 1, text: "analyze")]
    #expect(PlanFlips.flips(in: runs, causes: before).isEmpty)
    let single = Self.runs([1, 2])
    #expect(
      PlanFlips.flips(in: single, causes: [PlanCause(time: single[1].time, text: "analyze")])
        .isEmpty)
  }

  @Test func turnsAreCountedWithinADay() {
    let turns = (0..<8).map { Int64($0 % 2) }
    #expect(PlanFlips.flapping(in: Self.runs(turns))?.turns == 7)
    #expect(PlanFlips.flapping(in: Self.runs(Self.repeated(1, 9) + [2, 2, 1])) == nil)
    let slow = turns.enumerated().map { index, plan in
      PlanRun(time: Int64(index) * 50_000_000_000, file: 1, offset: 0, plan: plan, ms: 1)
    }
    #expect(PlanFlips.flapping(in: slow) == nil)
  }

  @Test func aSlowerPlanIsARegressionWhenItCosts() throws {
    let plans = Self.repeated(1, 30) + Self.repeated(2, 30)
    let slower = Self.runs(plans) { $0 < 30 ? 100 + Double($0 % 7) : 500 + Double($0 % 7) }
    let flip = try #require(PlanFlips.flips(in: slower).first)
    #expect(flip.effect.isRegression(callsPerDay: 1_000))
    #expect(!flip.effect.isRegression(callsPerDay: 100))
    // Twice as slow only counts with more work.
    let twice = Self.runs(plans) { $0 < 30 ? 100 + Double($0 % 7) : 200 + Double($0 % 7) }
    #expect(try !#require(PlanFlips.flips(in: twice).first).effect.isRegression(callsPerDay: 1e5))
    let worked = twice.map { run in
      var run = run
      run.blocks = run.plan == 1 ? 100 : 150
      return run
    }
    #expect(try #require(PlanFlips.flips(in: worked).first).effect.isRegression(callsPerDay: 1e5))
    // All of it was read: a cold cache.
    let cold = slower.map { run in
      var run = run
      run.blocks = 100
      run.blocksRead = run.plan == 1 ? 0 : 90
      return run
    }
    #expect(try !#require(PlanFlips.flips(in: cold).first).effect.isRegression(callsPerDay: 1e5))
  }
}

import Testing

@testable import WorkloadAnalysis

@Suite struct PlanTrendTests {
  /// Hours of a plan; `figure` gives what differs in each of 24.
  private static func trend(
    hours: Int = 24, _ figure: (Int, inout PlanTrend.Hour) -> Void
  ) -> PlanTrend {
    PlanTrend(
      query: 5, plan: 7,
      hours: (0..<hours).map { number in
        var hour = PlanTrend.Hour(
          hour: Int64(number), runs: 10, cost: 1_000, rows: 50, hit: 500, read: 0)
        figure(number, &hour)
        return hour
      })
  }

  private static func rules(_ trend: PlanTrend) -> [String] {
    PlanTrendRules.findings(of: [trend]).map(\.rule)
  }

  @Test func whatStaysIsSilent() {
    #expect(Self.rules(Self.trend { _, _ in }) == [])
    // Too few hours say nothing.
    #expect(
      Self.rules(Self.trend(hours: 11) { number, hour in hour.cost = Double(number) * 1e6 }) == [])
  }

  @Test func costThatDriftsWithoutRows() {
    let drift = Self.trend { number, hour in hour.cost = 1_000 + Double(number) * 100 }
    #expect(Self.rules(drift) == ["cost-drift"])
    let small = Self.trend { number, hour in hour.cost = 1_000 + Double(number) * 30 }
    #expect(Self.rules(small) == [])
    // With more rows it is growth.
    let grows = Self.trend { number, hour in
      hour.cost = 1_000 + Double(number) * 100
      hour.rows = 50 + Double(number) * 5
      hour.hit = 500 + Double(number) * 50
    }
    #expect(Self.rules(grows) == ["rows-growth"])
    let few = Self.trend { number, hour in hour.rows = 1 + Double(number) * 2 }
    #expect(Self.rules(few) == [])
  }

  @Test func blocksForARow() {
    let bloat = Self.trend { number, hour in hour.hit = 500 + Double(number) * 50 }
    #expect(Self.rules(bloat) == ["blocks-per-row-growth"])
    // A count is one row, whatever it counts.
    let sum = Self.trend { number, hour in
      hour.rows = 1
      hour.hit = 500 + Double(number) * 50
    }
    #expect(Self.rules(sum) == [])
  }

  @Test func blocksThatHaveToBeRead() {
    let colder = Self.trend { number, hour in
      hour.read = Double(number) * 15
      hour.hit = 500 - Double(number) * 15
    }
    #expect(Self.rules(colder) == ["cache-miss-growth"])
    // A restart is one cold hour, or a step.
    let restart = Self.trend { number, hour in
      hour.read = number == 12 ? 400 : 0
      hour.hit = number == 12 ? 100 : 500
    }
    #expect(Self.rules(restart) == [])
    let step = Self.trend { number, hour in
      hour.read = number < 12 ? 0 : 200
      hour.hit = 500 - (hour.read ?? 0)
    }
    #expect(Self.rules(step) == [])
  }

  @Test func onePlanSpeaksForARule() {
    let many = Self.trend { number, hour in hour.cost = 1_000 + Double(number) * 100 }
    var few = many
    few.plan = 8
    for place in few.hours.indices { few.hours[place].runs = 1 }
    let found = PlanTrendRules.findings(of: [few, many])
    #expect(found.count == 1 && found.first?.evidence.json.contains("0000000000000007") == true)
  }

  @Test func kendall() {
    #expect(PlanTrendRules.kendall([1, 2, 3, 4]) == 1)
    #expect(PlanTrendRules.kendall([4, 3, 2, 1]) == -1)
    #expect(PlanTrendRules.kendall([1, 1, 1]) == 0)
    #expect(PlanTrendRules.kendall([1]) == 0)
  }

  @Test func applicationsThatTakeLonger() {
    let rules = { (slow: Double) in
      WorkloadRuleTests.rules(
        WorkloadRuleTests.figures(Array(repeating: 40.0, count: 1_000)) {
          $0.applications = [
            ApplicationFigures(name: "report", timed: 100, totalMs: 100 * slow),
            ApplicationFigures(name: "web", timed: 900, totalMs: 9_000),
          ]
        })
    }
    #expect(rules(200).contains("app-attribution"))
    #expect(!rules(29).contains("app-attribution"))
  }

  @Test func whatTheLogCantShow() {
    var gap = ObservabilityGap()
    gap.executions = 100
    gap.plans = 50
    #expect(gap.finding == nil)
    gap.withoutBuffers = 40
    #expect(gap.finding?.summary.contains("log_buffers") == true)
    gap.withoutActuals = 40
    // Without the figures of an execution blocks are not asked for.
    #expect(gap.finding?.summary.contains("log_analyze") == true)
    #expect(gap.finding?.summary.contains("log_buffers") == false)
    var settings = ObservabilityGap()
    settings.executions = 1
    settings.settings = ["log_min_duration_statement": "-1", "auto_explain.sample_rate": "1"]
    #expect(settings.finding == nil)
    settings.settings = ["log_min_duration_statement": "250", "auto_explain.sample_rate": "0.1"]
    #expect(settings.finding?.summary.contains("250 ms") == true)
    #expect(settings.finding?.summary.contains("10.0 %") == true)
    var cut = ObservabilityGap()
    cut.executions = 1
    cut.plans = 10
    cut.unreadable = 2
    #expect(cut.finding?.summary.contains("2 of 10") == true && cut.finding?.query == 0)
  }

  @Test func moreDataExplainsMoreTime() {
    /// Ten runs an hour for two hours before hour 5 and two from then on.
    func runs(blocks: Double, plan: Int64 = 1) -> [PlanRun] {
      (0..<40).map { number in
        let isAfter = number >= 20
        return PlanRun(
          time: (3 * 3_600 + Int64(number) * 360) * 1_000_000, file: 1, offset: Int64(number),
          plan: isAfter ? plan : 1, ms: 10, blocks: isAfter ? blocks : 100)
      }
    }
    let one = LatencyRegression(
      query: 1, hour: 5, beforeMs: 10, afterMs: 60, ratio: 6, p: 0, addedMsPerDay: 1, share: 1,
      cause: .unknown, severity: .high, evidence: [:])
    #expect(one.isGrowth(in: runs(blocks: 400)))
    // Twice the blocks do not explain six times the time, nor does another plan.
    #expect(!one.isGrowth(in: runs(blocks: 200)))
    #expect(!one.isGrowth(in: runs(blocks: 400, plan: 2)))
    #expect(!one.isGrowth(in: Array(runs(blocks: 400).suffix(20))))
  }

  @Test func estimatesThatDrift() {
    let drift = { (last: Double, scan: String?) in
      var trend = Self.trend { number, hour in
        hour.misestimate = number < 12 ? 1.5 : last
      }
      trend.scan = scan
      return Self.rules(trend)
    }
    #expect(drift(60, "Seq Scan on orders") == ["estimate-drift"])
    #expect(drift(12, "Seq Scan on orders") == [])
    #expect(drift(60, nil) == [])
    // Wrong from the first hour on: that is for the rules about a plan.
    var wrong = Self.trend { _, hour in hour.misestimate = 200 }
    wrong.scan = "Seq Scan on orders"
    #expect(Self.rules(wrong) == [])
  }

  @Test func genericPlansThatAreSlower() {
    let kind = { (ms: [Double], cost: Double) in
      PlanKindFigures(
        times: LogMoments(durationsMs: ms), totalMs: ms.reduce(0, +), cost: cost)
    }
    let level = { (ms: Double, count: Int) in
      (0..<count).map { ms * (1 + Double($0 % 5) / 50) }
    }
    let found = { (generic: PlanKindFigures, custom: PlanKindFigures) in
      PlanKinds.finding(of: 1, generic: generic, custom: custom)?.severity
    }
    #expect(found(kind(level(300, 20), 100), kind(level(100, 20), 90)) == .medium)
    #expect(found(kind(level(3, 20), 100), kind(level(1, 20), 90)) == .low)
    // Not twice, too few; the planner's word alone, and where the times say the opposite.
    #expect(found(kind(level(180, 20), 100), kind(level(100, 20), 90)) == nil)
    #expect(found(kind(level(300, 4), 100), kind(level(100, 20), 90)) == nil)
    #expect(found(kind(level(130, 20), 1_000), kind(level(100, 20), 90)) == .low)
    #expect(found(kind(level(50, 20), 1_000), kind(level(100, 20), 90)) == nil)
  }
}

/// Executions of a query of at least five seconds that began in one minute.
public struct HeavyRun: Sendable, Equatable {
  /// `queries.id`
  public var query: Int64
  /// Minutes since 1970.
  public var minute: Int64
  /// How many.
  public var runs: Int64
  /// Their time in ms.
  public var totalMs: Double

  /// Runs by their figures.
  public init(query: Int64, minute: Int64, runs: Int64, totalMs: Double) {
    self.query = query
    self.minute = minute
    self.runs = runs
    self.totalMs = totalMs
  }

  /// The minutes in which they ran, an hour at most.
  var minutes: ClosedRange<Int64> {
    minute...(minute + min(60, Int64(totalMs / Double(max(1, runs)) / 60_000)))
  }
}

/// What the shorter executions of a minute took.
public struct MinuteLoad: Sendable, Equatable {
  /// Minutes since 1970.
  public var minute: Int64
  /// 95 of 100 took no longer, in ms.
  public var p95Ms: Double

  /// A minute by its figures.
  public init(minute: Int64, p95Ms: Double) {
    self.minute = minute
    self.p95Ms = p95Ms
  }
}

/// Jobs that run at the same minute each hour or day, and slow down what runs beside them.
public enum ScheduledLoad {
  /// Hours or days in which a job must have run, and minutes that must have been measured on each side.
  static let periodsMin = 5
  static let minutesMin = 5
  /// The part of a query's heavy runs that must be in its rhythm.
  static let shareMin = 0.8

  /// The findings `cron-collision` of a day, one a query: `runs` and `loads` are of it and of the seven days
  /// before, `day` is its minutes.
  public static func findings(
    runs: [HeavyRun], loads: [MinuteLoad], day: Range<Int64>
  ) -> [WorkloadFinding] {
    let byQuery = Dictionary(grouping: runs, by: \.query)
    return byQuery.keys.sorted().compactMap { query in
      let own = byQuery[query] ?? []
      guard own.contains(where: { day.contains($0.minute) }) else { return nil }
      let ofDay = own.filter { day.contains($0.minute) }
      let measured = loads.filter { day.contains($0.minute) }
      return finding(query, ofDay, measured, period: 60) ?? finding(query, own, loads, period: 1440)
    }
  }

  private static func finding(
    _ query: Int64, _ runs: [HeavyRun], _ loads: [MinuteLoad], period: Int64
  ) -> WorkloadFinding? {
    guard let (phase, matching) = rhythm(of: runs, period: period) else { return nil }
    let periods = Set(matching.map { $0.minute / period }).count
    let busy = Set(matching.flatMap(\.minutes))
    let during = loads.filter { busy.contains($0.minute) }.map(\.p95Ms)
    let besides = loads.filter { !busy.contains($0.minute) }.map(\.p95Ms)
    guard during.count >= minutesMin, besides.count >= minutesMin else { return nil }
    let (slow, usual) = (median(during), median(besides))
    guard usual > 0, slow >= 2 * usual else { return nil }
    return WorkloadFinding(
      rule: "cron-collision", query: query, severity: .low, costMs: nil,
      summary:
        "Runs \(time(of: phase, period: period)) and makes others wait: 95 % of them take up to "
        + "\(Figure.time(ms: slow)) then, \(Figure.time(ms: usual)) besides. Run it when less is "
        + "going on, or in smaller parts.",
      evidence: [
        "period_minutes": .count(period), "at_minute": .count(phase),
        "periods": .count(Int64(periods)), "minutes": .count(Int64(during.count)),
        "p95_ms": .number(slow), "usual_p95_ms": .number(usual), "ratio": .number(slow / usual),
      ])
  }

  /// The minute of the period at which most runs begin, give or take one, and these runs; nil without a rhythm.
  static func rhythm(of runs: [HeavyRun], period: Int64) -> (phase: Int64, runs: [HeavyRun])? {
    var best: (phase: Int64, runs: [HeavyRun], periods: Int)?
    for phase in Set(runs.map { $0.minute % period }).sorted() {
      let near = runs.filter { run in
        let distance = ((run.minute - phase) % period + period) % period
        return distance <= 1 || distance == period - 1
      }
      let periods = Set(near.map { ($0.minute + 1) / period }).count
      if periods > best?.periods ?? 0 { best = (phase, near, periods) }
    }
    guard let best, best.periods >= periodsMin else { return nil }
    let share =
      Double(best.runs.reduce(0) { $0 + $1.runs }) / Double(runs.reduce(0) { $0 + $1.runs })
    return share >= shareMin ? (best.phase, best.runs) : nil
  }

  private static func time(of phase: Int64, period: Int64) -> String {
    let digits = { (number: Int64) in (number < 10 ? "0" : "") + "\(number)" }
    return period == 60
      ? "each hour at minute \(phase)"
      : "each day at \(digits(phase / 60)):\(digits(phase % 60)) UTC"
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

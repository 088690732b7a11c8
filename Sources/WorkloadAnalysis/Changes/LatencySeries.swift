/// What a query did in one hour.
public struct HourFigures: Sendable, Equatable {
  /// Hours since 1970.
  public var hour: Int64
  /// Executions, failed ones included.
  public var calls: Int64
  /// Executions of which the log tells a duration.
  public var timed: Int64
  /// Their time in ms.
  public var totalMs: Double
  /// ln of the median duration in ms; nil without any.
  public var medianLn: Double?
  /// Time of waits for locks in ms.
  public var lockWaitMs: Double
  /// Rows returned or changed, and executions of which they are known.
  public var rows: Int64
  /// Executions whose rows are known.
  public var rowsKnown: Int64

  /// An hour by its figures.
  public init(
    hour: Int64, calls: Int64, timed: Int64, totalMs: Double, sketch: DurationSketch,
    lockWaitMs: Double = 0, rows: Int64 = 0, rowsKnown: Int64 = 0
  ) {
    self.hour = hour
    self.calls = calls
    self.timed = timed
    self.totalMs = totalMs
    self.lockWaitMs = lockWaitMs
    self.rows = rows
    self.rowsKnown = rowsKnown
    medianLn = sketch.quantile(0.5).flatMap { $0 > 0 ? Logarithm.ln($0) : nil }
  }
}

/// A query's hours, ascending.
public struct LatencySeries: Sendable, Equatable {
  /// `queries.id`
  public var query: Int64
  /// Its hours, ascending.
  public var hours: [HourFigures]

  /// The hours of a query.
  public init(query: Int64, hours: [HourFigures]) {
    self.query = query
    self.hours = hours
  }

  /// Executions that an hour must have to count as a window.
  static let timedMin: Int64 = 5

  /// The hours with enough executions, and their medians.
  var windows: [HourFigures] { hours.filter { $0.timed >= Self.timedMin && $0.medianLn != nil } }

  /// Executions a day at the pace of the hours from `hour` on, of at most a day.
  public func callsPerDay(from hour: Int64) -> Double {
    let day = hours.filter { $0.hour >= hour && $0.hour < hour + 24 }
    guard let last = day.last else { return 0 }
    let calls = day.reduce(0) { $0 + Double($1.calls) }
    return calls * 24 / Double(last.hour - hour + 1)
  }

  /// The mean of ln of the medians within [from, until); nil without any.
  func meanLn(from: Int64, until: Int64) -> Double? {
    let values = windows.filter { $0.hour >= from && $0.hour < until }.compactMap(\.medianLn)
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}

/// That a query got slower for good.
public struct LatencyRegression: Sendable, Equatable {
  /// Why, as far as the log tells.
  public enum Cause: String, Sendable {
    /// Its plan changed at that time.
    case planChange = "plan changed"
    /// It waits for locks.
    case lockWaits = "lock waits"
    /// It returns or changes more rows.
    case moreRows = "more rows"
    /// Its plan is the same, and reads more blocks.
    case moreData = "more data"
    /// Nothing that the log shows.
    case unknown
  }

  /// `queries.id`
  public var query: Int64
  /// The first slower hour, in hours since 1970.
  public var hour: Int64
  /// Geometric mean of the hourly medians before, in ms.
  public var beforeMs: Double
  /// Geometric mean of the hourly medians from then on, in ms.
  public var afterMs: Double
  /// By which factor.
  public var ratio: Double
  /// The probability of chance.
  public var p: Double
  /// Time that it adds a day, in ms.
  public var addedMsPerDay: Double
  /// That time as part of all since, 0 … 1.
  public var share: Double
  /// Why.
  public var cause: Cause
  /// How much it matters.
  public var severity: FindingSeverity
  /// The figures it rests on.
  public var evidence: Evidence
}

extension LatencyRegression {
  /// Runs that each side must have for the plans to tell.
  private static let planRunsMin = 5
  /// The part of the change, in logarithms, that more blocks have to explain.
  private static let explainedMin = 0.6

  /// Whether more blocks explain it, by the plans of the day before and the day behind it, in the order of
  /// time; the plan is the same on both sides.
  public func isGrowth(in runs: [PlanRun]) -> Bool {
    let start = hour * 3_600_000_000
    let day: Int64 = 86_400_000_000
    let before = runs.filter { $0.time >= start - day && $0.time < start }
    let after = runs.filter { $0.time >= start && $0.time < start + day }
    guard before.count >= Self.planRunsMin, after.count >= Self.planRunsMin,
      Set((before + after).map(\.plan)).count == 1,
      let grown = PlanFlipEffect(before: before[...], after: after[...]).blocksRatio
    else { return false }
    return grown >= 1.25 && Logarithm.ln(grown) >= Self.explainedMin * Logarithm.ln(ratio)
  }
}

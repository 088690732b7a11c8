/// Finds the hours from which queries are slower for good.
///
/// A change of a query's hourly medians is a regression when it is a step and no drift, has a factor of 1.3,
/// adds a hundredth of the time of all queries, lasts three hours with executions, and the other queries of
/// the source did not move with it.
public struct RegressionSearch: Sendable {
  /// The least factor.
  public static let ratioMin = 1.3
  /// The least part of the time of all queries.
  public static let shareMin = 0.01
  /// Hours with executions for which it must last.
  public static let hoursMin = 3

  private let series: [LatencySeries]
  private let totals: [Int64: Double]
  private let settingHours: [Int64]

  /// A search among the queries of one source. `totals` is the time of all queries by hour in ms;
  /// `settingHours` are hours in which it changed what the log shows: nothing is compared across them.
  public init(series: [LatencySeries], totals: [Int64: Double], settingHours: [Int64] = []) {
    self.series = series
    self.totals = totals
    self.settingHours = settingHours
  }

  /// What got slower with an hour of `hours`, by hour and query.
  public func regressions(in hours: Range<Int64>) -> [LatencyRegression] {
    var found: [LatencyRegression] = []
    for one in series {
      let windows = one.windows
      let values = windows.compactMap(\.medianLn)
      for point in ChangeDetection(ratioMin: Self.ratioMin).changePoints(in: values)
      where hours.contains(windows[point.index].hour) {
        if let regression = regression(of: one, windows, point) { found.append(regression) }
      }
    }
    return found.sorted { ($0.hour, $0.query) < ($1.hour, $1.query) }
  }

  private func regression(
    of one: LatencySeries, _ windows: [HourFigures], _ point: ChangePoint
  ) -> LatencyRegression? {
    let ratio = point.test.ratio
    let after = windows[point.index..<(point.index + Int(point.after.count))]
    let before = windows[(point.index - Int(point.before.count))..<point.index]
    guard ratio >= Self.ratioMin, after.count >= Self.hoursMin, let first = after.first,
      let last = after.last, let oldest = before.first, let meanBefore = point.before.mean,
      let meanAfter = point.after.mean,
      !settingHours.contains(where: { $0 > oldest.hour && $0 <= last.hour }),
      !Self.isDrift(before.compactMap(\.medianLn), after.compactMap(\.medianLn))
    else { return nil }
    let others = othersRatio(around: first.hour, without: one.query)
    guard ratio / max(1, others) >= Self.ratioMin else { return nil }
    let work = Work(before: before, after: after)
    let added = (work.msAfter - work.msBefore) * Double(work.callsAfter)
    let total = totals.reduce(0) { sum, hour in
      hour.key >= first.hour && hour.key <= last.hour ? sum + hour.value : sum
    }
    let share = total > 0 ? added / total : 0
    guard share >= Self.shareMin else { return nil }
    let cause = work.cause(ratio: ratio)
    let addedPerDay = added * 24 / Double(last.hour - first.hour + 1)
    return LatencyRegression(
      query: one.query, hour: first.hour, beforeMs: Logarithm.exp(meanBefore),
      afterMs: Logarithm.exp(meanAfter), ratio: ratio, p: point.test.p,
      addedMsPerDay: addedPerDay, share: share, cause: cause,
      severity: ratio >= 4 && share >= 0.1 ? .critical : share >= 0.05 ? .high : .medium,
      evidence: [
        "hours_before": .count(Int64(before.count)), "hours_after": .count(Int64(after.count)),
        "mean_before_ms": .number(work.msBefore), "mean_after_ms": .number(work.msAfter),
        "calls_after": .count(work.callsAfter), "others_ratio": .number(others),
        "rows_ratio": .number(work.rowsRatio ?? .nan),
        "lock_wait_after_ms": .number(work.lockMsAfter), "p": .number(point.test.p),
      ])
  }

  /// A straight line fits better than a step: data grew, and nothing happened at that hour.
  static func isDrift(_ before: [Double], _ after: [Double]) -> Bool {
    let values = before + after
    let n = Double(values.count)
    guard values.count >= 6 else { return false }
    let step = squares(before) + squares(after)
    let meanX = (n - 1) / 2
    let mean = values.reduce(0, +) / n
    var xx = 0.0
    var xy = 0.0
    for (x, y) in values.enumerated() {
      xx += (Double(x) - meanX) * (Double(x) - meanX)
      xy += (Double(x) - meanX) * (y - mean)
    }
    let line = squares(values) - xy * xy / xx
    return line <= step
  }

  private static func squares(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  }

  /// The median factor of the other queries between the day before and the day after an hour; 1 when there
  /// are less than three.
  private func othersRatio(around hour: Int64, without query: Int64) -> Double {
    let ratios = series.filter { $0.query != query }.compactMap { other -> Double? in
      guard let before = other.meanLn(from: hour - 24, until: hour),
        let after = other.meanLn(from: hour, until: hour + 24)
      else { return nil }
      return after - before
    }.sorted()
    return ratios.count < 3 ? 1 : Logarithm.exp(ratios[ratios.count / 2])
  }
}

/// What executions did before and after a change.
private struct Work {
  var msBefore = 0.0
  var msAfter = 0.0
  var callsAfter: Int64 = 0
  /// Rows an execution, after by before.
  var rowsRatio: Double?
  var lockMsBefore = 0.0
  var lockMsAfter = 0.0

  init(before: ArraySlice<HourFigures>, after: ArraySlice<HourFigures>) {
    let timedBefore = before.reduce(0) { $0 + Double($1.timed) }
    let timedAfter = after.reduce(0) { $0 + Double($1.timed) }
    msBefore = before.reduce(0) { $0 + $1.totalMs } / max(1, timedBefore)
    msAfter = after.reduce(0) { $0 + $1.totalMs } / max(1, timedAfter)
    callsAfter = after.reduce(0) { $0 + $1.timed }
    lockMsBefore = before.reduce(0) { $0 + $1.lockWaitMs } / max(1, timedBefore)
    lockMsAfter = after.reduce(0) { $0 + $1.lockWaitMs } / max(1, timedAfter)
    if let old = Self.rows(before), let new = Self.rows(after), old > 0 { rowsRatio = new / old }
  }

  private static func rows(_ hours: ArraySlice<HourFigures>) -> Double? {
    let known = hours.reduce(0) { $0 + $1.rowsKnown }
    return known > 0 ? Double(hours.reduce(0) { $0 + $1.rows }) / Double(known) : nil
  }

  func cause(ratio: Double) -> LatencyRegression.Cause {
    if lockMsAfter - lockMsBefore >= 0.5 * (msAfter - msBefore), lockMsAfter > lockMsBefore {
      return .lockWaits
    }
    if let rowsRatio, rowsRatio >= 1.25, ratio / rowsRatio < RegressionSearch.ratioMin {
      return .moreRows
    }
    return .unknown
  }
}

import Testing

@testable import WorkloadAnalysis

@Suite struct ScheduledLoadTests {
  private static let day: Range<Int64> = 14_400..<15_840

  /// A minute's load for each minute of `days`, slower while one of `runs` is at work.
  private static func loads(_ runs: [HeavyRun], days: Int64, slow: Double) -> [MinuteLoad] {
    let busy = Set(runs.flatMap(\.minutes))
    return ((day.upperBound - days * 1440)..<day.upperBound).map {
      MinuteLoad(minute: $0, p95Ms: busy.contains($0) ? 10 * slow : 10)
    }
  }

  private static func found(_ runs: [HeavyRun], slow: Double, days: Int64 = 8) -> [Int64?] {
    ScheduledLoad.findings(runs: runs, loads: loads(runs, days: days, slow: slow), day: day).map {
      $0.evidence.json.contains("\"period_minutes\":60,") ? 60 : 1440
    }
  }

  /// Runs of two minutes in the hours of the day, at minute 15 give or take one.
  private static let hourly = (0..<24).map {
    HeavyRun(query: 5, minute: day.lowerBound + $0 * 60 + 15 + $0 % 2, runs: 1, totalMs: 120_000)
  }
  /// The same at 03:00 of eight days.
  private static let daily = (0..<8).map {
    HeavyRun(query: 5, minute: day.lowerBound - $0 * 1440 + 180, runs: 1, totalMs: 120_000)
  }

  @Test func aJobThatMakesOthersWait() {
    #expect(Self.found(Self.hourly, slow: 3) == [60])
    #expect(Self.found(Self.daily, slow: 3) == [1440])
  }

  @Test func whatDisturbsNobodyOrHasNoRhythm() {
    #expect(Self.found(Self.hourly, slow: 1.5) == [])
    #expect(Self.found(Array(Self.daily.prefix(4)), slow: 3) == [])
    // Reports whenever somebody asks for one.
    let any = (0..<24).map {
      HeavyRun(
        query: 5, minute: Self.day.lowerBound + $0 * 60 + $0 * 37 % 60, runs: 1, totalMs: 120_000)
    }
    #expect(Self.found(any, slow: 3) == [])
    // Not on this day any more.
    let before = Self.daily.dropFirst().map { run in
      var run = run
      run.minute -= 1440
      return run
    }
    #expect(Self.found(before, slow: 3) == [])
    // Nothing else ran that could be measured.
    #expect(ScheduledLoad.findings(runs: Self.hourly, loads: [], day: Self.day).isEmpty)
  }

  /// Around the turn of an hour a minute is near the one before.
  @Test func theTurnOfThePeriod() {
    let runs = (0..<10).map {
      HeavyRun(query: 5, minute: 60 * $0 + 59 + $0 % 2, runs: 1, totalMs: 5_000)
    }
    #expect(ScheduledLoad.rhythm(of: runs, period: 60)?.runs.count == 10)
  }
}

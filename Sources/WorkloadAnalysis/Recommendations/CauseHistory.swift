/// What the log shows of a cause over time: how often its queries ran, and how often it was found.
public struct CauseHistory: Sendable, Equatable {
  /// An hour, or a day, of it.
  public struct Step: Sendable, Equatable {
    /// Begin, in µs since 1970.
    public var time: Int64
    /// Executions.
    public var runs: Double
    /// Executions in which it was found.
    public var firings: Double

    /// A step by its figures.
    public init(time: Int64, runs: Double, firings: Double) {
      self.time = time
      self.runs = runs
      self.firings = firings
    }
  }

  /// How a recommendation stands.
  public enum State: String, Sendable, CaseIterable {
    /// Found, and nothing shows that it is gone.
    case open
    /// Later logs show it gone.
    case resolved
    /// It came back.
    case regressed
    /// People do not want to hear of it.
    case dismissed
  }

  /// How it stands in the end.
  public struct Standing: Sendable, Equatable {
    /// `open`, `resolved` or `regressed`.
    public var state: State
    /// Since when, in µs since 1970.
    public var since: Int64
    /// Why it is resolved.
    public var reason: String?
    /// When it was found first and last, in µs since 1970.
    public var firstSeen: Int64
    /// When it was found last.
    public var lastSeen: Int64
  }

  /// So many findings have to be missing: with as many expected, chance leaves all out in 0.7 % of the cases.
  public static let missingMin = 5.0
  /// What did not run for so long is gone with its query.
  public static let absentMaxMicros: Int64 = 7 * 86_400_000_000

  private let steps: [Step]
  private let end: Int64

  /// The steps of a cause, in any order; those of the same time are taken together. `end` is the end of the
  /// source's log, in µs since 1970.
  public init(_ steps: [Step], end: Int64) {
    var byTime: [Int64: Step] = [:]
    for step in steps {
      var sum = byTime[step.time] ?? Step(time: step.time, runs: 0, firings: 0)
      sum.runs += step.runs
      sum.firings += step.firings
      byTime[step.time] = sum
    }
    self.steps = byTime.values.sorted { $0.time < $1.time }
    self.end = end
  }

  /// How it stands; nil when it was never found.
  ///
  /// It is resolved once its queries ran so often without it that `missingMin` findings are missing, at the rate
  /// at which it was found before, or not at all for a week; and regressed when it is found after that.
  public var standing: Standing? {
    var standing: Standing?
    var runs = 0.0
    var firings = 0.0
    var runsSince = 0.0
    var lastRun: Int64 = 0
    for step in steps {
      if let known = standing, step.time - lastRun > Self.absentMaxMicros {
        standing = Self.resolved(known, lastRun, "its queries did not run for a week")
      }
      if step.runs > 0 || step.firings > 0 { lastRun = step.time }
      if step.firings > 0 {
        if let known = standing, known.state == .resolved {
          standing?.state = .regressed
          standing?.since = step.time
          standing?.reason = nil
          (runs, firings) = (0, 0)
        } else {
          runs += runsSince
        }
        if standing == nil {
          standing = Standing(
            state: .open, since: step.time, firstSeen: step.time, lastSeen: step.time)
        }
        standing?.lastSeen = step.time
        runs += max(step.runs, step.firings)
        firings += step.firings
        runsSince = 0
      } else if let known = standing {
        runsSince += step.runs
        if runs > 0, firings / runs * runsSince >= Self.missingMin {
          standing = Self.resolved(known, step.time, "its queries run without it")
        }
      }
    }
    if let known = standing, end - lastRun > Self.absentMaxMicros {
      standing = Self.resolved(known, lastRun, "its queries did not run for a week")
    }
    return standing
  }

  private static func resolved(_ known: Standing, _ time: Int64, _ reason: String) -> Standing {
    guard known.state != .resolved else { return known }
    var standing = known
    standing.state = .resolved
    standing.since = time
    standing.reason = reason
    return standing
  }
}

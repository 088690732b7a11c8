/// What a tail does by the clock, when nothing tells of changes. A pure state machine.
struct TailAgenda: Sendable {
  /// Between two looks at everything.
  static let scanInterval = Duration.seconds(30)
  /// Between two looks where directories cannot be watched.
  static let pollInterval = Duration.seconds(1)
  /// Between two looks at what is held open though nothing tells of a change: links lead to directories
  /// that are not watched. Longer with many logs, so that it costs a thousandth of the time.
  static let wholeIntervalMin = Duration.seconds(2)
  static let wholeIntervalPerLog = Duration.milliseconds(20)
  /// Within which it is noticed that the store went away while nothing is written.
  static let storeInterval = Duration.seconds(5)
  /// Between two joins of sessions.
  static let joinInterval = Duration.seconds(1)

  /// Whether every directory is watched.
  var isWatched = false
  private var lastScan: ContinuousClock.Instant?
  private var lastWhole: ContinuousClock.Instant?
  private var lastJoin: ContinuousClock.Instant?
  private var wholeInterval = wholeIntervalMin
  private var needsJoin = false

  /// Whether everything is to be looked at.
  func isScanDue(at time: ContinuousClock.Instant) -> Bool {
    !isWatched || lastScan.map { time - $0 >= Self.scanInterval } ?? true
  }

  /// Whether all that is held open is to be looked at.
  func isWholeDue(at time: ContinuousClock.Instant) -> Bool {
    !isWatched || lastWhole.map { time - $0 >= wholeInterval } ?? true
  }

  /// Whether sessions are to be joined.
  func isJoinDue(at time: ContinuousClock.Instant) -> Bool {
    lastJoin.map { time - $0 >= Self.joinInterval } ?? true
  }

  /// Notes what was done in a round that began at `time`.
  mutating func note(
    scanned: Bool, whole: Bool, joined: Bool, needsJoin: Bool, held: Int, hasDetached: Bool,
    at time: ContinuousClock.Instant
  ) {
    if scanned { lastScan = time }
    if whole { lastWhole = time }
    if joined { lastJoin = time }
    self.needsJoin = needsJoin
    // A log that no path leads to is written in no directory that is watched.
    wholeInterval =
      hasDetached
      ? Self.pollInterval : max(Self.wholeIntervalMin, Self.wholeIntervalPerLog * held)
  }

  /// How long nothing is to be done by the clock; `next` is what else is to be done.
  func rest(
    after time: ContinuousClock.Instant, _ next: ContinuousClock.Instant?
  ) -> Duration {
    guard isWatched else { return Self.pollInterval }
    var due = [(lastScan ?? time) + Self.scanInterval, (lastWhole ?? time) + wholeInterval]
    if needsJoin { due.append((lastJoin ?? time) + Self.joinInterval) }
    if let next { due.append(next) }
    return min(Self.storeInterval, max(.milliseconds(1), (due.min() ?? time) - time))
  }
}

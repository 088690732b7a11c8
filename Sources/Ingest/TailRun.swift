internal import LogModel
public import LogSource
public import LogStore

/// Follows logs into the store until it is cancelled.
///
/// Rounds: what is held open and grew is read first; then, after files came or went, what the paths
/// lead to is looked at, oldest logs last. Between rounds it waits for a change, at least the flush
/// interval. A log is held open while its path leads to it and a while
/// longer, so that rotation loses nothing. All that is known is in the store: a tail that is killed
/// goes on where its last commit was.
public struct TailRun: Sendable {
  /// Between two looks at everything when nothing tells of changes.
  private static let scanInterval = Duration.seconds(30)
  /// Between two looks where directories cannot be watched.
  private static let pollInterval = Duration.seconds(1)
  /// Pauses while the store is away: doubled from the first to the last.
  private static let backOffMin = Duration.milliseconds(100)
  private static let backOffMax = Duration.seconds(1)

  private let settings: IngestSettings
  private let flushInterval: Duration
  private let schemaCheck: Store.SchemaCheck
  private let notify: @Sendable (TailNotice) -> Void

  /// A tail with resolved settings, which need a store. Rows of a moderate load are in the store after
  /// about `flushInterval`.
  public init(
    settings: IngestSettings, flushInterval: Duration,
    schemaCheck: @escaping Store.SchemaCheck = Store.requireCoreSchema,
    notify: @escaping @Sendable (TailNotice) -> Void
  ) {
    self.settings = settings
    self.flushInterval = flushInterval
    self.schemaCheck = schemaCheck
    self.notify = notify
  }

  /// Follows what `paths` lead to, now and later. Ends by cancellation, and by what no waiting heals:
  /// `LoadError` of such kinds, `LogSourceError` for an unknown time zone.
  public func run(_ paths: [LogPath]) async throws {
    guard let conninfo = settings.conninfo else { preconditionFailure("a tail has a store") }
    let zones = try TimeZoneDatabase(zones: settings.timezones)
    let store = Store(
      conninfo: conninfo, rejectedBytes: settings.rejectedBytes, schemaCheck: schemaCheck)
    var round = TailRound(
      settings: settings, zones: zones, store: store, paths: paths, notify: notify)
    let watch = DirectoryWatch()
    var isWatched = false
    var lastScan: ContinuousClock.Instant?
    var needsScan = true
    var pause = Self.backOffMin
    var isAway = false
    while !Task.isCancelled {
      let began = ContinuousClock.now
      do {
        let change = watch.take()
        let isDue = lastScan.map { began - $0 >= Self.scanInterval } ?? true
        needsScan = needsScan || change.isStructural || isDue || !isWatched
        // What is written and not held is a young log, a gzip, or one too many.
        needsScan = needsScan || round.hasUnheld(change.written)
        let isComplete = try await round.readHeld(at: began)
        if needsScan || !isComplete {
          isWatched = watch.watch(await round.directories())
          try await round.scan()
          needsScan = false
          lastScan = began
        }
        if isAway { notify(.storeBack) }
        isAway = false
        pause = Self.backOffMin
      } catch let error as LoadError
        where error.isRetriable || error.code == .auth && round.isStarted
      {
        if !isAway { notify(.storeAway("\(error)")) }
        isAway = true
        needsScan = true
        await round.startOver()
        try await Task.sleep(for: pause)
        pause = min(pause * 2, Self.backOffMax)
        continue
      }
      let left = flushInterval - (ContinuousClock.now - began)
      if left > .zero { try await Task.sleep(for: left) }
      await watch.waitForChange(atMost: isWatched ? Self.scanInterval : Self.pollInterval)
    }
    await round.close()
  }
}

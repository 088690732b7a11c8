internal import LogModel
public import LogSource
public import LogStore

/// Follows logs into the store until it is cancelled.
///
/// Rounds: what is held open and grew is read first; then, after files came or went, what the paths
/// lead to is looked at, oldest logs last. A log is held open while its path leads to it and a while
/// longer, so that rotation loses nothing. All that is known is in the store: a tail that is killed
/// goes on where its last commit was.
public struct TailRun: Sendable {
  /// Between two looks at everything when nothing tells of changes.
  private static let scanInterval = Duration.seconds(30)
  /// Between two looks where directories cannot be watched.
  private static let pollInterval = Duration.seconds(1)
  /// Logs that are held open at most; the longest quiet one is closed, and opened when it grows.
  static let heldMax = 256
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
    var pause = Duration.milliseconds(100)
    var isAway = false
    while !Task.isCancelled {
      let began = ContinuousClock.now
      do {
        let change = watch.take()
        let isDue = lastScan.map { began - $0 >= Self.scanInterval } ?? true
        let hasRead = try await round.readHeld(at: began)
        // Something was written that is not held: a log that is young, a gzip.
        let isElsewhere = change.isContent && !hasRead
        needsScan = needsScan || change.isStructural || isElsewhere || isDue || !isWatched
        if needsScan {
          isWatched = watch.watch(await round.directories())
          try await round.scan()
          needsScan = false
          lastScan = began
        }
        if isAway { notify(.storeBack) }
        isAway = false
        pause = .milliseconds(100)
      } catch let error as LoadError where error.isRetriable || error.code == .auth && isAway {
        if !isAway { notify(.storeAway("\(error)")) }
        isAway = true
        needsScan = true
        await round.startOver()
        try await Task.sleep(for: pause)
        pause = min(pause * 2, Self.backOffMax)
        continue
      }
      try await wait(watch, isWatched, since: began)
    }
    await round.close()
  }

  /// Until something has changed, at least the flush interval after the round began.
  private func wait(
    _ watch: DirectoryWatch, _ isWatched: Bool, since began: ContinuousClock.Instant
  ) async throws {
    let left = flushInterval - (ContinuousClock.now - began)
    if left > .zero { try await Task.sleep(for: left) }
    let longest = isWatched ? Self.scanInterval : Self.pollInterval
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in watch.wakes { return } }
      group.addTask { try? await Task.sleep(for: longest) }
      await group.next()
      group.cancelAll()
    }
  }
}

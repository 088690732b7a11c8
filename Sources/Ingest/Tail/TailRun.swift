internal import LogModel
public import LogSource
public import LogStore

/// Follows logs into the store until it is cancelled.
///
/// What is held open and was written to is read first; then, after files came or went, what the paths
/// lead to is looked at, the newest logs first. Logs that are far behind are read beside. Between
/// rounds it waits for a change, at least the flush interval. All that is known is in the store: a tail
/// that is killed goes on where its last commit was.
public struct TailRun: Sendable {
  private let settings: IngestSettings
  private let flushInterval: Duration
  private let heldMax: Int
  private let slots: CatchUpSlots
  private let schemaCheck: Store.SchemaCheck
  private let notify: @Sendable (TailNotice) -> Void
  /// Whether it makes progress.
  public let pulse = TailPulse()

  /// A tail with resolved settings, which need a store. Rows of a moderate load are in the store after
  /// about `flushInterval`. At most `heldMax` logs are held open; `slots` are shared by the tails of a
  /// process.
  public init(
    settings: IngestSettings, flushInterval: Duration, heldMax: Int = 256,
    slots: CatchUpSlots = CatchUpSlots(1),
    schemaCheck: @escaping Store.SchemaCheck = Store.requireCoreSchema,
    notify: @escaping @Sendable (TailNotice) -> Void
  ) {
    self.settings = settings
    self.flushInterval = flushInterval
    self.heldMax = heldMax
    self.slots = slots
    self.schemaCheck = schemaCheck
    self.notify = notify
  }

  /// Follows what `paths` lead to, now and later, until `end` is asked for or the task is cancelled. Ends
  /// also by what no waiting heals: `LoadError` of such kinds, `LogSourceError` for an unknown time zone.
  public func run(_ paths: [LogPath], until end: TailEnd = TailEnd()) async throws {
    let zones = try TimeZoneDatabase(zones: settings.timezones)
    let watch = DirectoryWatch(wake: end.wake)
    let beside = CatchUp<StoreWorld>(settings: settings, slots: slots, wake: end.wake)
    let world = world(paths, zones, watch, beside)
    let other = self.world(paths, zones, watch, nil)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await beside.run(in: other) }
      group.addTask { try await follow(paths, in: world, until: end) }
      // Whichever ends, by its end or a failure, ends the other one too.
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func world(
    _ paths: [LogPath], _ zones: TimeZoneDatabase, _ watch: DirectoryWatch,
    _ beside: CatchUp<StoreWorld>?
  ) -> StoreWorld {
    guard let conninfo = settings.conninfo else { preconditionFailure("a tail has a store") }
    let store = Store(
      conninfo: conninfo, rejectedBytes: settings.rejectedBytes, schemaCheck: schemaCheck)
    return StoreWorld(
      paths: paths, settings: settings, zones: zones, store: store, watch: watch, beside: beside,
      progress: pulse.progress)
  }

  private func follow(
    _ paths: [LogPath], in world: StoreWorld, until end: TailEnd
  ) async throws {
    var round = TailRound(world: world, settings: settings, heldMax: heldMax, notify: notify)
    var backOff = BackOff(from: .milliseconds(100), to: .seconds(1))
    var isAway = false
    var agenda = TailAgenda()
    var isLast = false
    while !isLast {
      // Asked before the look: what was written until then is read.
      isLast = end.isAsked
      let began = ContinuousClock.now
      pulse.beat(isResting: false)
      do {
        // Nothing to be read would leave it unnoticed that the store is away, or back.
        try await isAway ? world.store.open() : round.requireStore()
        try await look(&round, &agenda, paths, in: world, isLast: isLast, at: began)
        if isAway { notify(.storeBack) }
        isAway = false
        backOff.reset()
      } catch let error as LoadError
        where error.isRetriable || error.code == .auth && round.isStarted
      {
        if !isAway { notify(.storeAway("\(error)")) }
        isAway = true
        round.startOver()
        await world.store.close()
        if isLast { break }
        await round.observe()
        pulse.beat(isResting: true)
        try await Task.sleep(for: backOff.next())
        continue
      }
      guard !isLast else { break }
      pulse.beat(isResting: true)
      let left = flushInterval - (ContinuousClock.now - began)
      if left > .zero, !end.isAsked { try await Task.sleep(for: left) }
      if !round.hasMore {
        await world.watch.waitForChange(atMost: agenda.rest(after: .now, round.nextLook))
      }
      try Task.checkCancellation()
    }
    await round.close()
    await world.store.close()
  }

  private func look(
    _ round: inout TailRound<StoreWorld>, _ agenda: inout TailAgenda, _ paths: [LogPath],
    in world: StoreWorld, isLast: Bool, at began: ContinuousClock.Instant
  ) async throws {
    let isLookDue = round.nextLook.map { $0 <= began } ?? false
    let isScanned = round.needsScan || isLookDue || agenda.isScanDue(at: began)
    let isWhole = isLast || agenda.isWholeDue(at: began)
    if isScanned {
      round.needsScan = true
      agenda.isWatched = world.watch.watch(await world.discovery.directories(of: paths))
    }
    try await round.step(isWhole: isWhole, at: began)
    let isJoined = isLast || agenda.isJoinDue(at: began)
    if isJoined { try await round.join() }
    agenda.note(
      scanned: isScanned, whole: isWhole, joined: isJoined, needsJoin: round.needsJoin,
      held: round.followed.count, hasDetached: round.hasDetached, at: began)
  }
}

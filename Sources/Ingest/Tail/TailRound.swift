internal import LogModel
internal import LogSource
internal import LogStore

/// The state of a tail, and its decisions: which logs are read when, in what order, and which are gone.
///
/// Time and the world go in; nothing is kept beside the store, so another tail goes on from there.
struct TailRound<World: TailWorld>: Sendable {
  /// Between two looks at logs that are held open while old ones are read.
  static var liveInterval: Duration { .milliseconds(50) }

  /// A file as it was when there was nothing more to do with it.
  struct Done: Sendable {
    /// As stored.
    var size: Int64
    var file: Int64?
    /// Decompressed bytes of the file that it holds, as far as known.
    var holds: Int64
  }

  let world: World
  let settings: IngestSettings
  /// Logs that are held open at most; the one longest quiet gives way, and is opened when it grows.
  let heldMax: Int
  /// A log that is further behind is read beside the others.
  let farBehindBytes: Int64
  /// For how long a look at everything takes up logs itself. Of many new ones the rest are read beside: who
  /// starts beside an archive does not wait for it, and a log that is written to comes first all the same.
  let takingTimeMax: Duration
  let notify: @Sendable (TailNotice) -> Void

  var source: LogServer?
  var followed: [FileKey: FollowedLog<World.Log>] = [:]
  var done: [FileKey: Done] = [:]
  /// Logs that are read beside the others.
  var away: Set<FileKey> = []
  /// Logs that wait for that, the newest last.
  var backlog: [LogInput] = []
  /// Gzip files that ended before their trailers, as they were when they were read.
  var cutGzip: [FileKey: Stamp] = [:]
  /// Gzip files that came while this run looked; they are read when nobody writes them any more.
  var unfinishedGzip = GrowingFiles()
  var troubles = Troubles()
  var whereabouts = Whereabouts()
  /// All that were found in the last look.
  var logs: [LogPath: FileKey] = [:]
  /// Where logs are that nobody writes any more, by the last look; they need not be held open.
  var finishedPaths: Set<LogPath> = []
  /// Files that are known to be over.
  var over: Set<Int64> = []
  /// What was written to and is not held open.
  var written: Set<LogPath> = []
  /// Something happened that only a look at everything clears.
  var needsScan = true
  /// What was read is to be joined with what was read before; at first, by an earlier run.
  var needsJoin = true
  private var logsTold = 0
  /// A first look at everything is done.
  private(set) var isStarted = false
  private let beginnings = RegisteredBeginnings()

  init(
    world: World, settings: IngestSettings, heldMax: Int, farBehindBytes: Int64 = 16 << 20,
    takingTimeMax: Duration = .seconds(2),
    notify: @escaping @Sendable (TailNotice) -> Void
  ) {
    self.world = world
    self.settings = settings
    self.heldMax = heldMax
    self.farBehindBytes = farBehindBytes
    self.takingTimeMax = takingTimeMax
    self.notify = notify
  }

  /// Does what is to be done at a moment: reads what was written, of everything that is held open when
  /// `isWhole`, and looks at all paths where that is needed.
  mutating func step(isWhole: Bool, at time: ContinuousClock.Instant) async throws {
    try await begin()
    try await takeCaughtUp(at: time)
    try await readLive(isWhole: isWhole, at: time)
    if needsScan { try await scan(at: time) }
    try await takeWritten(at: time)
    await beginCatchUp()
  }

  /// Throws what a store that went away while nothing was read from it throws.
  func requireStore() async throws {
    if source != nil { try await world.requireStore() }
  }

  /// Reads what was written to logs that are held open.
  mutating func readLive(isWhole: Bool = false, at time: ContinuousClock.Instant) async throws {
    let change = world.changes()
    needsScan = needsScan || change.isStructural
    let paths = Set(change.written.map { $0.absolute() })
    written.formUnion(paths)
    try await readFollowed(isWhole || change.isStructural ? nil : paths, at: time)
  }

  /// Joins what was read; a part of a round that need not be at once.
  mutating func join() async throws {
    guard needsJoin else { return }
    try await world.join()
    needsJoin = false
  }

  /// When there is something to do though nothing changes; nil for never.
  var nextLook: ContinuousClock.Instant? {
    [troubles.nextTry, whereabouts.nextLook, unfinishedGzip.nextLook].compactMap(\.self).min()
  }

  /// Logs that no path leads to tell of nothing: they are looked at often.
  var hasDetached: Bool { followed.values.contains { $0.quietSince != nil } }

  /// Something was written that the step did not come to.
  var hasMore: Bool { !written.isEmpty }

  private var taking: LogTaking<World>? {
    source.map {
      LogTaking(world: world, source: $0, settings: settings, beginnings: beginnings)
    }
  }

  private mutating func begin() async throws {
    guard source == nil else { return }
    source = try await world.begin()
  }

  /// Looks at what is held open while nothing can be read: what vanishes unread is known then.
  mutating func observe() async {
    for (key, log) in followed where !log.isAway {
      // What can't be looked at now is looked at again when the store is back.
      guard let now = try? await log.log.sighting(at: log.path), now.size >= log.sizeSeen else {
        continue
      }
      followed[key]?.sizeSeen = now.size
    }
  }

  /// The store was away: what was under way is read anew from what it has.
  mutating func startOver() {
    for key in followed.keys { followed[key]?.sizeRead = -1 }
    needsScan = true
    needsJoin = true
  }

  func close() async {
    for log in followed.values { await log.log.close() }
  }

  // MARK: logs that are open

  /// Reads what was written to the logs that are held open: those at `paths`, those that no path leads
  /// to, and those that are to be read anew; all for nil.
  private mutating func readFollowed(
    _ paths: Set<LogPath>?, at time: ContinuousClock.Instant
  ) async throws {
    for (key, log) in followed where !log.isAway {
      guard
        paths?.contains(log.path) ?? true || log.quietSince != nil || log.sizeRead < 0
      else { continue }
      try await advance(key, log, at: time)
    }
  }

  private mutating func advance(
    _ key: FileKey, _ log: FollowedLog<World.Log>, at time: ContinuousClock.Instant
  ) async throws {
    var log = log
    let now: FileSighting?
    do throws(LogSourceError) {
      now = try await log.log.sighting(at: log.path)
    } catch {
      return await drop(key, log, error.description, at: time)
    }
    guard let now else { return await drop(key, log, nil, at: time) }
    let step = log.step(now, at: time)
    log.sizeSeen = max(log.sizeSeen, now.size)
    if case .identify = step {
      // What was seen of the old content while it could not be read.
      whereabouts.see(log.file, at: log.path, size: log.sizeSeen)
    }
    followed[key] = log
    switch step {
    case .wait: break
    case .read: try await read(key, log, size: now.size, at: time)
    case .identify: await drop(key, log, nil, at: time)
    case .close:
      notify(.finished(log.path))
      try await finish(log)
      followed[key] = nil
      await log.log.close()
    }
  }

  /// Nothing comes any more: a last record that is not whole is lost.
  private mutating func finish(_ log: FollowedLog<World.Log>) async throws {
    try await world.registry.finish([(log.file, log.path.escaped)])
    whereabouts.finish(log.file)
    let from = try await world.registry.noteLoss(
      file: log.file, to: log.sizeRead,
      reason: "it was deleted before its last record was written to its end")
    if let from { notify(.lost(log.path, from: from, to: log.sizeRead)) }
  }

  private mutating func read(
    _ key: FileKey, _ log: FollowedLog<World.Log>, size: Int64, at time: ContinuousClock.Instant
  ) async throws {
    guard let source, let taking else { return }
    if size - max(0, log.sizeRead) > farBehindBytes, await world.isCatchUpFree() {
      followed[key]?.isAway = true
      away.insert(key)
      return await world.catchUp(
        CatchUpJob(key: key, log: log.log, source: source, file: log.file))
    }
    try await settle(key, log.log, log.path, taking.readOn(log.log, file: log.file), size, at: time)
  }

  /// Closes a log that can't be followed any more; what its path leads to is looked at.
  private mutating func drop(
    _ key: FileKey, _ log: FollowedLog<World.Log>, _ problem: String?,
    at time: ContinuousClock.Instant
  ) async {
    if let problem { tell(log.path, problem, at: time) }
    followed[key] = nil
    done[key] = nil
    needsScan = true
    await log.log.close()
  }

  /// Notes what came of taking or reading a log that had `size` bytes before.
  mutating func settle(
    _ key: FileKey, _ log: World.Log, _ path: LogPath, _ taken: Taken, _ size: Int64,
    at time: ContinuousClock.Instant
  ) async throws {
    switch taken {
    case .followed(let file, let readTo) where finishedPaths.contains(path) && followed[key] == nil:
      needsJoin = true
      troubles.clear(path)
      whereabouts.see(file, at: path, size: max(size, readTo))
      done[key] = Done(size: readTo, file: file, holds: readTo)
    case .followed(let file, let readTo):
      needsJoin = true
      troubles.clear(path)
      whereabouts.see(file, at: path, size: max(size, readTo))
      let isNew = followed[key] == nil
      if isNew { await makeRoom() }
      var next = FollowedLog(
        log: log, file: file, path: path, sizeRead: readTo, readAt: time)
      next.quietSince = followed[key]?.quietSince
      followed[key] = next
      if isNew, isStarted { notify(.opened(path)) }
      return
    case .complete(let file, let holds, let note):
      if let note { notify(.problem(path, note)) }
      needsJoin = true
      troubles.clear(path)
      done[key] = Done(size: size, file: file, holds: holds)
      if let file, log.input.form == .plain { whereabouts.see(file, at: path, size: size) }
    case .changed(let file, let readTo):
      // What was read of the old content was there; how much more of it there was is not known.
      if let readTo { whereabouts.see(file, at: path, size: max(size, readTo)) }
      await noteSeen(of: file, key, log, path)
      done[key] = nil
      needsScan = true
    case .incomplete(let text, let file):
      whereabouts.see(file, at: path, size: size)
      tell(path, text, at: time)
      done[key] = nil
      cutGzip[key] = Stamp(log.input)
    case .trouble(let text, let file):
      if let file { whereabouts.see(file, at: path, size: size) }
      tell(path, text, at: time)
      done[key] = nil
    }
    if unfinishedGzip.forget(key) { needsScan = true }
    followed[key] = nil
    await log.close()
  }

  /// A log was changed while it was to be read: where it is shorter now than it was seen, that was its
  /// old content.
  private mutating func noteSeen(
    of file: Int64, _ key: FileKey, _ log: World.Log, _ path: LogPath
  ) async {
    guard let followed = followed[key], followed.file == file,
      let now = try? await log.sighting(at: path), now.size < followed.sizeSeen
    else { return }
    whereabouts.see(file, at: path, size: followed.sizeSeen)
  }

  /// Closes the log that was quiet longest where too many are held.
  private mutating func makeRoom() async {
    guard followed.count >= heldMax,
      let oldest = followed.filter({ !$0.value.isAway }).min(by: {
        $0.value.readAt < $1.value.readAt
      })
    else { return }
    followed[oldest.key] = nil
    done[oldest.key] = Done(
      size: oldest.value.sizeRead, file: oldest.value.file, holds: oldest.value.sizeRead)
    await oldest.value.log.close()
  }

  mutating func tell(_ path: LogPath, _ problem: String, at time: ContinuousClock.Instant) {
    if troubles.note(problem, at: path, time) { notify(.problem(path, problem)) }
  }

  // MARK: logs that were found

  /// Takes up a log that is not followed; what takes long is left to `catchUp`, as is what the store does
  /// not have when `isLate`.
  mutating func take(
    _ input: LogInput, _ catalog: FileCatalog?, isLate: Bool = false,
    at time: ContinuousClock.Instant
  ) async throws {
    let key = FileKey(input)
    let path = input.path.absolute()
    guard let taking, followed[key] == nil, !away.contains(key) else { return }
    if let stamp = cutGzip[key] {
      guard stamp != Stamp(input) else { return troubles.rest(path, at: time) }
      cutGzip[key] = nil
      troubles.retry(path, at: time)
    }
    guard troubles.mayTry(path, at: time) else { return }
    if input.form == .gzip {
      let age = Duration.nanoseconds(world.wallNanoseconds() - input.modifiedAt)
      guard !unfinishedGzip.isGrowing(key, size: input.storedBytes, age: age, at: time) else {
        // Of the same size in the end, it may be another one.
        done[key] = nil
        return
      }
    }
    let log = world.log(input)
    if let catalog, let known = await catalog.known(log) {
      return try await settle(key, log, path, known, input.storedBytes, at: time)
    }
    guard !isLate, input.form == .plain, input.storedBytes <= farBehindBytes else {
      // A live log does not wait for the end of a look at everything. What is put off is put in its place
      // then; what else comes is the newest.
      if !isLate, input.form == .plain, await catchUp(input) { return }
      backlog.append(input)
      return
    }
    try await settle(
      key, log, path, taking.take(log), input.storedBytes, at: time)
  }

  mutating func start(logs count: Int) {
    if !isStarted { notify(.started(logs: count)) }
    if count != logsTold { notify(.looked(logs: count)) }
    isStarted = true
    logsTold = count
  }
}

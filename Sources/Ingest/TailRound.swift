internal import LogModel
internal import LogParsing
internal import LogSource
internal import LogStore

/// The state of a tail, and what it does in a round.
struct TailRound: Sendable {
  /// A file as it was when there was nothing more to do with it.
  private struct Done: Hashable, Sendable {
    var device: Int64
    var inode: Int64
    var size: Int64
  }

  private let settings: IngestSettings
  private let zones: TimeZoneDatabase
  private let store: Store
  private let paths: [LogPath]
  private let notify: @Sendable (TailNotice) -> Void
  private let progress = ImportProgress()

  private var source: LogServer?
  /// By the absolute path where they were found.
  private var held: [LogPath: FollowedLog] = [:]
  /// Held logs whose path leads to another file meanwhile.
  private var detached: [FollowedLog] = []
  private var done: [LogPath: Done] = [:]
  /// Problems that were told already.
  private var told: [LogPath: String] = [:]
  private var isStarted = false

  init(
    settings: IngestSettings, zones: TimeZoneDatabase, store: Store, paths: [LogPath],
    notify: @escaping @Sendable (TailNotice) -> Void
  ) {
    self.settings = settings
    self.zones = zones
    self.store = store
    self.paths = paths
    self.notify = notify
  }

  func close() async {
    for log in held.values { await log.reader.close() }
    for log in detached { await log.reader.close() }
    await store.close()
  }

  /// The store was away: what was under way is read anew from what it has.
  mutating func startOver() async {
    for path in held.keys { held[path]?.sizeRead = -1 }
    for index in detached.indices { detached[index].sizeRead = -1 }
    await store.close()
  }

  // MARK: logs that are open

  /// Reads what was written to the logs that are held open; false when that was nothing.
  @discardableResult
  mutating func readHeld(at time: ContinuousClock.Instant) async throws -> Bool {
    guard source != nil else { return false }
    var hasRead = false
    for (path, log) in held {
      guard let next = try await advance(log, at: time, &hasRead) else {
        held[path] = nil
        done[path] = nil
        continue
      }
      held[path] = next.quietSince == nil ? next : nil
      if next.quietSince != nil { detached.append(next) }
    }
    var kept: [FollowedLog] = []
    for log in detached {
      if let next = try await advance(log, at: time, &hasRead) { kept.append(next) }
    }
    detached = kept
    if hasRead { try await join() }
    return hasRead
  }

  /// Nil when the log is not followed any more.
  private func advance(
    _ log: FollowedLog, at time: ContinuousClock.Instant, _ hasRead: inout Bool
  ) async throws -> FollowedLog? {
    var log = log
    guard let now = try? await log.reader.sighting() else {
      await log.reader.close()
      return nil
    }
    switch log.step(now, at: time) {
    case .wait: return log
    case .read:
      hasRead = true
      return try await read(log, size: now.size)
    case .identify:
      await log.reader.close()
      return nil
    case .close:
      notify(.finished(log.reader.input.path))
      await log.reader.close()
      return nil
    }
  }

  /// Reads an open log to its end; nil when its content is not what it was.
  private func read(_ log: FollowedLog, size: Int64) async throws -> FollowedLog? {
    guard let source, let generation = try await store.generation(id: log.file) else {
      await log.reader.close()
      return nil
    }
    var next = log
    let run = FileRun(
      settings: settings, zones: zones, source: source.id, loader: store, progress: progress)
    let outcome = try await run.read(log.reader, from: generation)
    if let problem = outcome.problem {
      notify(.problem(log.reader.input.path, problem))
      await log.reader.close()
      return nil
    }
    next.sizeRead = size
    return next
  }

  private func join() async throws {
    guard let source else { return }
    try await SegmentJoining(store: store, source: source.id).run()
  }

  // MARK: what the paths lead to

  /// The directories in which something may change.
  func directories() async -> Set<LogPath> {
    await InputDiscovery().directories(of: paths)
  }

  /// Looks at all that the paths lead to, and reads what is new; the newest logs first.
  mutating func scan() async throws {
    if source == nil {
      try await store.open()
      source = try await store.source(settings.source, creating: true)
      guard let source else { return }
      try await store.update(
        source: source.id, timezones: settings.timezones, encoding: settings.encoding.rawValue)
      try await store.finishForgetting(source: source.id)
    }
    let found = try await InputDiscovery().find(paths)
    for problem in found.problems {
      tell(problem.path, problem.explanation)
    }
    var hasRead = false
    for input in found.inputs.reversed() {
      try Task.checkCancellation()
      if try await take(input) {
        hasRead = true
        // What is written meanwhile does not wait for old logs.
        try await readHeld(at: .now)
      }
    }
    if !isStarted { notify(.started(logs: found.inputs.count)) }
    isStarted = true
    if hasRead { try await join() }
  }

  private mutating func tell(_ path: LogPath, _ problem: String) {
    guard told[path] != problem else { return }
    told[path] = problem
    notify(.problem(path, problem))
  }

  /// Reads an input that is not held; false when there was nothing to do.
  private mutating func take(_ input: LogInput) async throws -> Bool {
    let path = input.path.absolute()
    guard let source, held[path] == nil else { return false }
    let now = Done(device: input.device, inode: input.inode, size: input.storedBytes)
    guard done[path] != now else { return false }
    let reader = LogReader(input)
    var registration = FileRegistration(store: store, source: source, settings: settings)
    do {
      let facts = try await reader.open()
      let answer = try await registration.resolve(reader, facts)
      if case .read(let generation) = answer {
        if isStarted { notify(.opened(input.path)) }
        return try await follow(reader, generation, path, now)
      }
      if case .elsewhere(let other) = answer {
        tell(path, "the same content is in the store under source \(other)")
      }
      done[path] = now
    } catch let error as LogSourceError where error.code != .cancelled {
      tell(path, error.description)
    }
    await reader.close()
    return false
  }

  private mutating func follow(
    _ reader: LogReader, _ generation: Generation, _ path: LogPath, _ now: Done
  ) async throws -> Bool {
    let log = FollowedLog(reader: reader, file: generation.id)
    let size = try? await reader.sighting()?.size
    let next = try await read(log, size: size ?? now.size)
    guard let next, size != nil, held.count < TailRun.heldMax else {
      // A gzip does not grow, or is looked at again when its size has changed.
      done[path] = now
      if next != nil { await reader.close() }
      return true
    }
    held[path] = next
    return true
  }
}

internal import LogModel
internal import LogParsing
internal import LogSource
internal import LogStore

/// The state of a tail, and what it does in a round.
struct TailRound: Sendable {
  /// Logs that are held open at most; the one longest quiet gives way, and is opened when it grows.
  private static let heldMax = 256

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
  /// All that were found in the last look.
  private var logs: Set<LogPath> = []
  /// Problems that were told already.
  private var told: [LogPath: String] = [:]
  /// A first look at everything is done.
  private(set) var isStarted = false

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

  /// Whether a log among `paths` is not held open; others write to the same directories.
  func hasUnheld(_ paths: Set<LogPath>) -> Bool {
    paths.contains { path in
      let path = path.absolute()
      return logs.contains(path) && held[path] == nil
    }
  }

  /// Reads what was written to the logs that are held open; false when one of them is held no longer,
  /// so that its path has to be looked at.
  @discardableResult
  mutating func readHeld(at time: ContinuousClock.Instant) async throws -> Bool {
    guard source != nil else { return true }
    var isComplete = true
    var hasRead = false
    for (path, log) in held {
      let next = try await advance(log, at: time, &hasRead)
      if let next, next.quietSince != nil { detached.append(next) }
      held[path] = next?.quietSince == nil ? next : nil
      if next == nil {
        isComplete = false
        done[path] = nil
      }
    }
    var kept: [FollowedLog] = []
    for log in detached {
      if let next = try await advance(log, at: time, &hasRead) { kept.append(next) }
    }
    detached = kept
    if hasRead { try await join() }
    return isComplete
  }

  /// Nil when the log is not followed any more.
  private mutating func advance(
    _ log: FollowedLog, at time: ContinuousClock.Instant, _ hasRead: inout Bool
  ) async throws -> FollowedLog? {
    var log = log
    let now: FileSighting?
    do throws(LogSourceError) {
      now = try await log.reader.sighting()
    } catch {
      tell(log.reader.input.path, error.description)
      now = nil
    }
    switch now.map({ log.step($0, at: time) }) {
    case .wait: return log
    case .read:
      hasRead = true
      return try await read(log, size: now?.size ?? 0)
    case .close:
      notify(.finished(log.reader.input.path))
      await log.reader.close()
    case .identify, nil: await log.reader.close()
    }
    return nil
  }

  /// Reads an open log to its end; nil when its content is not what it was.
  private mutating func read(_ log: FollowedLog, size: Int64) async throws -> FollowedLog? {
    guard let source, let generation = try await store.generation(id: log.file) else {
      await log.reader.close()
      return nil
    }
    var next = log
    let run = FileRun(
      settings: settings, zones: zones, source: source.id, loader: store, progress: progress)
    let outcome = try await run.read(log.reader, from: generation)
    if let problem = outcome.problem {
      tell(log.reader.input.path, problem)
      await log.reader.close()
      return nil
    }
    told[log.reader.input.path] = nil
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
    logs = Set(found.inputs.map { $0.path.absolute() })
    done = done.filter { logs.contains($0.key) }
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
        if isStarted, told[input.path] == nil { notify(.opened(input.path)) }
        return try await follow(reader, generation, path, now)
      }
      if case .elsewhere(let other) = answer {
        tell(
          input.path,
          "the same content is in the store under source \(other). Name that source with --source")
      }
      done[path] = now
    } catch let error as LogSourceError where error.code != .cancelled {
      tell(input.path, error.description)
    }
    await reader.close()
    return false
  }

  private mutating func follow(
    _ reader: LogReader, _ generation: Generation, _ path: LogPath, _ now: Done
  ) async throws -> Bool {
    let size = try await reader.sighting()?.size
    let log = FollowedLog(reader: reader, file: generation.id, readAt: .now)
    guard let next = try await read(log, size: size ?? now.size) else { return true }
    guard size != nil else {
      // A gzip is looked at again when its size has changed.
      done[path] = now
      await reader.close()
      return true
    }
    await makeRoom()
    held[path] = next
    return true
  }

  /// Closes the log that was quiet longest where too many are held.
  private mutating func makeRoom() async {
    guard held.count >= Self.heldMax,
      let oldest = held.min(by: { $0.value.readAt < $1.value.readAt })
    else { return }
    held[oldest.key] = nil
    if let facts = await oldest.value.reader.openedAs {
      done[oldest.key] = Done(
        device: facts.device ?? 0, inode: facts.inode ?? 0, size: oldest.value.sizeRead)
    }
    await oldest.value.reader.close()
  }
}

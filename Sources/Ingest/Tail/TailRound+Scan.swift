internal import LogModel
internal import LogSource
internal import LogStore

extension TailRound {
  /// What changes about a file when it is written to.
  struct Stamp: Sendable, Equatable {
    var size: Int64
    var modifiedAt: Int64

    init(_ input: LogInput) {
      size = input.storedBytes
      modifiedAt = input.modifiedAt
    }
  }

  /// From so many new logs on, what is known of all files is fetched at once.
  private static var catalogMin: Int { 8 }

  /// Looks at all that the paths lead to, and takes up what is new; the newest logs first.
  mutating func scan(at time: ContinuousClock.Instant) async throws {
    guard let source else { return }
    needsScan = false
    let found = try await world.find()
    for problem in found.problems { tell(problem.path, problem.explanation, at: time) }
    try await locate(found)
    let queued = Set(backlog.map { FileKey($0) })
    let new = found.inputs.filter { isNew($0) }
    let unknown = new.count { !queued.contains(FileKey($0)) }
    let catalog =
      unknown < Self.catalogMin
      ? nil : try await FileCatalog(world.registry.generations(source: source.id))
    backlog = []
    defer { backlog.reverse() }
    finishedPaths = Set(FinishedLogs.among(found.inputs).map { $0.path.absolute() })
    let began = world.now()
    var lastLive = began
    for input in new.reversed() {
      try Task.checkCancellation()
      if queued.contains(FileKey(input)) {
        backlog.append(input)
      } else {
        let isLate = world.now() - began >= takingTimeMax
        try await take(input, catalog, isLate: isLate, at: time)
      }
      // What is written meanwhile does not wait for old logs.
      if world.now() - lastLive > Self.liveInterval {
        try await readLive(at: time)
        try await takeWritten(at: time)
        lastLive = world.now()
      }
    }
    if !isStarted { try await expectFormer(source.id, found) }
    start(logs: found.inputs.count)
    try await finishOld(found.inputs)
    try await noteLosses(found, at: time)
  }

  /// Learns where files are: names change, and what was known of files that are gone is forgotten.
  private mutating func locate(_ found: Discovery) async throws {
    logs = [:]
    var moved: [(file: Int64, path: String)] = []
    for input in found.inputs {
      let path = input.path.absolute()
      let key = FileKey(input)
      logs[path] = key
      if let log = followed[key], log.path != path {
        followed[key]?.path = path
        moved.append((log.file, path.escaped))
      }
    }
    try await world.registry.move(moved)
    let keys = Set(logs.values)
    done = done.filter { keys.contains($0.key) }
    unfinishedGzip.keep { keys.contains($0) }
    cutGzip = cutGzip.filter { keys.contains($0.key) }
    let problems = Set(found.problems.map { $0.path })
    let known = logs
    troubles.keep { known[$0] != nil || problems.contains($0) }
  }

  private func isNew(_ input: LogInput) -> Bool {
    let key = FileKey(input)
    return followed[key] == nil && !away.contains(key) && done[key]?.size != input.storedBytes
  }

  /// What earlier runs have read and not to its end should be there.
  private mutating func expectFormer(_ source: Int32, _ found: Discovery) async throws {
    let places = Set(found.directories.map { $0.absolute() })
    for generation in try await world.registry.unfinished(source: source) {
      let path = LogPath(escaped: generation.path)
      guard places.contains(path.parent) else { continue }
      whereabouts.expect(
        generation.id, at: path, size: max(generation.committedOffset, generation.sizeSeen))
    }
  }

  /// Notes which logs nobody writes any more.
  private mutating func finishOld(_ inputs: [LogInput]) async throws {
    var finished: [(file: Int64, path: String)] = []
    for input in FinishedLogs.among(inputs) {
      let key = FileKey(input)
      let log = followed[key]
      guard let file = log?.file ?? done[key]?.file,
        log?.sizeRead ?? done[key]?.size == input.storedBytes, over.insert(file).inserted
      else { continue }
      finished.append((file, input.path.absolute().escaped))
    }
    try await world.registry.finish(finished)
  }

  /// Notes what is gone. Only after a look at everything: what can't be looked at may be there.
  private mutating func noteLosses(
    _ found: Discovery, at time: ContinuousClock.Instant
  ) async throws {
    let isHiding = found.problems.contains {
      switch $0.kind {
      case .permissionDenied, .readFailed, .notFound: true
      default: false
      }
    }
    let hasUnknown = found.inputs.contains { input in
      let key = FileKey(input)
      return followed[key] == nil && done[key] == nil
        && !troubles.isLasting(input.path.absolute())
    }
    guard away.isEmpty, backlog.isEmpty, !isHiding, !hasUnknown else { return }
    let present = present
    for missing in whereabouts.look(present: present, at: time) {
      guard await !isElsewhere(missing) else { continue }
      let reason =
        missing.end == nil
        ? "it was deleted or overwritten while nobody followed it"
        : "it was deleted or overwritten before it was read"
      let from = try await world.registry.noteLoss(
        file: missing.file, to: missing.end, reason: reason)
      if let from { notify(.lost(missing.path, from: from, to: missing.end)) }
    }
  }

  /// The files that are there, and how much of each.
  private var present: [Int64: Int64] {
    var present: [Int64: Int64] = [:]
    for log in followed.values { present[log.file] = max(present[log.file] ?? 0, log.sizeRead) }
    for log in done.values {
      if let file = log.file { present[file] = max(present[file] ?? 0, log.holds) }
    }
    return present
  }

  /// Whether a file is over, or where it was seen by an earlier run that followed other paths.
  private func isElsewhere(_ missing: Whereabouts.Missing) async -> Bool {
    if over.contains(missing.file) { return true }
    guard missing.end == nil, logs[missing.path] == nil else { return false }
    return await world.log(at: missing.path) != nil
  }
}

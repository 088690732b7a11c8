internal import LogModel
internal import LogSource

extension TailRound {
  /// Takes up logs that were written to and are not held: young ones, gzip files, one too many, and those
  /// that wait to be read beside.
  mutating func takeWritten(at time: ContinuousClock.Instant) async throws {
    let paths = written.sorted()
    written = []
    var lastLive = world.now()
    for path in paths {
      try Task.checkCancellation()
      try await takeWritten(path, at: time)
      if world.now() - lastLive > Self.liveInterval {
        try await readLive(at: time)
        lastLive = world.now()
      }
    }
  }

  private mutating func takeWritten(
    _ path: LogPath, at time: ContinuousClock.Instant
  ) async throws {
    guard let key = logs[path], followed[key] == nil else { return }
    guard let input = await world.log(at: path) else {
      needsScan = true
      return
    }
    if away.contains(key) {
      guard input.form == .plain, input.storedBytes <= farBehindBytes, await world.recall(key)
      else { return }
      away.remove(key)
    }
    try await take(input, nil, at: time)
  }

  /// Leaves what waits to be read beside, the newest first.
  mutating func beginCatchUp() async {
    while let input = backlog.last, await catchUp(input) { backlog.removeLast() }
  }

  /// Has a log read beside; false when there is no place for it now.
  mutating func catchUp(_ input: LogInput) async -> Bool {
    guard let source, await world.isCatchUpFree() else { return false }
    let key = FileKey(input)
    guard followed[key] == nil, done[key]?.size != input.storedBytes,
      away.insert(key).inserted
    else { return true }
    await world.catchUp(CatchUpJob(key: key, log: world.log(input), source: source, file: nil))
    return true
  }

  /// Takes over what was read beside.
  mutating func takeCaughtUp(at time: ContinuousClock.Instant) async throws {
    var failure: (any Error)?
    for result in await world.caughtUp() {
      let key = result.job.key
      let path = followed[key]?.path ?? result.job.log.input.path.absolute()
      away.remove(key)
      switch result.outcome {
      case .success(let taken):
        let size = result.job.file == nil ? result.job.log.input.storedBytes : 0
        try await settle(key, result.job.log, path, taken, size, at: time)
      case .failure(let error):
        followed[key] = nil
        needsScan = true
        await result.job.log.close()
        failure = error
      }
    }
    if let failure { throw failure }
  }
}

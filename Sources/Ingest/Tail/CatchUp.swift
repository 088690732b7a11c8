internal import LogSource

/// Reads logs that are far behind, one at a time, beside what a tail reads as it is written.
actor CatchUp<World: TailWorld> {
  private let settings: IngestSettings
  private let slots: CatchUpSlots
  /// Raised for the tail when a job is done.
  private let isDone: Wake
  private let hasJob = Wake()
  private let beginnings = RegisteredBeginnings()
  /// Jobs that wait: enough to have the next one at hand until the tail looks again, also where they are
  /// small.
  private let jobsMax = 64
  /// Logs that are held open until the tail takes them.
  private let heldMax = 8
  private var jobs: [CatchUpJob<World.Log>] = []
  private var results: [CatchUpResult<World.Log>] = []

  init(settings: IngestSettings, slots: CatchUpSlots, wake: Wake) {
    self.settings = settings
    self.slots = slots
    isDone = wake
  }

  /// Whether it takes another job.
  var isFree: Bool { jobs.count < jobsMax && held < heldMax }

  private var held: Int { results.count { !$0.isClosed } }

  func begin(_ job: CatchUpJob<World.Log>) {
    jobs.append(job)
    hasJob.raise()
  }

  /// Takes back a job that has not begun; false when there is none.
  func recall(_ key: FileKey) -> Bool {
    // The first one is under way.
    guard let at = jobs.dropFirst().firstIndex(where: { $0.key == key }) else { return false }
    jobs.remove(at: at)
    return true
  }

  /// What became of the jobs since the last call.
  func take() -> [CatchUpResult<World.Log>] {
    defer { results = [] }
    return results
  }

  /// Does jobs in a world of its own until the task is cancelled.
  func run(in world: World) async throws {
    while true {
      try Task.checkCancellation()
      guard let next = jobs.first else {
        await hasJob.sleep(atMost: .seconds(3600))
        continue
      }
      await slots.take()
      let outcome = await perform(next, in: world)
      await slots.give()
      let result = CatchUpResult(job: next, outcome: outcome)
      if result.isClosed { await next.log.close() }
      results.append(result)
      jobs.removeFirst()
      isDone.raise()
    }
  }

  private func perform(
    _ job: CatchUpJob<World.Log>, in world: World
  ) async -> Result<Taken, any Error> {
    let taking = LogTaking(
      world: world, source: job.source, settings: settings, beginnings: beginnings)
    do {
      guard let file = job.file else { return .success(try await taking.take(job.log)) }
      return .success(try await taking.readOn(job.log, file: file))
    } catch {
      return .failure(error)
    }
  }
}

/// How many logs are caught up at a time by all tails of a process, as each takes memory for its
/// batches.
public actor CatchUpSlots {
  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// So many at a time.
  public init(_ count: Int) { free = count }

  func take() async {
    guard free == 0 else {
      free -= 1
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  func give() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}

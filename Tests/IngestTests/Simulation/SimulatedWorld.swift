import LogModel
import LogSource
import LogStore
import Synchronization

@testable import Ingest

/// The process was killed.
struct SimulatedKill: Error {}

/// The world of one life of a tail: dies with it.
final class SimulatedWorld: TailWorld {
  private struct State {
    var time = ContinuousClock.now
    var job: CatchUpJob<SimulatedLog>?
    var results: [CatchUpResult<SimulatedLog>] = []
    var logs: [SimulatedLog] = []
  }

  let disk: SimulatedDisk
  let store: SimulatedRegistry
  let settings: IngestSettings
  let meanwhile: @Sendable () throws -> Void
  /// Whether the job has not begun yet.
  let isDelayed: @Sendable () -> Bool
  /// Whether directories tell of changes.
  let isWatched: Bool
  private let state = Mutex(State())

  init(
    _ disk: SimulatedDisk, _ store: SimulatedRegistry, isWatched: Bool,
    time: ContinuousClock.Instant, meanwhile: @escaping @Sendable () throws -> Void,
    isDelayed: @escaping @Sendable () -> Bool
  ) {
    self.disk = disk
    self.store = store
    self.settings = IngestSettings()
    self.isWatched = isWatched
    self.meanwhile = meanwhile
    self.isDelayed = isDelayed
    state.withLock { $0.time = time }
  }

  var registry: any FileRegistry { store }

  func now() -> ContinuousClock.Instant { state.withLock { $0.time } }

  func wallNanoseconds() -> Int64 { disk.with { $0.nanoseconds } }

  func begin() async throws -> LogServer {
    try store.before()
    return LogServer(id: 1, name: "default", timezones: [], encoding: "LATIN1")
  }

  func requireStore() async throws {}

  func changes() -> DirectoryWatch.Change {
    let change = disk.takeChange()
    return isWatched ? change : DirectoryWatch.Change()
  }

  func find() async throws -> Discovery {
    try meanwhile()
    var found = Discovery()
    found.inputs = disk.inputs()
    found.directories = [LogPath("/log")]
    return found
  }

  func log(at path: LogPath) async -> LogInput? { disk.input(at: path) }

  func log(_ input: LogInput) -> SimulatedLog {
    let log = SimulatedLog(input, disk, meanwhile: meanwhile, tell: store.tell)
    state.withLock { $0.logs.append(log) }
    return log
  }

  /// Commits whole lines in pieces; what else happens, happens in between. It takes so long that a look at
  /// everything sees to the live logs after it.
  func read(_ log: SimulatedLog, from generation: Generation) async throws -> FileOutcome {
    advance(.milliseconds(60))
    var outcome = FileOutcome(path: log.input.path, result: .imported, file: generation.id)
    var now = generation
    guard let first = log.file, SimulatedLog.fits(now, first.content) else {
      outcome.isChanged = true
      return outcome
    }
    var end = first.content.count
    while true {
      guard let file = log.file else { break }
      let offset = Int(now.committedOffset)
      // As the reader does before each piece: what was read last has to be there still.
      guard file.content.count >= offset, SimulatedLog.fits(now, file.content) else {
        outcome.isChanged = true
        break
      }
      let piece = file.content[offset...].prefix(4250)
      guard let last = piece.lastIndex(of: UInt8(ascii: "\n")) else {
        end = file.content.count
        break
      }
      let bytes = Array(piece[...last])
      guard try store.commit(bytes, file: generation.id, from: Int64(offset)) else { break }
      outcome.bytes += Int64(bytes.count)
      guard let next = try await store.generation(id: generation.id) else { break }
      now = next
      try meanwhile()
    }
    outcome.readTo = outcome.isChanged ? now.committedOffset : Int64(end)
    outcome.pendingBytes = outcome.isChanged ? 0 : max(0, end - Int(now.committedOffset))
    let isGzip = log.input.form == .gzip
    let state: GenerationState =
      isGzip ? (log.file?.isComplete == true ? .done : .incomplete) : .active
    try await store.note([
      GenerationSighting(
        file: generation.id, path: log.input.path.escaped, state: state, device: 1,
        inode: log.input.inode, sizeSeen: outcome.readTo, pendingBytes: Int64(outcome.pendingBytes))
    ])
    if state == .incomplete { outcome.problem = "ends before its trailer" }
    return outcome
  }

  func join() async throws {}

  func isCatchUpFree() async -> Bool { state.withLock { $0.job == nil } }

  func catchUp(_ job: CatchUpJob<SimulatedLog>) async { state.withLock { $0.job = job } }

  func recall(_ key: FileKey) async -> Bool {
    state.withLock { state in
      guard state.job?.key == key else { return false }
      state.job = nil
      return true
    }
  }

  /// Jobs run here, with everything else that happens meanwhile.
  func caughtUp() async -> [CatchUpResult<SimulatedLog>] {
    guard let job = state.withLock({ $0.job }), !isDelayed() else { return [] }
    let taking = LogTaking(
      world: self, source: job.source, settings: settings, beginnings: RegisteredBeginnings())
    let outcome: Result<Taken, any Error>
    do {
      if let file = job.file {
        outcome = .success(try await taking.readOn(job.log, file: file))
      } else {
        outcome = .success(try await taking.take(job.log))
      }
    } catch {
      outcome = .failure(error)
    }
    state.withLock { $0.job = nil }
    return [CatchUpResult(job: job, outcome: outcome)]
  }

  func advance(_ duration: Duration) { state.withLock { $0.time += duration } }

  /// The process is gone, with everything that it held open.
  func end() {
    for log in state.withLock({ $0.logs }) { log.release() }
  }
}

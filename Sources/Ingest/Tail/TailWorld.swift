internal import LogModel
internal import LogSource
internal import LogStore

/// Everything outside of a tail's decisions: files, store and reading. Handed in, so that the
/// decisions are tried against a simulated one.
protocol TailWorld: Sendable {
  associatedtype Log: ReadableLog

  /// What is known of files.
  var registry: any FileRegistry { get }
  /// The time.
  func now() -> ContinuousClock.Instant
  /// The system's clock: nanoseconds since the Unix epoch.
  func wallNanoseconds() -> Int64
  /// Connects to the store, and makes the source known there.
  func begin() async throws -> LogServer
  /// Throws when the store is away; asks it nothing as long as the connection stands.
  func requireStore() async throws
  /// What changed in the directories since the last call.
  func changes() -> DirectoryWatch.Change
  /// What the paths lead to now.
  func find() async throws -> Discovery
  /// The log at one path; nil when there is none that can be read.
  func log(at path: LogPath) async -> LogInput?
  /// A log that is to be opened.
  func log(_ input: LogInput) -> Log
  /// Brings what an open log holds into the store, from where the store has it to its end.
  func read(_ log: Log, from generation: Generation) async throws -> FileOutcome
  /// Brings sessions together that were read in another order than they were written.
  func join() async throws

  /// Whether `catchUp` takes another job.
  func isCatchUpFree() async -> Bool
  /// Reads a log beside everything else: one that is far behind, or compressed.
  func catchUp(_ job: CatchUpJob<Log>) async
  /// Takes back a job that has not begun; false when there is none.
  func recall(_ key: FileKey) async -> Bool
  /// What became of jobs since the last call.
  func caughtUp() async -> [CatchUpResult<Log>]
}

/// A log that is read beside the live ones.
struct CatchUpJob<Log: ReadableLog>: Sendable {
  var key: FileKey
  var log: Log
  var source: LogServer
  /// `log_files.id` of a log that is open and identified; nil when it is to be opened.
  var file: Int64?
}

/// What became of such a log.
struct CatchUpResult<Log: ReadableLog>: Sendable {
  var job: CatchUpJob<Log>
  var outcome: Result<Taken, any Error>

  /// Nothing is to be done with the log any more.
  var isClosed: Bool {
    if case .success(.complete) = outcome { true } else { false }
  }
}

/// A file on disk, whatever its names: a hint as to which one it is, and how its names are told apart
/// from others' while it is open.
struct FileKey: Hashable, Sendable {
  var device: Int64
  var inode: Int64

  init(_ input: LogInput) {
    device = input.device
    inode = input.inode
  }
}

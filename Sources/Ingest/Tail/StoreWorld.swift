internal import Foundation
internal import LogModel
internal import LogParsing
internal import LogSource
internal import LogStore

/// The world of a tail: logs on disk and a store.
struct StoreWorld: TailWorld {
  let paths: [LogPath]
  let settings: IngestSettings
  let zones: TimeZoneDatabase
  let store: Store
  let watch: DirectoryWatch
  let discovery = InputDiscovery()
  let beside: CatchUp<StoreWorld>?
  let progress: ImportProgress
  let attempts = ReadingAttempts(isResuming: true)

  var registry: any FileRegistry { store }

  func now() -> ContinuousClock.Instant { .now }

  func wallNanoseconds() -> Int64 { Int64(Date().timeIntervalSince1970 * 1e9) }

  func begin() async throws -> LogServer {
    try await store.open()
    guard let source = try await store.source(settings.source, creating: true) else {
      throw LoadError(code: .missing, message: "the source could not be registered")
    }
    try await store.update(
      source: source.id, timezones: settings.timezones, encoding: settings.encoding.rawValue)
    if !settings.serverSettings.isEmpty {
      try await store.record(settings: settings.serverSettings, ofSource: source.id)
    }
    try await store.finishForgetting(source: source.id)
    try await SegmentJoining(store: store, source: source.id).prune()
    return source
  }

  func requireStore() async throws { try await store.requireConnection() }

  func changes() -> DirectoryWatch.Change { watch.take() }

  func find() async throws -> Discovery { try await discovery.find(paths) }

  func log(at path: LogPath) async -> LogInput? { await discovery.log(at: path) }

  func log(_ input: LogInput) -> LogReader { LogReader(input) }

  func read(_ log: LogReader, from generation: Generation) async throws -> FileOutcome {
    let run = FileRun(
      settings: settings, zones: zones, source: generation.source, loader: store,
      progress: progress, attempts: attempts)
    return try await run.read(log, from: generation)
  }

  func join() async throws {
    guard let source = try await store.source(settings.source, creating: false) else { return }
    try await SegmentJoining(store: store, source: source.id).run()
  }

  func isCatchUpFree() async -> Bool { await beside?.isFree ?? false }

  func catchUp(_ job: CatchUpJob<LogReader>) async { await beside?.begin(job) }

  func recall(_ key: FileKey) async -> Bool { await beside?.recall(key) ?? false }

  func caughtUp() async -> [CatchUpResult<LogReader>] { await beside?.take() ?? [] }
}

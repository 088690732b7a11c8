import Ingest
import LogStore

/// Follows sources, each in a task of its own, until it is asked to stop; takes a new configuration
/// without touching what did not change. Stops and starts are decided by `SourceRoster`.
struct TailSupervisor: Sendable {
  /// What is wanted of it.
  struct Orders: Equatable, Sendable {
    var settings: TailSettings
    /// Where the store is: a connection string or URI, or the embedded one's directory.
    var databaseURL: String?
    var dataDirectory: String?
    /// By source: what its settings file says of the server whose logs it has.
    var serverSettings: [String: [ServerSetting]] = [:]

    func hasStore(of other: Orders) -> Bool {
      databaseURL == other.databaseURL && dataDirectory == other.dataDirectory
    }
  }

  /// Pauses while the store is away at the start: doubled from the first to the last.
  private static let backOffMin = Duration.milliseconds(100)
  private static let backOffMax = Duration.seconds(1)

  let console: Console
  let reporter: TailReporter
  let manager: ServiceManager
  /// Reads the configuration anew.
  let read: @Sendable () throws -> Orders
  /// Makes a store ready; its connection string.
  let prepare: @Sendable (Orders) async throws -> String
  /// Follows a source until its end is asked for, or the task is cancelled.
  let follow:
    @Sendable (FollowedSource, TailEnd, _ notify: @escaping @Sendable (TailNotice) -> Void)
      async throws -> Void
  /// Whether the sources make progress: while they do not, the service manager hears nothing.
  var isAlive: @Sendable () -> Bool = { true }

  /// Follows what `orders` name. Ends when `requests` say stop, with the error of a source that can't
  /// go on, and by cancellation.
  func run(_ orders: Orders, _ requests: AsyncStream<SignalRequest>) async throws {
    let (events, feed) = AsyncStream.makeStream(of: TailDesk.Event.self)
    let failure = await withDiscardingTaskGroup { group in
      group.addTask { await reporter.run() }
      group.addTask { await showLife() }
      group.addTask {
        for await request in requests { feed.yield(.request(request)) }
      }
      var desk = TailDesk(supervisor: self, feed: feed)
      desk.begin(orders, in: &group)
      for await event in events {
        desk.take(event, in: &group)
        if desk.isDone { break }
      }
      group.cancelAll()
      return desk.failure
    }
    await reporter.finish()
    if let failure { throw failure }
  }

  /// Tells the service manager that the sources make progress.
  private func showLife() async {
    guard let interval = manager.watchdogInterval else { return }
    while !Task.isCancelled {
      if isAlive() { manager.watchdog() }
      // Ends early only by cancellation, which ends the loop.
      try? await Task.sleep(for: interval)
    }
  }

  /// The connection string of the store that `orders` name. With `mayWait` a database that is away is
  /// waited for.
  func prepared(_ orders: Orders, mayWait: Bool) async throws -> String {
    var pause = Self.backOffMin
    var told: String?
    while true {
      do {
        return try await prepare(orders)
      } catch  where mayWait && ExitStatus(error) == .unavailable && !Task.isCancelled {
        let problem = ErrorMessage.of(error)
        if problem != told { console.note("\(problem) Waiting for it.") }
        told = problem
        reporter.waitForStore(problem)
        try await Task.sleep(for: pause)
        pause = min(pause * 2, Self.backOffMax)
      }
    }
  }

  /// How long what was asked to end has for it.
  private static let endTime = Duration.seconds(3)

  /// Runs `body` to its end. When `stop` is finished, `end` is asked for; `body` is cancelled when there
  /// is none, or when it does not come in time.
  static func untilStopped<Value: Sendable>(
    _ stop: AsyncStream<Never>, _ end: TailEnd? = nil,
    _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        for await _ in stop {}
        if let end {
          end.ask()
          // Ends early when the body has ended.
          try? await Task.sleep(for: Self.endTime)
        }
        return nil
      }
      defer { group.cancelAll() }
      while let value = try await group.next() {
        if let value { return value }
        group.cancelAll()
      }
      throw CancellationError()
    }
  }
}

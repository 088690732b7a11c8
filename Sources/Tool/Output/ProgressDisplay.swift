import Ingest

/// Keeps the progress line of a run up to date.
enum ProgressDisplay {
  /// How often the line changes.
  static let interval = Duration.milliseconds(250)

  /// Runs `body` and shows `progress` meanwhile, where stderr is a terminal.
  static func showing<Value: Sendable>(
    _ progress: ImportProgress, on console: Console,
    _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    guard console.err.isTerminal else { return try await body() }
    defer { console.clearProgress() }
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        let clock = ContinuousClock()
        let start = clock.now
        while !Task.isCancelled {
          try? await clock.sleep(for: interval)
          let now = progress.now
          let line = ProgressLine(
            bytesDone: now.bytesDone, bytesTotal: now.bytesTotal, records: now.records,
            seconds: (clock.now - start) / .seconds(1))
          if !Task.isCancelled { console.progress(line.text) }
        }
        return nil
      }
      while let value = try await group.next() {
        guard let value else { continue }
        group.cancelAll()
        return value
      }
      throw CancellationError()
    }
  }
}

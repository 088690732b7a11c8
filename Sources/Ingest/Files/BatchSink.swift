internal import LogModel
internal import LogStore

/// Where batches go at the end of the pipeline, and where sessions come from that began elsewhere.
protocol BatchSink: Sendable {
  /// What was stored of sessions that have lines in a file.
  func segments(inFile file: Int64) async throws -> [StoredSegment]
  /// What was stored of sessions that begin in the middle for the reader.
  func segments(of sessions: [SessionID]) async throws -> [StoredSegment]
  /// Takes what a file tells of its server's settings; the same again changes nothing.
  func record(_ settings: [ServerSetting], file: Int64) async throws
  /// Takes a batch whole, or not at all.
  func commit(_ batch: FactBatch, _ checkpoint: Checkpoint) async throws -> LoadOutcome
}

/// The store.
struct StoreSink: BatchSink {
  let store: Store
  let source: Int32
  /// Wakes what works behind commits.
  let onCommit: (@Sendable () -> Void)?

  func segments(inFile file: Int64) async throws -> [StoredSegment] {
    try await store.segments(source: source, file: file)
  }

  func segments(of sessions: [SessionID]) async throws -> [StoredSegment] {
    try await store.segments(source: source, sessions: sessions)
  }

  func record(_ settings: [ServerSetting], file: Int64) async throws {
    try await store.record(settings: settings, ofSource: source, file: file)
  }

  func commit(_ batch: FactBatch, _ checkpoint: Checkpoint) async throws -> LoadOutcome {
    let outcome = try await store.load(batch, checkpoint)
    if case .committed = outcome { onCommit?() }
    return outcome
  }
}

/// A dry run: counts what would be stored.
actor TallySink: BatchSink {
  private(set) var tally = FigureTally()

  func segments(inFile file: Int64) -> [StoredSegment] { [] }
  func segments(of sessions: [SessionID]) -> [StoredSegment] { [] }

  func record(_ settings: [ServerSetting], file: Int64) { tally.add(settings) }

  func commit(_ batch: FactBatch, _ checkpoint: Checkpoint) -> LoadOutcome {
    tally.add(batch)
    return .committed(refusedRows: 0)
  }
}

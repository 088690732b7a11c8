internal import Gzip
internal import LogModel
internal import LogSource
internal import LogStore

/// Brings what an open file holds into the store, from where the store has it to the file's end.
struct FileRun: Sendable {
  /// How often a file is begun again at the same offset before it is left to the other run.
  private static let attemptsInPlaceMax = 20

  let settings: IngestSettings
  let zones: TimeZoneDatabase
  let source: Int32
  let loader: Store
  let progress: ImportProgress
  let attempts: ReadingAttempts

  /// Brings one file into the store; goes on where someone else, who reads the same file, got to.
  func read(_ reader: LogReader, from first: Generation) async throws -> FileOutcome {
    var generation = first
    var outcome = FileOutcome(path: reader.input.path, result: .imported, file: first.id)
    var attemptsInPlace = 0
    while true {
      let care = try await attempts.begin(generation, reader.openedAs, in: loader)
      let pipeline = FilePipeline(
        reader: reader, generation: generation, settings: settings, zones: zones,
        sink: StoreSink(store: loader, source: source, onCommit: settings.onCommit),
        progress: progress,
        care: care ?? .whole)
      do {
        let ending = try await pipeline.run()
        if care != nil, ending.committedOffset == generation.committedOffset {
          try await loader.end(reading: generation)
        }
        await Self.describe(ending, reader, &outcome)
        try await note(reader, first.id, ending)
        break
      } catch let interruption as FilePipeline.Interruption {
        guard let next = try await wait(for: generation, interruption) else {
          outcome.result = .failed
          outcome.problem = "it was forgotten while it was read. Import it again"
          break
        }
        attemptsInPlace =
          next.committedOffset > generation.committedOffset ? 0 : attemptsInPlace + 1
        guard attemptsInPlace < Self.attemptsInPlaceMax else {
          outcome.result = .failed
          outcome.problem =
            "its sessions are not in the store as they were read: another run goes on with them. Import"
            + " it again when that one has ended"
          break
        }
        generation = next
        // A hint, which holds for a later offset too.
        generation.point = first.point
      } catch let error as LogSourceError where error.code != .cancelled {
        outcome.result = .failed
        outcome.problem = error.description
        // With nothing read, someone else's content came first under this generation.
        outcome.isChanged = error.code == .contentChanged
        break
      }
    }
    return outcome
  }

  private func note(
    _ reader: LogReader, _ file: Int64, _ ending: FilePipeline.Ending
  ) async throws {
    let facts = await reader.openedAs
    let pending = Int64(ending.pendingBytes)
    try await loader.note([
      GenerationSighting(
        file: file, path: reader.input.path.absolute().escaped,
        state: await reader.end?.state ?? .active,
        device: facts?.device ?? 0, inode: facts?.inode ?? 0,
        sizeSeen: ending.committedOffset + pending, pendingBytes: pending)
    ])
  }

  /// Waits until whoever reads the same file stops getting on, and returns where it stands; nil when
  /// the file was forgotten.
  private func wait(
    for generation: Generation, _ interruption: FilePipeline.Interruption
  ) async throws -> Generation? {
    if case .raced(.fenced) = interruption { return nil }
    var last: Int64 = -1
    while let now = try await loader.generation(id: generation.id) {
      if now.epoch != generation.epoch { return nil }
      // A session's conflict is over at once; of a file's reader two equal looks say that it is done.
      if case .raced(.sessionConflict) = interruption { return now }
      if now.committedOffset == last { return now }
      last = now.committedOffset
      try await Task.sleep(for: .milliseconds(300))
    }
    return nil
  }

  /// What the end of an input means for the user.
  static func describe(
    _ ending: FilePipeline.Ending, _ reader: LogReader, _ outcome: inout FileOutcome
  ) async {
    outcome.bytes += ending.bytes
    outcome.dispositions.add(ending.dispositions)
    outcome.refusedRows += ending.refusedRows
    outcome.translated += ending.translated
    outcome.pendingBytes = ending.pendingBytes
    outcome.unreadableZone = ending.unreadableZone
    outcome.isChanged = ending.isChanged
    outcome.readTo = ending.committedOffset + Int64(ending.pendingBytes)
    let end = await reader.end
    outcome.problem = ending.problem ?? Self.problem(of: end)
    if case .complete(.garbage(let offset)) = end {
      outcome.note =
        "what follows the gzip data from byte \(offset) on is no gzip and was left out"
    }
    if outcome.problem != nil, outcome.bytes == 0 {
      outcome.result = .failed
    } else if outcome.bytes == 0 {
      outcome.result = .nothingNew
    }
  }

  private static func problem(of end: InputEnd?) -> String? {
    switch end {
    case .truncatedGzip:
      "the gzip file ends before its trailer: still being written, or cut off. What it holds so far"
        + " was read; import it again when it is complete"
    case .corruptGzip(let damage):
      "the gzip data is damaged at decompressed byte \(damage.decompressedOffset). What precedes was"
        + " read; copy the file again from its origin"
    case .complete, .mayGrow, nil: nil
    }
  }
}

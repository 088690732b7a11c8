internal import Gzip
internal import LogModel
internal import LogParsing
public import LogSource
public import LogStore

/// One import: finds the logs, knows those it has seen, and brings what is new into the store.
///
/// Safe to run again, to run twice at once and to kill at any moment: each batch is one transaction
/// with its checkpoint.
public struct ImportRun: Sendable {
  /// How often a file is begun again at the same offset before it is left to the other run.
  private static let attemptsInPlaceMax = 20
  /// How often an input is identified before it is given up.
  private static let identitiesMax = 4
  /// After so many bytes of log the server's statistics are worth a refresh at once.
  private static let statisticsBytesMin: Int64 = 64 << 20

  private let settings: IngestSettings
  private let schemaCheck: Store.SchemaCheck
  /// How far the run is.
  public let progress = ImportProgress()

  /// A run with resolved settings. `schemaCheck` runs on every new connection to the store.
  public init(
    settings: IngestSettings, schemaCheck: @escaping Store.SchemaCheck = Store.requireCoreSchema
  ) {
    self.settings = settings
    self.schemaCheck = schemaCheck
  }

  /// Imports what `paths` lead to; without a connection string everything but storing is done.
  ///
  /// Throws `LoadError` when the store fails, `LogSourceError` for an unknown `--timezone`, and
  /// `CancellationError`: what was committed stays. What is wrong with single inputs is in the
  /// summary.
  public func run(_ paths: [LogPath]) async throws -> ImportSummary {
    let zones = try TimeZoneDatabase(zones: settings.timezones)
    let discovery = try await InputDiscovery().find(paths)
    progress.begin(bytesTotal: discovery.inputs.reduce(0) { $0 + $1.storedBytes })
    var summary = ImportSummary()
    summary.problems = discovery.problems
    summary.skipped = discovery.skipped
    guard let conninfo = settings.conninfo else {
      let sink = TallySink()
      for (index, input) in discovery.inputs.enumerated() {
        summary.files.append(await dryRun(input, Int64(index + 1), sink, zones))
        try Task.checkCancellation()
      }
      summary.figures = await sink.tally
      return summary
    }
    summary.files = try await store(discovery.inputs, conninfo, zones)
    return summary
  }

  // MARK: without a store

  private func dryRun(
    _ input: LogInput, _ id: Int64, _ sink: TallySink, _ zones: TimeZoneDatabase
  ) async -> FileOutcome {
    let reader = LogReader(input)
    var outcome = FileOutcome(path: input.path, result: .imported)
    do {
      _ = try await reader.open()
      let generation = Generation(
        id: id, source: 0, path: input.path.escaped, committedOffset: 0, epoch: 0,
        mark: ContentTrail().mark(), state: .active, device: 0, inode: 0)
      let pipeline = FilePipeline(
        reader: reader, generation: generation, settings: settings, zones: zones, sink: sink,
        progress: progress)
      let ending = try await pipeline.run()
      await describe(ending, reader, &outcome)
      // Without a store nothing is known already.
      if case .nothingNew = outcome.result {
        outcome.result = outcome.pendingBytes == 0 ? .empty : .imported
      }
    } catch {
      outcome.result = .failed
      outcome.problem = "\(error)"
    }
    await reader.close()
    progress.finishFile()
    return outcome
  }

  /// What the end of an input means for the user.
  private func describe(
    _ ending: FilePipeline.Ending, _ reader: LogReader, _ outcome: inout FileOutcome
  ) async {
    outcome.bytes += ending.bytes
    outcome.dispositions.add(ending.dispositions)
    outcome.refusedRows += ending.refusedRows
    outcome.pendingBytes = ending.pendingBytes
    outcome.unreadableZone = ending.unreadableZone
    let end = await reader.end
    outcome.problem = ending.problem ?? Self.problem(of: end)
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

  // MARK: into the store

  /// Runs up to `jobs` files at a time; files are registered one after the other in the order of
  /// their times, so that equal imports give equal ids.
  private func store(
    _ inputs: [LogInput], _ conninfo: String, _ zones: TimeZoneDatabase
  ) async throws -> [FileOutcome] {
    let main = Store(
      conninfo: conninfo, rejectedBytes: settings.rejectedBytes, schemaCheck: schemaCheck)
    try await main.open()
    let isKnown = try await main.source(settings.source, creating: false) != nil
    guard let source = try await main.source(settings.source, creating: true) else { return [] }
    try await main.update(
      source: source.id, timezones: settings.timezones, encoding: settings.encoding.rawValue)
    try await main.finishForgetting(source: source.id)
    var registration = FileRegistration(store: main, source: source, settings: settings)
    let loaders = LoaderPool(settings: settings, conninfo: conninfo, schemaCheck: schemaCheck)
    var outcomes: [Int: FileOutcome] = [:]
    try await withThrowingTaskGroup(of: (index: Int, outcome: FileOutcome).self) { group in
      var running = 0
      var queue = Array(inputs.indices)
      var attempts: [Int: Int] = [:]
      while true {
        if running == max(1, settings.jobs) || queue.isEmpty {
          guard let done = try await group.next() else { break }
          running -= 1
          attempts[done.index, default: 0] += 1
          if done.outcome.isMistaken, attempts[done.index, default: 0] < Self.identitiesMax {
            queue.insert(done.index, at: 0)
          } else {
            outcomes[done.index] = done.outcome
          }
          continue
        }
        let index = queue.removeFirst()
        let reader = LogReader(inputs[index])
        var outcome = FileOutcome(path: inputs[index].path, result: .failed)
        guard let generation = try await register(reader, &registration, &outcome) else {
          await reader.close()
          progress.finishFile()
          outcomes[index] = outcome
          continue
        }
        running += 1
        let note = outcome.note
        group.addTask {
          let loader = await loaders.take()
          var result = try await readFile(reader, generation, loader, source.id, zones)
          await loaders.give(loader)
          result.note = note
          return (index, result)
        }
      }
    }
    await loaders.close()
    try await SegmentJoining(store: main, source: source.id).run()
    let bytes = outcomes.values.reduce(0) { $0 + $1.bytes }
    if bytes > Self.statisticsBytesMin { try await main.refreshStatistics() }
    // Where every input was refused nothing shall tell of the name that was given.
    if !isKnown { try await main.dropUnused(source: source.id) }
    await main.close()
    return inputs.indices.compactMap { outcomes[$0] }
  }

  /// Opens and identifies an input; nil when there is nothing to read, and `outcome` says why.
  private func register(
    _ reader: LogReader, _ registration: inout FileRegistration, _ outcome: inout FileOutcome
  ) async throws -> Generation? {
    do {
      let facts = try await reader.open()
      switch try await registration.resolve(reader, facts) {
      case .read(let generation):
        if !registration.replaced.isEmpty {
          outcome.note = "it replaces a damaged copy, of which everything was taken back"
          registration.forgetReplaced()
        }
        return generation
      case .nothing(let result, let file):
        outcome.result = result
        outcome.file = file
        progress.advance(bytes: reader.input.storedBytes, records: 0)
      case .elsewhere(let source):
        outcome.problem =
          "the same content is in the store under source \(source). Name that source with --source,"
          + " or read it a second time with --force"
      }
    } catch let error as LogSourceError where error.code != .cancelled {
      outcome.problem = error.description
    }
    return nil
  }

  /// Brings one file into the store; goes on where someone else, who reads the same file, got to.
  private func readFile(
    _ reader: LogReader, _ first: Generation, _ loader: Store, _ source: Int32,
    _ zones: TimeZoneDatabase
  ) async throws -> FileOutcome {
    var generation = first
    var outcome = FileOutcome(path: reader.input.path, result: .imported, file: first.id)
    var attemptsInPlace = 0
    while true {
      let pipeline = FilePipeline(
        reader: reader, generation: generation, settings: settings, zones: zones,
        sink: StoreSink(store: loader, source: source), progress: progress)
      do {
        let ending = try await pipeline.run()
        await describe(ending, reader, &outcome)
        try await note(reader, first.id, ending, loader)
        break
      } catch let interruption as FilePipeline.Interruption {
        guard let next = try await wait(for: generation, interruption, loader) else {
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
      } catch let error as LogSourceError where error.code != .cancelled {
        outcome.result = .failed
        outcome.problem = error.description
        // Someone else's content came first under this generation: it is another file.
        outcome.isMistaken = error.code == .contentChanged && outcome.bytes == 0
        break
      }
    }
    await reader.close()
    progress.finishFile()
    return outcome
  }

  private func note(
    _ reader: LogReader, _ file: Int64, _ ending: FilePipeline.Ending, _ loader: Store
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
    for generation: Generation, _ interruption: FilePipeline.Interruption, _ loader: Store
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
}

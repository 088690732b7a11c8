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
      await FileRun.describe(ending, reader, &outcome)
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
    var registration = FileRegistration(registry: main, source: source, settings: settings)
    let loaders = LoaderPool(settings: settings, conninfo: conninfo, schemaCheck: schemaCheck)
    let begun = ReadingAttempts(isResuming: false)
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
          let run = FileRun(
            settings: settings, zones: zones, source: source.id, loader: loader,
            progress: progress, attempts: begun)
          var result = try await run.read(reader, from: generation)
          await reader.close()
          progress.finishFile()
          await loaders.give(loader)
          result.note = note ?? result.note
          return (index, result)
        }
      }
    }
    await loaders.close()
    try await note(outcomes, replaced: registration.replacedInPlace, main)
    let joining = SegmentJoining(store: main, source: source.id)
    try await joining.run()
    try await joining.prune()
    let bytes = outcomes.values.reduce(0) { $0 + $1.bytes }
    if bytes > Self.statisticsBytesMin { try await main.refreshStatistics() }
    // Where every input was refused nothing shall tell of the name that was given.
    if !isKnown { try await main.dropUnused(source: source.id) }
    await main.close()
    return inputs.indices.compactMap { outcomes[$0] }
  }

  /// Notes which files are gone: another log was written in their place, and no copy of them was among
  /// the inputs.
  private func note(
    _ outcomes: [Int: FileOutcome], replaced: [Int64], _ store: Store
  ) async throws {
    let present = Set(outcomes.values.compactMap(\.file))
    for file in replaced where !present.contains(file) {
      _ = try await store.noteLoss(
        file: file, to: nil,
        reason: "another log was written in its place; what was appended since it was read is gone")
    }
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
      case .nothing(let result, let generation):
        outcome.result = result
        outcome.file = generation?.id
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
}

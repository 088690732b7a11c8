internal import Foundation
internal import Correlation
internal import LogModel
internal import LogParsing
internal import LogSource
internal import LogStore
internal import Pipeline
internal import QueryShape
import Synchronization

/// One file on its way into the store, from an offset to its end:
///
///     reader ─▶ parser ─▶ correlator ─▶ normalizer ─▶ loader
///
/// The stages run side by side; each arrow holds `linkCapacity` batches, so memory is bounded by
/// the constants here and does not grow with the file.
struct FilePipeline: Sendable {
  /// Blocks of at most 1 MiB between reader and parser.
  static let blocksInLink = 4
  /// Batches of about `CSVLogParser.batchBytesTarget` in each later arrow.
  static let linkCapacity = 1

  let reader: LogReader
  let generation: Generation
  let settings: IngestSettings
  let zones: any ZoneResolving
  let sink: any BatchSink
  let progress: ImportProgress
  var care = ReadingCare.whole

  /// Why the pipeline ended before the file did: what was committed stays.
  enum Interruption: Error {
    /// Someone else goes on with the file, or with one of its sessions.
    case raced(LoadOutcome)
  }

  /// What was read.
  struct Ending: Sendable {
    var bytes: Int64 = 0
    var dispositions = Dispositions()
    var refusedRows = 0
    var pendingBytes = 0
    /// Records in another language than English.
    var translated = 0
    var committedOffset: Int64
    /// What stopped reading before the end: everything before it was handed on.
    var problem: String?
    /// The file was cut or overwritten while it was read.
    var isChanged = false
    /// The zone word at which reading stopped.
    var unreadableZone: String?
  }

  private struct Parsed: Sendable {
    var batch: RecordBatch
    var checkpoint: Checkpoint
  }

  private struct Correlated: Sendable {
    var batch: FactBatch
    var checkpoint: Checkpoint
    var adopted: [StoredSegment]
    var settings: [ServerSetting] = []
    var translated: Int
  }

  /// Runs until the end of the input. Throws `Interruption`, what the sink throws, and
  /// `CancellationError`.
  func run() async throws -> Ending {
    let trail = try await reader.start(at: generation)
    let blocks = StageLink<LogBlock>(capacity: Self.blocksInLink)
    let parsed = StageLink<Parsed>(capacity: Self.linkCapacity)
    let correlated = StageLink<Correlated>(capacity: Self.linkCapacity)
    let normalized = StageLink<Correlated>(capacity: Self.linkCapacity)
    let ending = Mutex(Ending(committedOffset: generation.committedOffset))
    let commits = AsyncStream<Int64>.makeStream()
    try await StageGroup.run([
      { try await read(into: blocks, ending) },
      { try await parse(blocks, into: parsed, from: trail, commits.stream, ending) },
      { try await correlate(parsed, into: correlated) },
      { try await normalize(correlated, into: normalized) },
      { try await load(normalized, commits.continuation, ending) },
    ])
    return ending.withLock { $0 }
  }

  private func read(
    into blocks: StageLink<LogBlock>, _ ending: borrowing Mutex<Ending>
  ) async throws {
    var problem: String?
    try await blocks.produce { sender in
      do {
        while let block = try await reader.next() { try await sender.send(block) }
      } catch let error as LogSourceError where error.code != .cancelled {
        // What was read before is handed on all the same.
        problem = error.description
        if error.code == .contentChanged { ending.withLock { $0.isChanged = true } }
      } catch is StageLinkClosed {
        // The parser takes no more, and has said why.
      }
    }
    if let problem { ending.withLock { $0.problem = $0.problem ?? problem } }
  }

  private func parse(
    _ blocks: StageLink<LogBlock>, into parsed: StageLink<Parsed>, from start: ContentTrail,
    _ commits: AsyncStream<Int64>, _ ending: borrowing Mutex<Ending>
  ) async throws {
    var parser = CSVLogParser(
      startOffset: generation.committedOffset, encoding: settings.encoding, zones: zones)
    var content = CommittedContent(start)
    var problem: ParsingError?
    let end = careEnd
    try await parsed.produce { sender in
      do {
        for try await block in blocks.batches {
          parser.append(block.bytes)
          content.expect(block)
          guard parser.isBatchFull || parser.decidedOffset < end else { continue }
          try await flush(&parser, .more, &content, &sender, commits)
        }
        let isFinished = await reader.end.map { $0.state == .done } ?? false
        try await flush(&parser, isFinished ? .finished : .pending, &content, &sender, commits)
      } catch let error as ParsingError {
        problem = error
      }
    }
    ending.withLock {
      $0.problem = $0.problem ?? problem?.description
      $0.unreadableZone = problem?.zone
      $0.pendingBytes = parser.pendingBytes
    }
  }

  /// Offset up to which batches are small.
  private var careEnd: Int64 {
    generation.committedOffset + (care == .whole ? 0 : ReadingCare.pieces.reachBytes)
  }

  private func flush(
    _ parser: inout CSVLogParser, _ state: CSVLogParser.Ending, _ content: inout CommittedContent,
    _ sender: inout StageSender<Parsed>, _ commits: AsyncStream<Int64>
  ) async throws {
    while true {
      let care = care.at(parser.decidedOffset - generation.committedOffset)
      let isCareful = care != .whole
      if care == .refusal, parser.decidedOffset == generation.committedOffset,
        let record = parser.nextRecord(), await settings.trial?.endsProgram(record) == true
      {
        parser.refuseNextRecord()
      }
      let bytesMax = care.batchBytesMax ?? .max
      guard let batch = try parser.parse(state, bytesMax: bytesMax) else { return }
      #if DEBUG
        TrapMarker.check(batch)
      #endif
      var checkpoint = content.checkpoint(after: batch, of: generation)
      if isCareful { checkpoint.care = min(care, .records) }
      let end = batch.endOffset
      try await sender.send(Parsed(batch: batch, checkpoint: checkpoint))
      // One after the other: the record that ends the program is the one behind the last commit.
      if isCareful { await Self.wait(for: end, in: commits) }
      try Task.checkCancellation()
    }
  }

  private static func wait(for offset: Int64, in commits: AsyncStream<Int64>) async {
    for await committed in commits where committed >= offset { return }
  }

  private func correlate(
    _ parsed: StageLink<Parsed>, into correlated: StageLink<Correlated>
  ) async throws {
    try await correlated.produce { sender in
      var correlator = Correlator(
        plausibleTimes: Self.plausibleTimes(), rejectedBytes: generation.rejectedBytes)
      var own = try await adoptOwn(into: &correlator)
      for try await item in parsed.batches {
        let adopted =
          try await own
          + adopt(
            correlator.unknownSessions(in: item.batch), into: &correlator)
        own = []
        let batch = correlator.correlate(item.batch, file: generation.id)
        try await sender.send(
          Correlated(
            batch: batch, checkpoint: item.checkpoint, adopted: adopted,
            translated: item.batch.translated))
      }
    }
  }

  /// What a log's clock can have: the rows of other times stand in the outlier partition.
  private static func plausibleTimes() -> ClosedRange<LogTime> {
    let first = LogTime(
      microseconds: Int64(CivilDate.days(year: 2000, month: 1, day: 1)) * 86_400_000_000)
    let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
    return first...max(first, LogTime(microseconds: now + 7 * 86_400_000_000))
  }

  /// A run that goes on in the middle of a file begins with all sessions that the file has so far, as
  /// if it had read them itself: a server's start ends them all.
  private func adoptOwn(into correlator: inout Correlator) async throws -> [StoredSegment] {
    guard generation.committedOffset > 0 else { return [] }
    var latest: [SessionID: StoredSegment] = [:]
    var counts: [SessionID: Int] = [:]
    for segment in try await sink.segments(inFile: generation.id) {
      counts[segment.session, default: 0] += 1
      guard (latest[segment.session]?.lastLine ?? 0) < segment.lastLine else { continue }
      latest[segment.session] = segment
    }
    for (session, count) in counts { correlator.noteSegments(count, of: session) }
    return latest.values.filter { adopt($0, isOwn: true, into: &correlator) }
  }

  /// Whether a segment could be taken over. State of another version is not: its session goes on as
  /// one that is not known.
  private func adopt(
    _ segment: StoredSegment, isOwn: Bool = false, into correlator: inout Correlator
  ) -> Bool {
    do throws(StateDecodingError) {
      try correlator.adopt(segment.snapshot, isOwn: isOwn)
      return true
    } catch {
      return false
    }
  }

  /// Goes on with sessions that were read before: where the line before theirs ended a segment, or
  /// where this file had them before the program was started anew.
  private func adopt(
    _ unknown: [(session: SessionID, line: Int64)], into correlator: inout Correlator
  ) async throws -> [StoredSegment] {
    guard !unknown.isEmpty else { return [] }
    let stored = try await sink.segments(of: unknown.map(\.session))
    var adopted: [StoredSegment] = []
    for (session, line) in unknown {
      let own = stored.filter { $0.session == session }
      let next = own.first { $0.lastLine == line - 1 && !$0.isClosed }
      // A log that was put together can go on with a session that is over, or go back in it.
      let here = own.filter { $0.files.contains(generation.id) }
        .max { $0.lastLine < $1.lastLine }
      guard let segment = next ?? here else { continue }
      if adopt(segment, into: &correlator) { adopted.append(segment) }
    }
    return adopted
  }

  private func normalize(
    _ correlated: StageLink<Correlated>, into normalized: StageLink<Correlated>
  ) async throws {
    try await normalized.produce { sender in
      var normalizer = Normalizer(samples: settings.samples)
      var policy = TextPolicy(samples: settings.samples)
      for try await item in correlated.batches {
        var next = item
        for segment in item.adopted {
          normalizer.adopt(keys: segment.texts, ids: segment.queryIDs)
        }
        normalizer.normalize(&next.batch)
        // Before texts are redacted: a setting is no literal.
        next.settings = LoggedSettings.of(next.batch)
        policy.apply(to: &next.batch)
        try await sender.send(next)
      }
    }
  }

  private func load(
    _ normalized: StageLink<Correlated>, _ commits: AsyncStream<Int64>.Continuation,
    _ ending: borrowing Mutex<Ending>
  ) async throws {
    defer { commits.finish() }
    for try await item in normalized.batches {
      try Task.checkCancellation()
      // Before the commit: a run that is killed in between reads the batch again, and the same
      // settings again change nothing.
      if !item.settings.isEmpty { try await sink.record(item.settings, file: generation.id) }
      let outcome = try await sink.commit(item.batch, item.checkpoint)
      guard case .committed(let refused) = outcome else { throw Interruption.raced(outcome) }
      let length = item.batch.endOffset - item.batch.startOffset
      let own = item.batch.dispositions[generation.id] ?? Dispositions()
      ending.withLock {
        $0.bytes += length
        $0.dispositions.add(own)
        $0.refusedRows += refused
        $0.translated += item.translated
        $0.committedOffset = item.checkpoint.to
      }
      progress.advance(bytes: length, records: own.records)
      if item.checkpoint.care != nil { commits.yield(item.checkpoint.to) }
    }
  }
}

extension ParsingError {
  /// The zone word that could not be read.
  fileprivate var zone: String {
    switch code {
    case .ambiguousZone(let word, _), .unknownZone(let word): word
    }
  }
}

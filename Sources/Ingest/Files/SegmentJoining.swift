internal import Correlation
internal import LogModel
internal import LogStore
internal import QueryShape

/// Brings segments of sessions together that were read in another order than they were written:
/// the last step of a run, when nothing else of it is under way. What another run holds in its hands
/// meanwhile, that one joins at its own end.
struct SegmentJoining {
  /// Pairs in one look, and so in one transaction at most.
  private static let pairsMax = 500
  /// Looks that brought nothing, because others changed what was found, in a row.
  private static let vainLooksMax = 20

  /// Segments of a source that are kept at the begin or end of a run: most servers' sessions end without
  /// a word, and stay.
  private static let segmentsMax = 65_536

  let store: Store
  let source: Int32

  /// Joins until no segment is next to another, and ends what a server's start in another file has
  /// ended; the number of joins.
  @discardableResult
  func run() async throws -> Int {
    var joins = 0
    var vain = 0
    while vain < Self.vainLooksMax {
      let pairs = try await store.adjacentSegments(source: source, limit: Self.pairsMax)
      guard !pairs.isEmpty else { break }
      let done = try await join(pairs)
      joins += done
      vain = done == 0 ? vain + 1 : 0
      try Task.checkCancellation()
    }
    try await endBeforeStart()
    return joins
  }

  private func endBeforeStart() async throws {
    var vain = 0
    while vain < Self.vainLooksMax {
      let segments = try await store.segmentsBeforeStart(source: source, limit: Self.pairsMax)
      guard !segments.isEmpty else { break }
      var ended = 0
      let files = Dictionary(grouping: segments) { $0.files.max() ?? 0 }
      for (file, segments) in files.sorted(by: { $0.key < $1.key }) {
        ended += try await commit(segments, of: file) {
          SegmentEnding.batch(ending: segments.map(\.snapshot), file: file, at: $0)
        }
      }
      vain = ended == 0 ? vain + 1 : 0
      try Task.checkCancellation()
    }
  }

  /// Gives up the sessions that are longest without a record and have nothing open, where there are too
  /// many.
  func prune() async throws {
    try await store.pruneSegments(source: source, keeping: Self.segmentsMax)
  }

  /// One transaction for each file that the earlier segments end in.
  private func join(
    _ pairs: [(left: StoredSegment, right: StoredSegment)]
  ) async throws -> Int {
    var joins = 0
    let files = Dictionary(grouping: pairs) { $0.left.files.max() ?? 0 }
    for (file, pairs) in files.sorted(by: { $0.key < $1.key }) {
      joins += try await commit(pairs.flatMap { [$0.left, $0.right] }, of: file) {
        SegmentJoin.batch(
          joining: pairs.map { ($0.left.snapshot, $0.right.snapshot) }, file: file, at: $0)
      }
    }
    return joins
  }

  /// Commits changes of segments, as `make` gives them for the committed offset of `file`, and how many
  /// they are; that number, 0 when someone else was faster.
  private func commit(
    _ segments: [StoredSegment], of file: Int64, _ make: (Int64) -> (FactBatch, Int)
  ) async throws -> Int {
    guard let generation = try await store.generation(id: file) else { return 0 }
    var (batch, count) = make(generation.committedOffset)
    guard count > 0 else { return 0 }
    var normalizer = Normalizer(samples: .none)
    for segment in segments { normalizer.adopt(keys: segment.texts, ids: segment.queryIDs) }
    normalizer.normalize(&batch)
    let checkpoint = Checkpoint(
      file: file, epoch: generation.epoch, from: generation.committedOffset,
      to: generation.committedOffset, mark: generation.mark)
    guard case .committed = try await store.load(batch, checkpoint) else { return 0 }
    return count
  }
}

extension StoredSegment {
  /// As the correlator takes it over.
  var snapshot: SessionSnapshot {
    var snapshot = SessionSnapshot(
      session: session, firstLine: firstLine, firstFile: firstFile, lastLine: lastLine,
      storedLastLine: lastLine, lastTime: lastTime, missingLines: missingLines, state: state,
      texts: texts, openRecords: openRecords, isOver: false)
    snapshot.isClosed = isClosed
    snapshot.ends = ends
    snapshot.storedEnds = ends
    snapshot.head = head
    return snapshot
  }
}

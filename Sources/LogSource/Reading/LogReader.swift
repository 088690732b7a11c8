internal import Digest
internal import Gzip
public import LogModel

/// Reads one log: `open`, find out which file it is (`identify`), `start` at an offset, then `next`
/// until it gives nil.
///
/// Reads block; they run on a queue of the reader's own.
public actor LogReader {
  private nonisolated let executor = SerialQueueExecutor(label: "pgtrawl.reader")
  /// The actor's own queue.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// The input as it was found.
  public nonisolated let input: LogInput
  private var source: DecodedInput?
  private var facts: InputFacts?
  /// Everything that was read since the start, as long as it is not known which file it is.
  var trail = ContentTrail()

  /// A reader of `input`; opens nothing.
  public init(_ input: LogInput) { self.input = input }

  private var seenEnd: InputEnd?
  /// Offset up to which blocks are small.
  private var smallBlocksEnd: Int64 = 0

  /// What the end of the input is like; nil as long as no pass has come to it. `identify` may have:
  /// so a gzip that is `shorter` than its generation is known to be cut or damaged.
  public var end: InputEnd? { source?.end ?? seenEnd }

  /// Opens the input and reads its first bytes. Throws what opening and reading may meet;
  /// `unusable` when the content is no csvlog.
  public func open() throws(LogSourceError) -> InputFacts {
    let source =
      input.isStandardInput
      ? try DecodedInput.standardInput() : try DecodedInput(path: input.path)
    source.willReadOnce()
    let start = try Self.read(source, count: HeadContent.bytesMax)
    if start.isEmpty, case .corruptGzip = source.end {
      throw LogSourceError(code: .unusable(.corruptGzip), path: input.path)
    }
    if case .problem(let kind) = HeadContent.of(start, isInner: source.form == .gzip) {
      // Damaged from its start on: what came out of it is nothing.
      let isDamaged = if case .corruptGzip = source.end { true } else { false }
      throw LogSourceError(code: .unusable(isDamaged ? .corruptGzip : kind), path: input.path)
    }
    if !start.isEmpty { try source.rewind() }
    var trailer: GzipTrailer?
    if source.isFile, source.form == .gzip {
      trailer = GzipTrailer(lastBytes: try source.storedTail(count: GzipTrailer.byteCount))
    }
    let facts = InputFacts(
      form: source.form, device: source.isFile ? source.status.device : nil,
      inode: source.isFile ? source.status.inode : nil,
      size: source.isFile && source.form == .plain ? source.status.size : nil,
      head: Array(start.prefix(ContentTrail.edgeBytesMax)), trailer: trailer)
    self.source = source
    self.facts = facts
    trail = ContentTrail()
    seenEnd = nil
    smallBlocksEnd = 0
    return facts
  }

  /// Finds out which file the input is. `candidates` as for `IdentityRules.step`. May read all of
  /// the input. Throws `damagedGzip` for the beginning of a known file that ends in damage.
  public func identify(
    among candidates: [Generation]
  ) throws(LogSourceError) -> IdentityDecision {
    guard var facts, let source else { preconditionFailure("open() comes first") }
    defer { self.facts = facts }
    while true {
      if Task.isCancelled { throw LogSourceError(code: .cancelled, path: input.path) }
      switch IdentityRules.step(facts, candidates: candidates) {
      case .decided(let decision):
        if case .new = decision { try requireHead(facts.head, source) }
        if case .shorter = decision, case .corruptGzip(let damage) = end {
          throw LogSourceError(
            code: .damagedGzip, path: input.path, offset: damage.decompressedOffset)
        }
        return decision
      case .needs(.anchor(let id)):
        facts.anchors[id] = try Self.hasAnchor(source, candidates.first { $0.id == id })
      case .needs(.prefix(let offset)):
        if let crc = try resumedCRC(candidates, at: offset, facts, source) {
          facts.prefixes[offset] = .crc(crc)
          continue
        }
        let offsets = candidates.filter { IdentityRules.headMatches($0, facts) }
          .map(\.committedOffset)
        try measure(Set(offsets + [offset]).filter { $0 <= offset }.sorted(), source, &facts)
      case .needs(.comparison(let id)):
        facts.comparisons[id] = try compare(source, candidates.first { $0.id == id })
      }
    }
  }

  /// The facts of the open input; nil before `open` and after `close`.
  public var openedAs: InputFacts? { facts }

  /// Goes to where reading begins: the committed offset of a generation that the input was
  /// identified as, or the start. Returns the trail up to there. Throws `contentChanged` when the
  /// content is not the generation's, `notRewindable` when a stream has gone too far.
  public func start(at generation: Generation?) throws(LogSourceError) -> ContentTrail {
    guard let source else { preconditionFailure("open() comes first") }
    guard let generation, generation.committedOffset > 0 else {
      if let mark = generation?.mark, let head = facts?.head, mark.headLength <= head.count {
        try requireHead(Array(head.prefix(mark.headLength)), source)
      }
      try source.rewind()
      source.stopRecording()
      source.notePoints()
      return ContentTrail()
    }
    let offset = generation.committedOffset
    if source.isFile, source.form == .plain { return try seek(source, to: generation) }
    if trail.offset > offset || trail.offset != source.position {
      if let head = facts?.head, let resumed = try resume(generation, head, source) {
        trail = resumed
      } else {
        try restart(source)
      }
    }
    guard try advance(source, to: offset), trail.has(generation.mark) else {
      throw LogSourceError(code: .contentChanged, path: input.path, offset: offset)
    }
    source.stopRecording()
    source.notePoints()
    // A run that was ended soon may be again: little is inflated in vain then.
    if source.form == .gzip { smallBlocksEnd = offset + Self.smallBlocksReach }
    return trail
  }

  /// The next bytes; nil at the end, and then `end` says why.
  public func next() throws(LogSourceError) -> LogBlock? {
    guard let source else { preconditionFailure("open() comes first") }
    if Task.isCancelled { throw LogSourceError(code: .cancelled, path: input.path) }
    let offset = source.position
    let isSmall = offset < smallBlocksEnd
    let bytes = try source.read(upTo: isSmall ? Self.smallBlockBytes : LogBlock.bytesMax)
    guard !bytes.isEmpty else { return nil }
    var block = LogBlock(offset: offset, bytes: bytes)
    block.point = try source.takePoint()
    return block
  }

  /// How the open file is now, and whether `path` leads to it; nil for what is no plain file.
  public func sighting(at path: LogPath) throws(LogSourceError) -> FileSighting? {
    guard let source, source.isFile, source.form == .plain else { return nil }
    let now = try source.statusNow()
    // Whatever keeps the path from being looked at, it does not lead to this file for now.
    let atPath = try? FileStatus.of(path)
    return FileSighting(
      size: now.size,
      isAtPath: atPath.map { $0.device == now.device && $0.inode == now.inode } ?? false)
  }

  /// Whether the open file has another size than when it was opened.
  public func hasGrown() throws(LogSourceError) -> Bool {
    guard let source, source.isFile else { return false }
    return try source.statusNow().size != source.status.size
  }

  /// Closes the file.
  public func close() {
    source = nil
    facts = nil
  }
}

extension LogReader {
  private static let smallBlockBytes = 256 << 10
  private static let smallBlocksReach: Int64 = 16 << 20

  private static func read(
    _ source: DecodedInput, count: Int
  ) throws(LogSourceError) -> [UInt8] {
    var all: [UInt8] = []
    while all.count < count {
      let bytes = try source.read(upTo: count - all.count)
      if bytes.isEmpty { break }
      all += bytes
    }
    return all
  }

  private static func hasAnchor(
    _ source: DecodedInput, _ generation: Generation?
  ) throws(LogSourceError) -> Bool {
    guard let generation else { return false }
    let length = generation.mark.anchorLength
    let bytes = try source.plainBytes(
      at: generation.committedOffset - Int64(length), count: length)
    return SHA256Hash.of(bytes) == generation.mark.anchorHash
  }

  private func seek(
    _ source: DecodedInput, to generation: Generation
  ) throws(LogSourceError) -> ContentTrail {
    let mark = generation.mark
    let offset = generation.committedOffset
    let head = try source.plainBytes(at: 0, count: mark.headLength)
    let anchor = try source.plainBytes(
      at: offset - Int64(mark.anchorLength), count: mark.anchorLength)
    guard let trail = ContentTrail(continuing: generation, head: head, anchor: anchor) else {
      throw LogSourceError(code: .contentChanged, path: input.path, offset: offset)
    }
    source.seek(to: offset, anchor: anchor)
    return trail
  }

  /// Facts are of one content only when its first bytes are still there after the last of them. Throws
  /// `contentChanged`.
  private func requireHead(
    _ head: [UInt8], _ source: DecodedInput
  ) throws(LogSourceError) {
    guard source.isFile, source.form == .plain else { return }
    guard try source.plainBytes(at: 0, count: head.count) == head else {
      throw LogSourceError(code: .contentChanged, path: input.path, offset: 0)
    }
  }

  /// Learns what precedes each of `offsets`, which are sorted, in one pass.
  private func measure(
    _ offsets: [Int64], _ source: DecodedInput, _ facts: inout InputFacts
  ) throws(LogSourceError) {
    let missing = offsets.filter { facts.prefixes[$0] == nil }
    if let first = missing.first, trail.offset > first || trail.offset != source.position {
      try restart(source)
    }
    for offset in missing {
      facts.prefixes[offset] =
        try advance(source, to: offset) ? .crc(trail.crc) : .endsBefore(length: trail.offset)
    }
  }

  /// Reads up to `offset`; false when the input ends before.
  private func advance(
    _ source: DecodedInput, to offset: Int64
  ) throws(LogSourceError) -> Bool {
    while trail.offset < offset {
      if Task.isCancelled { throw LogSourceError(code: .cancelled, path: input.path) }
      let count = Int(min(Int64(LogBlock.bytesMax), offset - trail.offset))
      let bytes = try source.read(upTo: count)
      if bytes.isEmpty {
        seenEnd = source.end
        return false
      }
      trail.absorb(bytes, count: bytes.count)
    }
    return true
  }

  func restart(_ source: DecodedInput) throws(LogSourceError) {
    try source.rewind()
    trail = ContentTrail()
  }

  /// Holds the input against the file where the generation was last seen.
  private func compare(
    _ source: DecodedInput, _ generation: Generation?
  ) throws(LogSourceError) -> InputFacts.Comparison {
    guard let generation, let original = Self.original(of: generation, besides: source) else {
      return .impossible
    }
    do throws(LogSourceError) { try restart(source) } catch { return .impossible }
    var result = InputFacts.Comparison.isPrefix
    while true {
      if Task.isCancelled { throw LogSourceError(code: .cancelled, path: input.path) }
      let bytes = try source.read(upTo: LogBlock.bytesMax)
      if bytes.isEmpty {
        seenEnd = source.end
        break
      }
      let others = (try? Self.read(original, count: bytes.count)) ?? []
      guard others != bytes else { continue }
      // A file that is shorter than what was read from it is no witness.
      result = bytes.starts(with: others) ? .impossible : .differs
      break
    }
    // A stream that cannot go back says so when it has to be read.
    try? restart(source)
    return result
  }

  private static func original(
    of generation: Generation, besides source: DecodedInput
  ) -> DecodedInput? {
    guard let original = try? DecodedInput(path: LogPath(escaped: generation.path)),
      original.status.inode != source.status.inode
        || original.status.device != source.status.device,
      let head = try? read(original, count: generation.mark.headLength),
      SHA256Hash.of(head) == generation.mark.headHash,
      (try? original.rewind()) != nil
    else { return nil }
    return original
  }
}

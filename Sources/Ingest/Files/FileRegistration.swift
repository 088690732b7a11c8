internal import Digest
internal import LogModel
internal import LogSource
internal import LogStore

/// Finds out which file an input is, and registers what the store does not know.
struct FileRegistration: Sendable {
  let registry: any FileRegistry
  let source: LogServer
  let settings: IngestSettings
  let beginnings: RegisteredBeginnings

  /// What is to be done with an input.
  enum Answer: Sendable {
    /// Read it as this generation, from its committed offset.
    case read(Generation)
    /// Nothing to read, as all of it is in the store; nil = it is no file yet.
    case nothing(FileOutcome.Result, Generation?)
    /// The content belongs to another source.
    case elsewhere(source: String)
  }

  /// Files that this run has registered itself: with `--again` they are not forgotten a second time
  /// when they occur under another name.
  private var registered: Set<Int64> = []
  /// Damaged files that were forgotten because a good copy came.
  private(set) var replaced: [Int64] = []

  /// Files that are gone because another log was written in their place.
  private(set) var replacedInPlace: [Int64] = []

  init(
    registry: any FileRegistry, source: LogServer, settings: IngestSettings,
    beginnings: RegisteredBeginnings = RegisteredBeginnings()
  ) {
    self.registry = registry
    self.source = source
    self.settings = settings
    self.beginnings = beginnings
  }

  /// Identifies an open reader's input.
  mutating func resolve(
    _ reader: some ReadableLog, _ facts: InputFacts
  ) async throws -> Answer {
    while true {
      let (lastSeen, candidates) = try await candidates(facts, reader.input)
      let decision = try await reader.identify(among: candidates)
      switch decision {
      case .empty: return .nothing(.empty, nil)
      case .alias(let file):
        if try await forget(file) { continue }
        let generation = candidates.first { $0.id == file }
        if let generation, isEndUnknown(generation, reader.input, facts) {
          return .read(generation)
        }
        return .nothing(.alias, generation)
      case .shorter(let file, let why):
        if try await forget(file) { continue }
        if why == .cut {
          switch try await resolveCut(reader, facts, candidates, lastSeen) {
          case .resolved(let answer): return answer
          case .again: continue
          case .untold: break
          }
        }
        return .nothing(.shorter, candidates.first { $0.id == file })
      case .same(let file, _):
        if try await forget(file) { continue }
        guard let generation = candidates.first(where: { $0.id == file }) else { continue }
        if generation.state == .lost { try await registry.recover(file: file) }
        // A stream can't be read again.
        guard facts.inode != nil else { return .read(generation) }
        let torn = TornEnd(registry: registry)
        guard let whole = try await torn.takeBack(generation, in: reader) else { continue }
        return .read(whole)
      case .new(.otherBody(let old))
      where candidates.contains { $0.id == old && $0.state == .corrupt }:
        // The copy that replaces a damaged file: what was read of the damaged one goes.
        try await registry.forget(file: old)
        replaced.append(old)
      case .new(let reason):
        // Too little of it to tell, and it is being written: it may be the gzip of a known file.
        if facts.form == .gzip, facts.head.count < ContentTrail.edgeBytesMax,
          try await reader.hasGrown()
        {
          throw LogSourceError(code: .contentChanged, path: reader.input.path)
        }
        if case .otherBody = reason {
          switch try await resolveCut(reader, facts, candidates, lastSeen) {
          case .resolved(let answer): return answer
          case .again: continue
          case .untold: break
          }
        }
        if let other = try await elsewhere(facts) { return .elsewhere(source: other) }
        guard let generation = try await register(reader.input, facts, lastSeen) else {
          // Someone else registered a file meanwhile, perhaps this one.
          continue
        }
        registered.insert(generation.id)
        noteReplaced(reason, among: candidates, facts)
        return .read(generation)
      }
    }
  }

  private enum CutAnswer {
    case resolved(Answer)
    /// Someone else registered a file meanwhile.
    case again
    /// It is no log that was cut, or what was kept of it can't be told.
    case untold
  }

  /// The answer for a log that was cut and may have been written to since.
  private mutating func resolveCut(
    _ reader: some ReadableLog, _ facts: InputFacts, _ candidates: [Generation], _ lastSeen: Int64
  ) async throws -> CutAnswer {
    let files = candidates.filter { IdentityRules.isFormer($0, of: facts) }
    guard facts.form == .plain, !files.isEmpty else { return .untold }
    let kept = KeptPart(registry: registry, files: files, encoding: settings.encoding)
    switch try await kept.measure(reader) {
    case .nothing: return .untold
    case .all(let file): return .resolved(.nothing(.shorter, candidates.first { $0.id == file }))
    case .upTo(let offset, let mark):
      guard let generation = try await register(reader.input, facts, lastSeen, (offset, mark))
      else { return .again }
      registered.insert(generation.id)
      replacedInPlace += files.map(\.id)
      return .resolved(.read(generation))
    }
  }

  private mutating func noteReplaced(
    _ reason: IdentityDecision.NewReason, among candidates: [Generation], _ facts: InputFacts
  ) {
    switch reason {
    case .rewritten(let old): replacedInPlace.append(old)
    case .otherBody(let old)
    where candidates.contains {
      $0.id == old && $0.inode == facts.inode && $0.device == facts.device
    }:
      replacedInPlace.append(old)
    case .otherBody, .unknown: break
    }
  }

  /// Whether it is a gzip whose last batch was committed, but not how it ends: the run before was killed
  /// in between. Its trailer alone does not say that it can be inflated to there, so it is read on.
  /// Another name or copy of a known file changes nothing.
  private func isEndUnknown(
    _ generation: Generation, _ input: LogInput, _ facts: InputFacts
  ) -> Bool {
    generation.state != .done && facts.form == .gzip
      && generation.path == input.path.absolute().escaped
  }

  /// The caller has told the user of `replaced`.
  mutating func forgetReplaced() { replaced = [] }

  /// With `--again` a known file is forgotten first and then read as a new one.
  private func forget(_ file: Int64) async throws -> Bool {
    guard settings.again, !registered.contains(file) else { return false }
    try await registry.forget(file: file)
    return true
  }

  private func candidates(
    _ facts: InputFacts, _ input: LogInput
  ) async throws -> (lastSeen: Int64, [Generation]) {
    let lengths = try await registry.oddHeadLengths(source: source.id)
    let heads = HeadKey.keys(head: facts.head, lengths: lengths)
      .map { ContentHead(length: $0.length, hash: $0.hash) }
    var paths = [input.path.absolute().escaped]
    // A gzip that is being written begins like the file beside it.
    if facts.form == .gzip, paths[0].hasSuffix(".gz") { paths.append(String(paths[0].dropLast(3))) }
    // What is small may be a part of another small one.
    let isSmall = facts.head.count < ContentTrail.edgeBytesMax
    var (lastSeen, found) = try await registry.candidates(
      source: source.id,
      GenerationSearch(heads: heads, paths: paths, headsAbove: isSmall ? facts.head.count : nil))
    found.removeAll {
      $0.mark.headLength > facts.head.count && !paths.contains($0.path)
        && !beginnings.mayBegin($0, with: facts.head)
    }
    if facts.form == .gzip { try await addPoints(to: &found) }
    return (lastSeen, found)
  }

  /// A gzip that was read in part is gone on with where it was left, without inflating it from its
  /// start.
  private func addPoints(to candidates: inout [Generation]) async throws {
    let partial = candidates.filter { $0.committedOffset > 0 && $0.state != .done }.map(\.id)
    guard !partial.isEmpty else { return }
    let points = try await registry.points(files: partial)
    for at in candidates.indices { candidates[at].point = points[candidates[at].id] }
  }

  private func elsewhere(_ facts: InputFacts) async throws -> String? {
    guard !settings.force else { return nil }
    // A short head says little; one that is whole names the file.
    let head = facts.head
    let length = ContentTrail.headLength(of: head.count)
    let key = HeadKey(length: length, of: head)
    let found = try await registry.generationsElsewhere(
      heads: [ContentHead(length: length, hash: key.hash)], besides: source.id)
    return found.first { $0.generation.isWhole(head) }?.source
  }

  private func register(
    _ input: LogInput, _ facts: InputFacts, _ lastSeen: Int64,
    _ start: (offset: Int64, mark: ContentMark)? = nil
  ) async throws -> Generation? {
    var trail = ContentTrail()
    trail.absorb(facts.head, count: facts.head.count)
    let head = trail.mark()
    let mark = ContentMark(
      headLength: head.headLength, headHash: head.headHash, anchorLength: 0,
      anchorHash: ContentTrail().mark().anchorHash, crc: 0)
    var new = NewGeneration(
      source: source.id, path: input.path.absolute().escaped, format: "csv", state: .active,
      mark: start?.mark ?? mark,
      device: facts.device ?? 0, inode: facts.inode ?? 0)
    new.startOffset = start?.offset ?? 0
    let registered = try await registry.register(new, lastSeen: lastSeen)
    if let registered { beginnings.note(registered, facts.head) }
    return registered
  }
}

extension Generation {
  /// Whether a file that begins with `head` begins with all that is in the store of this one, as far as a
  /// head tells; the generation's own head is that of the file.
  fileprivate func isWhole(_ head: [UInt8]) -> Bool {
    guard head.count < ContentTrail.edgeBytesMax, committedOffset > 0 else { return true }
    // Of so few bytes the anchor covers all.
    return committedOffset == Int64(head.count) && mark.anchorHash == SHA256Hash.of(head)
  }
}

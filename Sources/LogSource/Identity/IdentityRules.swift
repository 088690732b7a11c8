internal import Digest
internal import Gzip
public import LogModel

/// Decides which file an input is, from facts alone; what it has no fact for it asks for, the
/// cheapest first.
///
///     head differs, same inode ................... new (rewritten)
///     fewer bytes than the head has .............. compare with the generation's file
///     head differs ............................... not this one
///     gzip, trailer = CRC and length ............. alias, unless it was damaged
///     shorter, same inode ........................ shorter (cut)
///     shorter .................................... compare with the generation's file
///     anchor differs ............................. not this one (other body)
///     anchor equal, same inode ................... same
///     CRC of all bytes before the offset equal ... same
///
/// Invariant: of several generations that an input continues, the one with the most in the store
/// is taken, so that nothing is read twice.
public enum IdentityRules {
  /// The decision, or the next fact that it needs. `candidates` are the generations of the source
  /// whose head has one of the input's `HeadKey`s, and those with its device and inode.
  public static func step(_ facts: InputFacts, candidates: [Generation]) -> IdentityStep {
    guard !facts.head.isEmpty else { return .decided(.empty) }
    var shorter: IdentityDecision?
    var reason = IdentityDecision.NewReason.unknown
    for generation in ordered(candidates, facts) {
      switch verdict(generation, facts) {
      case .needs(let need): return .needs(need)
      case .found(let decision):
        // A file of which nothing was read, and that begins like one of which more is in the store.
        if let shorter, generation.committedOffset == 0, !isSameFile(generation, facts) {
          return .decided(shorter)
        }
        return .decided(decision)
      case .shorter(let why): shorter = shorter ?? .shorter(generation: generation.id, why)
      case .different(let why): if reason == .unknown { reason = why }
      }
    }
    return .decided(shorter ?? .new(reason))
  }

  private enum Verdict {
    case needs(IdentityNeed)
    case found(IdentityDecision)
    case shorter(IdentityDecision.ShorterReason)
    case different(IdentityDecision.NewReason)
  }

  private static func ordered(_ candidates: [Generation], _ facts: InputFacts) -> [Generation] {
    candidates.sorted { a, b in
      guard a.committedOffset == b.committedOffset else {
        return a.committedOffset > b.committedOffset
      }
      let (isA, isB) = (isSameFile(a, facts), isSameFile(b, facts))
      return isA == isB ? a.id < b.id : isA
    }
  }

  private static func verdict(_ generation: Generation, _ facts: InputFacts) -> Verdict {
    let id = generation.id
    let offset = generation.committedOffset
    let isSame = isSameFile(generation, facts)
    guard offset > 0 else {
      // Nothing of it is in the store: who registered it is at work on it, or has died. Reading it as
      // the same is safe either way, since only one reader's commit can move the offset from 0.
      guard !headMatches(generation, facts) else {
        return .found(.same(generation: id, offset: 0))
      }
      return .different(isSame ? .rewritten(generation: id) : .unknown)
    }
    guard headMatches(generation, facts) else {
      if isSame { return .different(.rewritten(generation: id)) }
      // A small file of which less is there than the head covers: only its own file can tell.
      guard generation.mark.headLength > facts.head.count else { return .different(.unknown) }
      guard let comparison = facts.comparisons[id] else {
        return .needs(.comparison(generation: id))
      }
      return comparison == .isPrefix ? .shorter(.copy) : .different(.unknown)
    }
    // The trailer of a file that was found damaged or without an end says nothing of what precedes it.
    if let trailer = facts.trailer, ![.corrupt, .incomplete].contains(generation.state),
      trailer.crc == generation.mark.crc, trailer.size == UInt32(truncatingIfNeeded: offset)
    {
      return .found(.alias(generation: id))
    }
    if let size = facts.size {
      if size < offset { return isSame ? .shorter(.cut) : compared(id, facts) }
      guard let hasAnchor = facts.anchors[id] else { return .needs(.anchor(generation: id)) }
      guard hasAnchor else { return .different(.otherBody(generation: id)) }
      if isSame { return found(generation, facts) }
    }
    switch facts.prefixes[offset] {
    case nil: return .needs(.prefix(offset: offset))
    case .crc(generation.mark.crc): return found(generation, facts)
    case .crc: return .different(.otherBody(generation: id))
    case .endsBefore: return compared(id, facts)
    }
  }

  private static func found(_ generation: Generation, _ facts: InputFacts) -> Verdict {
    facts.size == generation.committedOffset
      ? .found(.alias(generation: generation.id))
      : .found(.same(generation: generation.id, offset: generation.committedOffset))
  }

  private static func compared(_ id: Int64, _ facts: InputFacts) -> Verdict {
    switch facts.comparisons[id] {
    case nil: .needs(.comparison(generation: id))
    case .isPrefix: .shorter(.copy)
    case .differs: .different(.otherBody(generation: id))
    case .impossible: .shorter(.unverified)
    }
  }

  /// Whether the input begins with the bytes that the generation's head covers.
  static func headMatches(_ generation: Generation, _ facts: InputFacts) -> Bool {
    let length = generation.mark.headLength
    guard length > 0, length <= facts.head.count else { return false }
    return SHA256Hash.of(facts.head.span.bytes.extracting(first: length))
      == generation.mark.headHash
  }

  /// Whether an input is the file of a generation of which something was read, and begins like it: where
  /// it does not go on like it, it was cut.
  public static func isFormer(_ generation: Generation, of facts: InputFacts) -> Bool {
    generation.committedOffset > 0 && isSameFile(generation, facts)
      && headMatches(generation, facts)
  }

  private static func isSameFile(_ generation: Generation, _ facts: InputFacts) -> Bool {
    generation.inode != 0 && facts.inode == generation.inode && facts.device == generation.device
  }
}

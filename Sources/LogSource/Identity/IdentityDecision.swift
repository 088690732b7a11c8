/// Which file an input is.
public enum IdentityDecision: Sendable, Equatable {
  /// None that is known: read it from its start as a generation of its own.
  case new(NewReason)
  /// A known one: go on at the offset. There may be nothing behind it.
  case same(generation: Int64, offset: Int64)
  /// A known one, and all of it is in the store.
  case alias(generation: Int64)
  /// The beginning of a known one, of which more is in the store already: nothing to read.
  case shorter(generation: Int64, ShorterReason)
  /// It has no byte yet.
  case empty

  /// Why an input is a generation of its own.
  public enum NewReason: Sendable, Equatable {
    /// Nothing that is known begins like it.
    case unknown
    /// The file of this generation was emptied or replaced, and written anew.
    case rewritten(generation: Int64)
    /// It begins like this generation and goes on differently.
    case otherBody(generation: Int64)
  }

  /// How it is known that an input is the beginning of a generation.
  public enum ShorterReason: Sendable, Equatable {
    /// It is the generation's file, cut; its first bytes are the same.
    case cut
    /// It was compared with the generation's file: a copy that is incomplete.
    case copy
    /// Only their first bytes are known to be the same; there is nothing left to compare with.
    case unverified
  }
}

/// What is to be done to find out which file an input is.
public enum IdentityStep: Sendable, Equatable {
  /// Nothing: it is known.
  case decided(IdentityDecision)
  /// Find out one more fact and ask again.
  case needs(IdentityNeed)
}

/// A fact that costs reading.
public enum IdentityNeed: Sendable, Equatable {
  /// `InputFacts.anchors` of a generation: one read.
  case anchor(generation: Int64)
  /// `InputFacts.prefixes` of an offset: reads, and inflates, everything before it.
  case prefix(offset: Int64)
  /// `InputFacts.comparisons` of a generation: reads both files.
  case comparison(generation: Int64)
}

/// What stands behind the last member of a gzip file.
public enum GzipTrailing: Sendable, Equatable {
  /// Nothing.
  case nothing
  /// Only zero bytes, as tapes and block devices pad; starts at this compressed offset.
  case zeros(offset: Int64)
  /// Other bytes, which are not read; starts at this compressed offset.
  case garbage(offset: Int64)
}

/// Where and how gzip data is damaged.
public struct GzipDamage: Sendable, Equatable {
  /// The kinds of damage that can be told apart.
  public enum Reason: Sendable, Equatable {
    /// The header is none of gzip's, or longer than any real one.
    case header
    /// The compressed data is not valid.
    case data
    /// The data is readable, but its CRC-32 is not the one of the trailer.
    case checksum
    /// The data is readable, but its length is not the one of the trailer.
    case length
  }

  /// What is wrong.
  public var reason: Reason
  /// Bytes of the file that were consumed when it was noticed; the damage lies at or before it.
  public var compressedOffset: Int64
  /// Bytes that were decompressed before it was noticed.
  public var decompressedOffset: Int64

  /// A damage.
  public init(reason: Reason, compressedOffset: Int64, decompressedOffset: Int64) {
    self.reason = reason
    self.compressedOffset = compressedOffset
    self.decompressedOffset = decompressedOffset
  }
}

/// What the input of an inflater amounts to, given that no more of it follows.
public enum GzipEnd: Sendable, Equatable {
  /// Every member ended with a trailer that fits its data.
  case complete(GzipTrailing)
  /// The input ends inside a member, or before the first one.
  case truncated
  /// The data is damaged.
  case corrupt(GzipDamage)
}

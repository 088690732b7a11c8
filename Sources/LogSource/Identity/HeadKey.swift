internal import Digest

/// A hash of the first bytes of a file, to ask the store for generations that begin alike.
public struct HeadKey: Sendable, Hashable {
  /// How many bytes it covers, 1…4096.
  public var length: Int
  /// Their SHA-256.
  public var hash: [UInt8]

  /// The keys to ask for: of the whole head (at most 4096 bytes of `head`), and of each shorter
  /// head in `lengths`, which are the lengths below 4096 that the store has for the source.
  public static func keys(head: [UInt8], lengths: [Int]) -> [HeadKey] {
    let whole = min(head.count, ContentTrail.edgeBytesMax)
    let wanted = Set(lengths.filter { $0 > 0 && $0 < whole } + [whole])
    return wanted.sorted(by: >).filter { $0 > 0 }.map { length in
      HeadKey(length: length, hash: SHA256Hash.of(head.span.bytes.extracting(first: length)))
    }
  }
}

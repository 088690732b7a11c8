internal import Digest

/// A hash of the first bytes of a file, to ask the store for generations that begin alike.
public struct HeadKey: Sendable, Hashable {
  /// How many bytes it covers, 1…4096.
  public var length: Int
  /// Their SHA-256.
  public var hash: [UInt8]

  /// The key of the first `length` bytes of `head`, which has them.
  public init(length: Int, of head: [UInt8]) {
    self.length = length
    hash = SHA256Hash.of(head.span.bytes.extracting(first: length))
  }

  /// The keys to ask for: of all lengths that the heads of marks have (of at most 4096 bytes of `head`),
  /// and of others in `lengths` below 4096 that the store has for the source.
  public static func keys(head: [UInt8], lengths: [Int]) -> [HeadKey] {
    let whole = min(head.count, ContentTrail.edgeBytesMax)
    var wanted = Set(lengths.filter { $0 > 0 && $0 <= whole })
    var length = ContentTrail.headLength(of: whole)
    while length > 0 {
      wanted.insert(length)
      length /= 2
    }
    return wanted.sorted(by: >).map { HeadKey(length: $0, of: head) }
  }
}

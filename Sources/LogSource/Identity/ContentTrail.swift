internal import Digest
internal import Gzip
public import LogModel

/// Follows the content of a file as it is committed and gives the mark that knows it again: its
/// first bytes, its last bytes, the CRC-32 of all.
public struct ContentTrail: Sendable, Equatable {
  /// The most that head and anchor cover.
  public static let edgeBytesMax = 4096

  /// How many bytes were absorbed: the offset that the mark stands for.
  public private(set) var offset: Int64 = 0
  /// CRC-32 of them.
  public private(set) var crc: UInt32 = 0
  private var head: [UInt8] = []
  private var tail: [UInt8] = []

  /// The trail of nothing.
  public init() {}

  /// How many of the first `count` bytes the head of a mark covers: a power of two. Few lengths are in
  /// use so, and a file is looked up by all of them, however many small files there are.
  public static func headLength(of count: Int) -> Int {
    guard count > 0 else { return 0 }
    let length = min(count, edgeBytesMax)
    return 1 << (Int.bitWidth - 1 - length.leadingZeroBitCount)
  }

  /// The trail of a generation up to its committed offset. `head` and `anchor` are the bytes that
  /// its mark has the hashes of; nil when they are not.
  public init?(continuing generation: Generation, head: [UInt8], anchor: [UInt8]) {
    let mark = generation.mark
    guard head.count == mark.headLength, SHA256Hash.of(head) == mark.headHash,
      anchor.count == mark.anchorLength, SHA256Hash.of(anchor) == mark.anchorHash
    else { return nil }
    offset = generation.committedOffset
    crc = mark.crc
    // The anchor covers all of it where the head may cover less.
    self.head = offset < Int64(Self.edgeBytesMax) ? anchor : head
    tail = anchor
  }

  /// Goes on over the bytes that follow.
  public mutating func absorb(_ bytes: RawSpan) {
    offset += Int64(bytes.byteCount)
    crc = Checksum.crc32(crc, bytes)
    if head.count < Self.edgeBytesMax {
      append(bytes.extracting(first: Self.edgeBytesMax - head.count), to: &head)
    }
    let last = bytes.extracting(last: Self.edgeBytesMax)
    let excess = tail.count + last.byteCount - Self.edgeBytesMax
    if excess > 0 { tail.removeFirst(excess) }
    append(last, to: &tail)
  }

  /// Goes on over the first `count` bytes of an array.
  public mutating func absorb(_ bytes: [UInt8], count: Int) {
    absorb(bytes.span.bytes.extracting(first: count))
  }

  /// What is to be remembered of the content up to `offset`.
  public func mark() -> ContentMark {
    let length = Self.headLength(of: head.count)
    return ContentMark(
      headLength: length, headHash: SHA256Hash.of(head.span.bytes.extracting(first: length)),
      anchorLength: tail.count, anchorHash: SHA256Hash.of(tail), crc: crc)
  }

  /// Whether the content has a mark that was made at `offset`, with a head of any length.
  public func has(_ mark: ContentMark) -> Bool {
    mark.crc == crc && mark.anchorLength == tail.count && mark.headLength <= head.count
      && SHA256Hash.of(tail) == mark.anchorHash
      && SHA256Hash.of(head.span.bytes.extracting(first: mark.headLength)) == mark.headHash
  }

  private func append(_ bytes: RawSpan, to array: inout [UInt8]) {
    bytes.withUnsafeBytes { array.append(contentsOf: $0) }
  }
}

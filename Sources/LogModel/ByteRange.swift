/// A range of bytes inside `RecordBatch.bytes`; `[start, end)`, relative to that array.
///
/// A record never holds a copy of its text: a batch is one array, and everything points into it.
public struct ByteRange: Sendable, Hashable {
  /// First byte.
  public var start: UInt32
  /// One past the last byte.
  public var end: UInt32

  /// The range `[start, end)`.
  public init(start: Int, end: Int) {
    self.start = UInt32(truncatingIfNeeded: start)
    self.end = UInt32(truncatingIfNeeded: end)
  }

  /// The empty range at 0: a field that the record does not have.
  public static let none = ByteRange(start: 0, end: 0)

  /// Length in bytes.
  public var count: Int { Int(end) - Int(start) }
  /// Whether the range holds no byte.
  public var isEmpty: Bool { start >= end }
  /// As array indices.
  public var indices: Range<Int> { Int(start)..<Int(max(start, end)) }
}

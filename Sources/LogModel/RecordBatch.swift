/// Bytes that could not be framed or read as a record.
public struct Reject: Sendable {
  /// Offset of the first byte in the decompressed stream.
  public var offset: Int64
  /// Length in bytes.
  public var length: Int
  /// Why, in words for the user; never quotes the bytes.
  public var reason: String
  /// Where the bytes stand in the batch.
  public var bytes: ByteRange

  /// A reject of `length` bytes at `offset`.
  public init(offset: Int64, length: Int, reason: String, bytes: ByteRange) {
    self.offset = offset
    self.length = length
    self.reason = reason
    self.bytes = bytes
  }
}

/// What the parser hands on: whole records and rejects that tile `[startOffset, endOffset)` of one
/// file without hole or overlap, and the bytes they point into.
public struct RecordBatch: Sendable {
  /// The raw bytes of `[startOffset, endOffset)`, followed by texts that had to be rewritten
  /// (unescaped, transcoded).
  public var bytes: [UInt8]
  /// How many of `bytes` are the file's own.
  public var rawCount: Int
  /// Offset of the first byte in the decompressed stream.
  public var startOffset: Int64
  /// Records in the order of the file.
  public var records: [LogRecord]
  /// Facts of the plan records, see `LogRecord.plan`.
  public var plans: [PlanFacts]
  /// Rejects in the order of the file.
  public var rejects: [Reject]
  /// Records whose severity or message is in another language than English.
  public var translated = 0

  /// An empty batch at an offset.
  public init(startOffset: Int64) {
    bytes = []
    rawCount = 0
    self.startOffset = startOffset
    records = []
    plans = []
    rejects = []
  }

  /// One past the last byte that this batch decides about.
  public var endOffset: Int64 { startOffset + Int64(rawCount) }
}

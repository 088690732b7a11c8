public import LogModel

/// The parser stage for csvlog: bytes of one file in, batches of records and rejects out.
///
/// Records and rejects tile the file: what a batch decides about is never looked at again, and what
/// it decides depends on the bytes alone, not on how they were cut into blocks.
///
/// - Invariant: a torn last record is neither a record nor a reject until the file is known to be
///   finished; it stays pending, and the next run begins with it.
public struct CSVLogParser: Sendable {
  /// What is known of the end of the bytes appended so far.
  public enum Ending: Sendable {
    /// More will be appended.
    case more
    /// The input ends here, but the file may still grow.
    case pending
    /// The file is finished: what is left is torn.
    case finished
  }

  /// Bytes after which a batch is closed.
  public static let batchBytesTarget = 4 << 20
  /// A longer record is a reject: it is held whole until its end is known, twice at times, and a tail has
  /// to do with 256 MB.
  public static let recordBytesMax = 128 << 20
  /// Bytes without the start of a record are rejected in pieces of at most this size.
  public static let rejectBytesMax = 1 << 20

  /// Why the bytes of a last record that is not whole are a reject once the file is finished.
  public static let tornTailReason = "a torn last record: the file ends inside it"

  private static let largePieceBytes = 64 << 10
  /// From this length on the buffer grows by half.
  private static let gentleGrowthBytes = 16 << 20

  private var buffer: [UInt8] = []
  private var bufferOffset: Int64
  private let recordBytesMax: Int
  private var scannedWithoutRecord = 0
  private var decoder: RecordDecoder
  private var framer = RecordFramer()
  private var deferredError: ParsingError?
  /// Offset of a record that is rejected without being decoded.
  private var refusedOffset: Int64?

  /// A parser that starts at `startOffset` of the decompressed stream, which is the start of a
  /// record. One of more than `recordBytesMax` bytes, which are more than `rejectBytesMax`, is a reject.
  public init(
    startOffset: Int64, encoding: FallbackEncoding, zones: any ZoneResolving,
    recordBytesMax: Int = Self.recordBytesMax
  ) {
    precondition(recordBytesMax > Self.rejectBytesMax, "a long record is rejected in pieces")
    self.recordBytesMax = recordBytesMax
    bufferOffset = startOffset
    decoder = RecordDecoder(encoding: encoding, zones: zones)
  }

  /// Offset after the last byte that was decided about.
  public var decidedOffset: Int64 { bufferOffset }
  /// Bytes that wait for the rest of their record.
  public var pendingBytes: Int { buffer.count }
  /// Whether enough bytes are there for a batch.
  public var isBatchFull: Bool {
    // One more byte than a record may have decides about it.
    buffer.count >= max(Self.batchBytesTarget, min(2 * scannedWithoutRecord, recordBytesMax + 1))
  }

  /// Adds the next bytes of the stream.
  public mutating func append(_ bytes: [UInt8]) {
    // A small piece is likely all there is.
    if buffer.isEmpty, bytes.count >= Self.largePieceBytes {
      buffer.reserveCapacity(Self.batchBytesTarget + bytes.count)
    }
    let needed = buffer.count + bytes.count
    // An array doubles: beside the half that it is copied from, a long record would take three times its
    // length for a moment.
    if needed > buffer.capacity, buffer.count >= Self.gentleGrowthBytes {
      buffer.reserveCapacity(max(needed, buffer.count + buffer.count / 2))
    }
    buffer.append(contentsOf: bytes)
  }

  /// The bytes of the next record, which is not decoded; nil when none begins here, or when it is not
  /// whole yet.
  public mutating func nextRecord() -> [UInt8]? {
    buffer.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress,
        case .yes = RecordStart.matches(base, at: 0, end: bytes.count),
        case .record(let end) = framer.frame(base, start: 0, end: bytes.count)
      else { return nil }
      return Array(bytes[..<end])
    }
  }

  /// The next record is rejected without being decoded.
  public mutating func refuseNextRecord() { refusedOffset = bufferOffset }

  /// Decides about as many of the appended bytes as can be decided, or until `bytesMax` are; nil when
  /// none can.
  ///
  /// - Throws: `ParsingError` for a zone that cannot be told; everything before that record has
  ///   been returned by earlier calls.
  public mutating func parse(
    _ ending: Ending, bytesMax: Int = .max
  ) throws(ParsingError) -> RecordBatch? {
    if let deferredError { throw deferredError }
    var batch = RecordBatch(startOffset: bufferOffset)
    decoder.rewritten = []
    decoder.rewrittenBase = buffer.count
    decoder.plans = []
    decoder.translated = 0
    batch.records.reserveCapacity(buffer.count / 400)
    var error: ParsingError?
    let decided = buffer.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return 0 }
      return decide(
        base, count: bytes.count, ending: ending, until: bytesMax, into: &batch, error: &error)
    }
    if decided == 0 {
      if let error { throw error }
      scannedWithoutRecord = buffer.count
      return nil
    }
    deferredError = error
    scannedWithoutRecord = 0
    let rest = Array(buffer[decided...])
    batch.rawCount = decided
    batch.bytes = buffer
    buffer = rest
    batch.bytes.append(contentsOf: decoder.rewritten)
    batch.plans = decoder.plans
    batch.translated = decoder.translated
    decoder.rewritten = []
    decoder.plans = []
    bufferOffset += Int64(decided)
    return batch
  }

  /// Returns how many of the bytes were decided about.
  private mutating func decide(
    _ base: UnsafePointer<UInt8>, count: Int, ending: Ending, until bytesMax: Int,
    into batch: inout RecordBatch, error: inout ParsingError?
  ) -> Int {
    var at = 0
    while at < min(count, bytesMax) {
      switch step(base, at: at, count: count, ending: ending, batch: &batch) {
      case .record(let end): at = end
      case .reject(let end, let reason):
        batch.rejects.append(
          Reject(
            offset: bufferOffset + Int64(at), length: end - at, reason: reason,
            bytes: ByteRange(start: at, end: end)))
        at = end
      case .undecided: return at
      case .failed(let failure):
        error = failure
        return at
      }
    }
    return at
  }

  private enum Step {
    case record(end: Int)
    case reject(end: Int, reason: String)
    case undecided
    case failed(ParsingError)
  }

  private mutating func step(
    _ base: UnsafePointer<UInt8>, at: Int, count: Int, ending: Ending, batch: inout RecordBatch
  ) -> Step {
    let isFinished = ending == .finished
    if bufferOffset + Int64(at) == 0, base[0] == 0xEF {
      // A byte order mark, as editors add it, is not part of the first record.
      guard count >= 3 || isFinished else { return .undecided }
      if count >= 3, base[1] == 0xBB, base[2] == 0xBF {
        return .reject(end: 3, reason: "a byte order mark")
      }
    }
    if base[at] == 0 {
      var end = at
      while end < count, base[end] == 0, end - at < Self.rejectBytesMax { end += 1 }
      let isDecided = end < count || isFinished || end - at == Self.rejectBytesMax
      return isDecided ? .reject(end: end, reason: "a run of NUL bytes") : .undecided
    }
    switch RecordStart.matches(base, at: at, end: count) {
    case .yes: break
    case .needsMoreBytes:
      return isFinished ? .reject(end: count, reason: Self.tornTailReason) : .undecided
    case .no:
      return skip(base, at: at, count: count, isFinished, "no csvlog record starts here")
    }
    // No byte behind the limit counts, so that it does not matter how many are there.
    let limit = min(count, at + recordBytesMax)
    switch framer.frame(base, start: at, end: limit) {
    case .torn:
      return skip(
        base, at: at, count: count, isFinished, "a torn record: its quotes are unbalanced")
    case .unfinished:
      if RecordFramer.hasTooManyLookalikes(base, start: at, end: limit) {
        return skip(
          base, at: at, count: count, isFinished, "a torn record: it swallows its successors")
      }
      if limit < count { return .reject(end: at + Self.rejectBytesMax, reason: tooLong) }
      return isFinished ? skip(base, at: at, count: count, true, Self.tornTailReason) : .undecided
    case .record(let end):
      if RecordFramer.hasTooManyLookalikes(base, start: at, end: end) {
        return skip(
          base, at: at, count: count, isFinished, "a torn record: it swallows its successors")
      }
      if bufferOffset + Int64(at) == refusedOffset {
        return .reject(end: end, reason: Self.refused)
      }
      let outcome = decoder.decode(
        base, start: at, end: end, offset: bufferOffset + Int64(at), framer: framer)
      switch outcome {
      case .record(let record):
        batch.records.append(record)
        return .record(end: end)
      case .malformed(let reason):
        return skip(base, at: at, count: count, isFinished, "a malformed record: \(reason)")
      case .zone(let word, .ambiguous(let zones)):
        return .failed(
          ParsingError(.ambiguousZone(word: word, zones: zones), offset: bufferOffset + Int64(at)))
      case .zone(let word, _):
        // A file that begins with it needs a setting; in the middle of a file it is damage.
        guard bufferOffset + Int64(at) > 0 else {
          return .failed(ParsingError(.unknownZone(word: word), offset: 0))
        }
        return skip(
          base, at: at, count: count, isFinished,
          "a malformed record: its time zone is in no time zone database")
      }
    }
  }

  private var tooLong: String { "a record of more than \(recordBytesMax >> 20) MiB" }
  private static let refused = "a record that ends the program when it is read"

  /// Rejects up to the next line that looks like the start of a record.
  private func skip(
    _ base: UnsafePointer<UInt8>, at: Int, count: Int, _ isFinished: Bool, _ reason: String
  ) -> Step {
    let next = RecordFramer.nextStart(base, after: at, end: min(count, at + Self.rejectBytesMax))
    if let start = next.start { return .reject(end: start, reason: reason) }
    if count - at >= Self.rejectBytesMax + RecordStart.bytesMax {
      return .reject(end: at + Self.rejectBytesMax, reason: reason)
    }
    return isFinished ? .reject(end: count, reason: reason) : .undecided
  }
}

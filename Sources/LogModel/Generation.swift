/// What is remembered of the content of a file up to an offset: enough to know the file again under
/// another name, moved, copied or compressed (FAULTS model: head, anchor, running CRC).
public struct ContentMark: Sendable, Equatable {
  /// How many bytes the head covers: the greatest power of two up to the committed offset, at most 4096.
  public var headLength: Int
  /// SHA-256 of the first `headLength` bytes, 32 bytes.
  public var headHash: [UInt8]
  /// How many bytes before the offset the anchor covers: at most 4096.
  public var anchorLength: Int
  /// SHA-256 of those bytes.
  public var anchorHash: [UInt8]
  /// CRC-32 (zlib's) of all bytes before the offset.
  public var crc: UInt32

  /// A mark.
  public init(
    headLength: Int, headHash: [UInt8], anchorLength: Int, anchorHash: [UInt8], crc: UInt32
  ) {
    self.headLength = headLength
    self.headHash = headHash
    self.anchorLength = anchorLength
    self.anchorHash = anchorHash
    self.crc = crc
  }
}

/// `log_files.state`
public enum GenerationState: String, Sendable {
  /// Plain file: more may be appended.
  case active
  /// Complete: a gzip whose trailer was verified, or a plain file that nobody writes any more.
  case done
  /// A gzip that ends before its trailer.
  case incomplete
  /// A gzip whose data is damaged from some point on.
  case corrupt
  /// Gone before its end was read; `file_gaps` says from where.
  case lost
}

/// One life of one log file: a row of `log_files`.
public struct Generation: Sendable {
  /// `log_files.id`
  public var id: Int64
  /// `sources.id`
  public var source: Int32
  /// Path where it was last seen.
  public var path: String
  /// Offset up to which everything is in the store.
  public var committedOffset: Int64
  /// Raised by `forget` and `--again`: an ingester that still holds the old value loses.
  public var epoch: Int32
  /// What the content up to `committedOffset` looked like.
  public var mark: ContentMark
  /// Its state.
  public var state: GenerationState
  /// Device of the file when last seen; a hint only.
  public var device: Int64
  /// Inode of the file when last seen; a hint only.
  public var inode: Int64
  /// Size of its decompressed stream when it was last read to its end; 0 = not known.
  public var sizeSeen: Int64 = 0
  /// Bytes before `committedOffset` that no record could be read from.
  public var rejectedBytes: Int64 = 0
  /// Where the latest run began to read carefully, or at all.
  public var attempt: ReadingAttempt?
  /// Of a gzip file that was not read to its end: where inflating can go on, where that was asked for.
  public var point: GzipPoint?

  /// A generation.
  public init(
    id: Int64, source: Int32, path: String, committedOffset: Int64, epoch: Int32,
    mark: ContentMark, state: GenerationState, device: Int64, inode: Int64
  ) {
    self.id = id
    self.source = source
    self.path = path
    self.committedOffset = committedOffset
    self.epoch = epoch
    self.mark = mark
    self.state = state
    self.device = device
    self.inode = inode
  }
}

/// The step of a file that a batch commits.
public struct Checkpoint: Sendable {
  /// `log_files.id`
  public var file: Int64
  /// `log_files.epoch` when reading began.
  public var epoch: Int32
  /// The committed offset that the batch starts from.
  public var from: Int64
  /// The committed offset after it.
  public var to: Int64
  /// The content up to `to`.
  public var mark: ContentMark
  /// How what follows `to` is read, where that is to be noted.
  public var care: ReadingCare?
  /// Where inflating can go on, at or before `to`; nil leaves the one that is stored.
  public var point: GzipPoint?

  /// A step from `from` to `to`.
  public init(file: Int64, epoch: Int32, from: Int64, to: Int64, mark: ContentMark) {
    self.file = file
    self.epoch = epoch
    self.from = from
    self.to = to
    self.mark = mark
  }
}

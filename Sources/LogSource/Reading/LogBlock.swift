public import Gzip
public import LogModel

/// Consecutive bytes of a log.
public struct LogBlock: Sendable, Equatable {
  /// The most that a block holds.
  public static let bytesMax = 1 << 20

  /// Offset of the first byte in the decompressed stream.
  public var offset: Int64
  /// The bytes; 1…`bytesMax` of them.
  public var bytes: [UInt8]
  /// Where inflating can go on later, at or before the block's end; nil where nothing is to be noted.
  public var point: GzipPoint?

  /// A block.
  public init(offset: Int64, bytes: [UInt8]) {
    self.offset = offset
    self.bytes = bytes
  }
}

/// Why nothing follows the last block.
public enum InputEnd: Sendable, Equatable {
  /// A gzip file whose trailers fit its data.
  case complete(GzipTrailing)
  /// The end of a file that is not compressed, as it is now.
  case mayGrow
  /// A gzip file that ends before its trailer: still being written, or cut.
  case truncatedGzip
  /// A gzip file that is damaged; the bytes before were delivered.
  case corruptGzip(GzipDamage)

  /// The state of a file that ends so.
  public var state: GenerationState {
    switch self {
    case .complete: .done
    case .mayGrow: .active
    case .truncatedGzip: .incomplete
    case .corruptGzip: .corrupt
    }
  }
}

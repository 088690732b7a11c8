public import Gzip

/// What is known of an input when it has to be decided which file it is. The first part is known
/// as soon as it is open; the second grows as `IdentityRules` asks for more.
public struct InputFacts: Sendable, Equatable {
  /// CRC-32 of the bytes before an offset.
  public enum Prefix: Sendable, Equatable {
    /// The CRC-32.
    case crc(UInt32)
    /// The input has only so many bytes.
    case endsBefore(length: Int64)
  }

  /// The input held against the file where a generation was last seen.
  public enum Comparison: Sendable, Equatable {
    /// The input is the beginning of that file.
    case isPrefix
    /// They differ.
    case differs
    /// That file is not there, has changed, is this very one, or the input is a stream.
    case impossible
  }

  /// How it is stored.
  public var form: LogForm
  /// Device of the file; nil for a stream.
  public var device: Int64?
  /// Inode of the file; nil for a stream.
  public var inode: Int64?
  /// Length of the decompressed content, where it is known without reading.
  public var size: Int64?
  /// The first bytes, decompressed: 4096 of them, or all there are.
  public var head: [UInt8]
  /// The last eight bytes of a gzip file.
  public var trailer: GzipTrailer?

  /// By generation: whether the bytes before its committed offset have its anchor's hash.
  public var anchors: [Int64: Bool] = [:]
  /// By offset: what precedes it.
  public var prefixes: [Int64: Prefix] = [:]
  /// By generation: the comparison with its file.
  public var comparisons: [Int64: Comparison] = [:]

  /// Facts of an input that was opened.
  public init(
    form: LogForm, device: Int64?, inode: Int64?, size: Int64?, head: [UInt8],
    trailer: GzipTrailer?
  ) {
    self.form = form
    self.device = device
    self.inode = inode
    self.size = size
    self.head = head
    self.trailer = trailer
  }
}

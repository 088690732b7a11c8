/// A place in gzip data from which inflating can go on without what precedes it: the end of a deflate
/// block, or of a member.
public struct InflatePoint: Sendable, Equatable {
  /// The least window that a point has, in bytes: what was decompressed last before it.
  static let windowBytesMin = 4096

  /// Bytes of the compressed file before it; the last one may belong to both sides.
  public var compressedOffset: Int64
  /// How many of the last byte's bits, 0…7, belong to what follows.
  public var unusedBits: Int
  /// Bytes of the decompressed stream before it.
  public var decompressedOffset: Int64
  /// CRC-32 of what precedes it in its member.
  public var memberCRC: UInt32
  /// How many decompressed bytes precede it in its member; 0 = it is between two members.
  public var memberBytes: Int64
  /// The decompressed bytes before it that what follows may refer to; at most 32 KiB.
  public var window: [UInt8]

  /// A point.
  public init(
    compressedOffset: Int64, unusedBits: Int, decompressedOffset: Int64, memberCRC: UInt32,
    memberBytes: Int64, window: [UInt8]
  ) {
    self.compressedOffset = compressedOffset
    self.unusedBits = unusedBits
    self.decompressedOffset = decompressedOffset
    self.memberCRC = memberCRC
    self.memberBytes = memberBytes
    self.window = window
  }
}

/// Where inflating a gzip file can go on without what precedes: a row of `gzip_points`.
///
/// It is a hint: a file that does not have `check` before the point, or has not the generation's anchor
/// behind it, is inflated from its start.
public struct GzipPoint: Sendable, Equatable {
  /// Offset in the decompressed stream.
  public var offset: Int64
  /// Offset in the file as stored.
  public var compressedOffset: Int64
  /// How many bits of the byte before, 0…7, belong to what follows.
  public var unusedBits: Int
  /// CRC-32 of what precedes in the same gzip member: the trailer is still checked against all of it.
  public var memberCRC: UInt32
  /// Decompressed bytes that precede in the same member; 0 between two members.
  public var memberBytes: Int64
  /// Up to 32 KiB of the decompressed bytes before, which what follows refers to. They are log text,
  /// so they are hidden by a key made of the stored bytes that `checkLength` counts: who has the file
  /// can read them, who has only the store can't.
  public var hiddenWindow: [UInt8]
  /// How many stored bytes before the point `checkHash` covers.
  public var checkLength: Int
  /// SHA-256 of those bytes.
  public var checkHash: [UInt8]

  /// A point.
  public init(
    offset: Int64, compressedOffset: Int64, unusedBits: Int, memberCRC: UInt32,
    memberBytes: Int64, hiddenWindow: [UInt8], checkLength: Int, checkHash: [UInt8]
  ) {
    self.offset = offset
    self.compressedOffset = compressedOffset
    self.unusedBits = unusedBits
    self.memberCRC = memberCRC
    self.memberBytes = memberBytes
    self.hiddenWindow = hiddenWindow
    self.checkLength = checkLength
    self.checkHash = checkHash
  }
}

/// The last eight bytes of a gzip member. Of a file with one member and nothing behind it they
/// describe the whole content; of others only the last member, so they prove nothing alone.
public struct GzipTrailer: Sendable, Equatable {
  /// Length in bytes.
  public static let byteCount = 8

  /// CRC-32 of the member's data.
  public var crc: UInt32
  /// Length of the member's data modulo 2^32.
  public var size: UInt32

  /// A trailer by its figures.
  public init(crc: UInt32, size: UInt32) {
    self.crc = crc
    self.size = size
  }

  /// Reads the trailer from the last bytes of a file; nil when there are fewer than eight.
  public init?(lastBytes bytes: [UInt8]) {
    guard bytes.count >= Self.byteCount else { return nil }
    let start = bytes.count - Self.byteCount
    func word(_ at: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) }
    }
    self.init(crc: word(start), size: word(start + 4))
  }
}

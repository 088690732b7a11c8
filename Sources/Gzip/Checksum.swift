internal import CZlib

/// Checksums as gzip has them.
public enum Checksum {
  /// CRC-32 of everything before `bytes` (0 for nothing) continued over `bytes`.
  public static func crc32(_ previous: UInt32, _ bytes: RawSpan) -> UInt32 {
    // zlib takes a null pointer for "give me the initial value".
    guard !bytes.isEmpty else { return previous }
    return bytes.withUnsafeBytes { buffer in
      let start = buffer.bindMemory(to: UInt8.self).baseAddress
      return UInt32(truncatingIfNeeded: crc32_z(uLong(previous), start, buffer.count))
    }
  }

  /// CRC-32 of everything before `bytes` continued over an array.
  public static func crc32(_ previous: UInt32, _ bytes: [UInt8]) -> UInt32 {
    crc32(previous, bytes.span.bytes)
  }
}

internal import CCrypto

/// SHA-256 of bytes that are in memory, by libcrypto. Thread rule: `SHA256()` keeps no state when
/// it is given a place for the result, so any thread may call it.
public enum SHA256Hash {
  /// Length of a hash in bytes.
  public static let byteCount = 32

  /// The 32 bytes of the hash; `bytes` is borrowed for the call.
  public static func of(_ bytes: RawSpan) -> [UInt8] {
    bytes.withUnsafeBytes { input in
      [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
        // The one-shot call only fails for want of memory, and it needs none.
        let start = input.bindMemory(to: UInt8.self).baseAddress
        precondition(SHA256(start, input.count, output.baseAddress) != nil, "SHA-256 failed")
        count = byteCount
      }
    }
  }

  /// The 32 bytes of the hash of an array.
  public static func of(_ bytes: [UInt8]) -> [UInt8] { of(bytes.span.bytes) }
}

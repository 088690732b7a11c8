/// What the store keeps of bytes that could not be framed, read or stored, beside their length and
/// the hash of all of them.
public enum RejectedBytes: Sendable {
  /// How much is kept, from the first byte.
  static let bytesMax = 64 * 1024

  /// The bytes as they are.
  case all
  /// What the function makes of them; nil leaves them as they are.
  case rewritten(@Sendable (UnsafeBufferPointer<UInt8>) -> [UInt8]?)
  /// Nothing.
  case none

  /// What is kept of `bytes`; nil for nothing.
  func kept(_ bytes: [UInt8]) -> [UInt8]? {
    switch self {
    case .all: Array(bytes.prefix(Self.bytesMax))
    case .rewritten(let rewrite):
      Array((bytes.withUnsafeBufferPointer(rewrite) ?? bytes).prefix(Self.bytesMax))
    case .none: nil
    }
  }
}

/// Names a text without holding it: `StableHash` of its bytes, as the correlator compares texts
/// and the normalizer finds their identity. 0 stands for "no text in the log".
public struct TextKey: Sendable, Hashable {
  /// `StableHash.hash` of the text; 0 for none (a text that hashes to 0 is given 1).
  public var hash: UInt64

  /// A key by its hash.
  public init(hash: UInt64) { self.hash = hash }

  /// The key of a text.
  public init(_ text: UnsafeBufferPointer<UInt8>) {
    hash = max(1, StableHash.hash(text))
  }

  /// No text in the log.
  public static let none = TextKey(hash: 0)
  /// Whether there is no text.
  public var isNone: Bool { hash == 0 }
}

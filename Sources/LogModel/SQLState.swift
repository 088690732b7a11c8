/// A SQLSTATE: five bytes of `[0-9A-Z]`, packed into an integer (first character highest).
public struct SQLState: Sendable, Hashable {
  /// The five bytes, big-endian in the low 40 bits.
  public let packed: UInt64

  /// The packed form.
  public init(packed: UInt64) { self.packed = packed }

  /// Reads exactly five bytes of digits and capital letters; anything else is nil.
  public init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard bytes.count == 5 else { return nil }
    var packed: UInt64 = 0
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
        packed = packed << 8 | UInt64(byte)
      default: return nil
      }
    }
    self.packed = packed
  }

  /// A SQLSTATE written in the source; traps when it is not five characters of `[0-9A-Z]`.
  public init(_ literal: StaticString) {
    precondition(literal.utf8CodeUnitCount == 5, "a SQLSTATE has five characters")
    let bytes = UnsafeBufferPointer(start: literal.utf8Start, count: 5)
    guard let state = SQLState(bytes) else { preconditionFailure("not a SQLSTATE") }
    self = state
  }

  /// 00000, what every record has that reports no condition.
  public static let successfulCompletion = SQLState("00000")

  /// The two characters of the class, packed as in `packed`.
  public var classCode: UInt64 { packed >> 24 }
}

extension SQLState: CustomStringConvertible {
  /// The five characters.
  public var description: String {
    String(
      decoding: [32, 24, 16, 8, 0].map { UInt8(truncatingIfNeeded: packed >> $0) }, as: UTF8.self)
  }
}

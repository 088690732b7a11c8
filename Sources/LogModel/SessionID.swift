/// A session as PostgreSQL names it (`%c`, csvlog column 6): start of the process in seconds since
/// the Unix epoch and process id, both in hexadecimal, as `6b049016.6783`.
public struct SessionID: Sendable, Hashable {
  /// Start of the backend, seconds since the Unix epoch.
  public let start: UInt64
  /// Process id of the backend.
  public let process: UInt32

  /// A session by its two numbers.
  public init(start: UInt64, process: UInt32) {
    self.start = start
    self.process = process
  }

  /// Reads `hex.hex` in PostgreSQL's own spelling (lower case, no leading zero), so that
  /// `description` gives the same bytes back; anything else is nil.
  public init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")) else { return nil }
    guard let start = Self.hex(bytes[..<dot], digitsMax: 16),
      let process = Self.hex(bytes[(dot + 1)...], digitsMax: 8)
    else { return nil }
    self.init(start: start, process: UInt32(truncatingIfNeeded: process))
  }

  private static func hex(_ digits: Slice<UnsafeBufferPointer<UInt8>>, digitsMax: Int) -> UInt64? {
    guard let first = digits.first, digits.count <= digitsMax else { return nil }
    guard first != UInt8(ascii: "0") || digits.count == 1 else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"):
        value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return value
  }
}

extension SessionID {
  /// A hash of this session and one of its lines: puts records of one time in an order that does not
  /// depend on which was read first.
  public func recordMark(line: Int64) -> Int64 {
    let name = (start.littleEndian, UInt64(process).littleEndian, line.littleEndian)
    return withUnsafeBytes(of: name) { Int64(bitPattern: StableHash.hash($0)) }
  }
}

extension SessionID: CustomStringConvertible {
  /// PostgreSQL's spelling, `6b049016.6783`.
  public var description: String {
    String(start, radix: 16) + "." + String(process, radix: 16)
  }
}

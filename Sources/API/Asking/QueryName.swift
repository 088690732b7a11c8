/// A query's id as people write it.
public enum QueryName {
  /// The id of 16 hexadecimal digits; nil for anything else.
  public static func id(_ text: String) -> Int64? {
    guard text.utf8.count == 16, text.utf8.allSatisfy(isHexDigit),
      let bits = UInt64(text, radix: 16)
    else { return nil }
    return Int64(bitPattern: bits)
  }

  /// The 16 hexadecimal digits of an id.
  public static func text(_ id: Int64) -> String {
    let digits = String(UInt64(bitPattern: id), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}

/// The id of a plan, an execution or an event: `12-34567`.
public enum FactName {
  /// File and offset; nil for anything else.
  public static func parts(_ text: String) -> (file: Int64, offset: Int64)? {
    let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let file = number(parts[0]), let offset = number(parts[1]) else {
      return nil
    }
    return (file, offset)
  }

  private static func number(_ digits: Substring) -> Int64? {
    guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    return Int64(digits)
  }
}

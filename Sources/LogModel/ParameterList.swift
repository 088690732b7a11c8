/// Reads the list of parameters that PostgreSQL writes as DETAIL: `$1 = 'it''s', $2 = NULL`.
///
/// What log_parameter_max_length cut off is written by the server as `'lon...'`, and stays so.
public enum ParameterList {
  /// One parameter's place in the bytes.
  public struct Value: Sendable, Equatable {
    /// First byte behind the opening quote; for NULL the position of the word.
    public var start: Int
    /// The closing quote; `start` for NULL.
    public var end: Int
    /// How many quotes are doubled in it: its length is `end - start - doubledQuotes`.
    public var doubledQuotes: Int
    /// Whether it is NULL.
    public var isNull: Bool

    /// Length of the value in bytes once its quotes are single.
    public var count: Int { end - start - doubledQuotes }
  }

  /// Fills `values` with the parameters of `bytes`, which begin behind `parameters: `.
  ///
  /// False when the bytes are no such list from their first to their last byte: `values` is empty
  /// then. Places are relative to `bytes`.
  public static func read(_ bytes: UnsafeBufferPointer<UInt8>, into values: inout [Value]) -> Bool {
    values.removeAll(keepingCapacity: true)
    var at = 0
    var number = 1
    while true {
      guard let after = skipName(bytes, at, number), let value = value(bytes, after) else {
        values.removeAll(keepingCapacity: true)
        return false
      }
      values.append(value)
      at = value.isNull ? value.start + 4 : value.end + 1
      if at == bytes.count { return true }
      guard at + 2 < bytes.count, bytes[at] == UInt8(ascii: ","), bytes[at + 1] == space else {
        values.removeAll(keepingCapacity: true)
        return false
      }
      at += 2
      number += 1
    }
  }

  private static let space = UInt8(ascii: " ")
  private static let quote = UInt8(ascii: "'")

  /// The position behind `$number = `.
  private static func skipName(
    _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ number: Int
  ) -> Int? {
    guard start < bytes.count, bytes[start] == UInt8(ascii: "$") else { return nil }
    var at = start + 1
    var seen = 0
    while at < bytes.count, bytes[at] >= UInt8(ascii: "0"), bytes[at] <= UInt8(ascii: "9"),
      seen <= 1_000_000
    {
      seen = seen * 10 + Int(bytes[at] - UInt8(ascii: "0"))
      at += 1
    }
    guard seen == number, at + 3 < bytes.count else { return nil }
    guard bytes[at] == space, bytes[at + 1] == UInt8(ascii: "="), bytes[at + 2] == space else {
      return nil
    }
    return at + 3
  }

  private static func value(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Value? {
    guard start < bytes.count, bytes[start] == quote else {
      guard start + 4 <= bytes.count, bytes[start] == UInt8(ascii: "N"),
        bytes[start + 1] == UInt8(ascii: "U"), bytes[start + 2] == UInt8(ascii: "L"),
        bytes[start + 3] == UInt8(ascii: "L")
      else { return nil }
      return Value(start: start, end: start, doubledQuotes: 0, isNull: true)
    }
    var at = start + 1
    var doubled = 0
    while at < bytes.count {
      guard bytes[at] == quote else {
        at += 1
        continue
      }
      guard at + 1 < bytes.count, bytes[at + 1] == quote else {
        return Value(start: start + 1, end: at, doubledQuotes: doubled, isNull: false)
      }
      doubled += 1
      at += 2
    }
    return nil
  }
}

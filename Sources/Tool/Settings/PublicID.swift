import LogModel

/// Ids as they are printed and typed.
enum PublicID {
  /// A query's id: 16 hex digits.
  static func text(query id: Int64) -> String {
    let digits = String(UInt64(bitPattern: id), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The query's id in `text`, 1 to 16 hex digits; nil when it is none.
  static func query(_ text: String) -> Int64? {
    guard 1...16 ~= text.utf8.count, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
      return nil
    }
    return UInt64(text, radix: 16).map { Int64(bitPattern: $0) }
  }

  /// The id of an execution, a plan or an event: `12-34567`.
  static func text(_ key: FactKey) -> String { "\(key.file)-\(key.offset)" }

  /// The id of an execution, a plan or an event in `text`; nil when it is none.
  static func fact(_ text: String) -> FactKey? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isNumber) }),
      let file = Int64(parts[0]), let offset = Int64(parts[1])
    else { return nil }
    return FactKey(file: file, offset: offset)
  }
}

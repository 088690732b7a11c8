/// Zone words that mean the same everywhere.
enum ZoneWord {
  /// Seconds to add to UTC for `UTC`, `GMT`, `Z` and numbers (`+05:30`, `+0545`, `-03`, `+01`;
  /// positive is east); nil for all others.
  static func fixedOffset(_ word: String) -> Int? {
    switch word {
    case "UTC", "GMT", "Z": return 0
    default: break
    }
    let bytes = Array(word.utf8)
    guard let sign = bytes.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else {
      return nil
    }
    let digits = bytes.dropFirst().filter { $0 != UInt8(ascii: ":") }
    guard digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
      hasColonsInPlace(bytes, digits: digits.count)
    else { return nil }
    let parts = stride(from: 0, to: digits.count, by: 2).map { at in
      Int(digits[at] - UInt8(ascii: "0")) * 10 + Int(digits[at + 1] - UInt8(ascii: "0"))
    }
    guard parts[0] < 24, parts.dropFirst().allSatisfy({ $0 < 60 }) else { return nil }
    let seconds = zip(parts, [3600, 60, 1]).reduce(0) { $0 + $1.0 * $1.1 }
    return sign == UInt8(ascii: "-") ? -seconds : seconds
  }

  private static func hasColonsInPlace(_ bytes: [UInt8], digits: Int) -> Bool {
    guard digits == 2 || digits == 4 || digits == 6 else { return false }
    let colons = bytes.indices.filter { bytes[$0] == UInt8(ascii: ":") }
    return colons.isEmpty || colons == Array([3, 6].prefix(digits / 2 - 1))
  }

  /// `+05:30`, with seconds only where there are some.
  static func text(offset: Int) -> String {
    let seconds = offset.magnitude
    func two(_ value: UInt) -> String { (value < 10 ? "0" : "") + String(value) }
    let text = (offset < 0 ? "-" : "+") + two(seconds / 3600) + ":" + two(seconds / 60 % 60)
    return seconds % 60 == 0 ? text : text + ":" + two(seconds % 60)
  }
}

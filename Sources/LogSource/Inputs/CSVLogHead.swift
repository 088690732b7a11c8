/// Looks at bytes as the start of a csvlog record: `YYYY-MM-DD HH:MM:SS.mmm ZONE,` and, when the
/// whole record is there, at least 22 columns.
enum CSVLogHead {
  enum Verdict: Equatable {
    /// A record starts here; its local time as written.
    case record(time: String)
    /// Everything that is there fits, but it ends before that could be said.
    case partial
    case other
  }

  /// Columns of the oldest csvlog; later ones have 23, 24 and 26.
  static let columnsMin = 22
  private static let zoneBytesMax = 32
  private static let template = Array("dddd-dd-dd dd:dd:dd".utf8)

  /// Whether a record starts at `start`.
  static func verdict(_ bytes: [UInt8], at start: Int) -> Verdict {
    for (index, expected) in template.enumerated() {
      guard start + index < bytes.count else { return .partial }
      let byte = bytes[start + index]
      guard expected == UInt8(ascii: "d") ? isDigit(byte) : byte == expected else { return .other }
    }
    var at = start + template.count
    guard at < bytes.count else { return .partial }
    if bytes[at] == UInt8(ascii: ".") {
      repeat { at += 1 } while at < bytes.count && isDigit(bytes[at])
    }
    let time = String(decoding: bytes[start..<at], as: UTF8.self)
    guard at < bytes.count else { return .partial }
    guard bytes[at] == UInt8(ascii: " ") else { return .other }
    let zoneStart = at + 1
    at = zoneStart
    while at < bytes.count, isZoneByte(bytes[at]), at - zoneStart < zoneBytesMax { at += 1 }
    guard at < bytes.count else { return .partial }
    guard at > zoneStart, bytes[at] == UInt8(ascii: ",") else { return .other }
    let (columns, isWhole) = columns(bytes, from: start)
    return isWhole && columns < columnsMin ? .other : .record(time: time)
  }

  /// Columns of the record that starts at `start`, and whether its end was seen.
  private static func columns(_ bytes: [UInt8], from start: Int) -> (count: Int, isWhole: Bool) {
    var count = 1
    var isQuoted = false
    for byte in bytes[start...] {
      switch byte {
      // A doubled quote leaves and enters again.
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: ",") where !isQuoted: count += 1
      case UInt8(ascii: "\n") where !isQuoted: return (count, true)
      default: break
      }
    }
    return (count, false)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private static func isZoneByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

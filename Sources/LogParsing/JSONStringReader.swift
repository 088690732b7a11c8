/// Reads JSON strings, strictly: what `jsonb` would refuse or lose is told.
enum JSONStringReader {
  struct Answer {
    /// One past the closing quote.
    var end: Int
    /// A backslash occurred: the value is not the bytes between the quotes.
    var hasEscapes = false
    /// `\u0000` or half of a surrogate pair occurred: valid JSON, no `jsonb`.
    var fitsJSONB = true
  }

  /// Checks the string whose opening quote stands at `start`; nil when it is not valid JSON.
  static func check(_ base: UnsafePointer<UInt8>, start: Int, end: Int) -> Answer? {
    var answer = Answer(end: end)
    var at = start &+ 1
    while at < end {
      let byte = base[at]
      if byte == UInt8(ascii: "\"") {
        answer.end = at &+ 1
        return answer
      }
      guard byte >= 32 else { return nil }
      guard byte == UInt8(ascii: "\\") else {
        at &+= 1
        continue
      }
      answer.hasEscapes = true
      guard at &+ 1 < end else { return nil }
      switch base[at &+ 1] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
        UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
        at &+= 2
      case UInt8(ascii: "u"):
        guard let unit = hex(base, at &+ 2, end) else { return nil }
        at &+= 6
        if unit == 0 || unit >= 0xDC00 && unit <= 0xDFFF { answer.fitsJSONB = false }
        guard unit >= 0xD800, unit <= 0xDBFF else { continue }
        guard at &+ 1 < end, base[at] == UInt8(ascii: "\\"), base[at &+ 1] == UInt8(ascii: "u"),
          let low = hex(base, at &+ 2, end), low >= 0xDC00, low <= 0xDFFF
        else {
          answer.fitsJSONB = false
          continue
        }
        at &+= 6
      default: return nil
      }
    }
    return nil
  }

  /// Appends the value of a checked string's inside, `[from, end)` without quotes, as UTF-8. What
  /// has no UTF-8 form (`\u0000`, half a surrogate pair) becomes U+FFFD.
  static func append(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int, to output: inout [UInt8]
  ) {
    var at = from
    while at < end {
      let stop = Bytes.find(UInt8(ascii: "\\"), base, from: at, end: end)
      output.append(contentsOf: UnsafeBufferPointer(start: base + at, count: stop - at))
      guard stop + 1 < end else { return }
      at = stop + 2
      switch base[stop + 1] {
      case UInt8(ascii: "b"): output.append(8)
      case UInt8(ascii: "f"): output.append(12)
      case UInt8(ascii: "n"): output.append(10)
      case UInt8(ascii: "r"): output.append(13)
      case UInt8(ascii: "t"): output.append(9)
      case UInt8(ascii: "u"):
        guard let unit = hex(base, at, end) else { return }
        at += 4
        var point = UInt32(unit)
        if unit >= 0xD800, unit <= 0xDBFF, at + 1 < end, base[at] == UInt8(ascii: "\\"),
          let low = hex(base, at + 2, end), low >= 0xDC00, low <= 0xDFFF
        {
          point = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
          at += 6
        }
        let scalar = point == 0 ? nil : Unicode.Scalar(point)
        output.append(contentsOf: Array(String(scalar ?? "\u{FFFD}").utf8))
      default: output.append(base[stop + 1])
      }
    }
  }

  private static func hex(_ base: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> UInt16? {
    guard at &+ 4 <= end else { return nil }
    var value: UInt16 = 0
    for i in 0..<4 {
      let byte = base[at &+ i]
      switch byte {
      case 48...57: value = value << 4 | UInt16(byte - 48)
      case 65...70: value = value << 4 | UInt16(byte - 55)
      case 97...102: value = value << 4 | UInt16(byte - 87)
      default: return nil
      }
    }
    return value
  }
}

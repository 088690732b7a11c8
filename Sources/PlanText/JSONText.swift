/// The text of a JSON string.
enum JSONText {
  /// The characters that the bytes between the quotes stand for; a lone surrogate is U+FFFD.
  static func unescape(_ bytes: ArraySlice<UInt8>) -> String {
    guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var at = bytes.startIndex
    while at < bytes.endIndex {
      guard bytes[at] == UInt8(ascii: "\\"), at + 1 < bytes.endIndex else {
        out.append(bytes[at])
        at += 1
        continue
      }
      let escape = bytes[at + 1]
      at += 2
      switch escape {
      case UInt8(ascii: "n"): out.append(0x0A)
      case UInt8(ascii: "t"): out.append(0x09)
      case UInt8(ascii: "r"): out.append(0x0D)
      case UInt8(ascii: "b"): out.append(0x08)
      case UInt8(ascii: "f"): out.append(0x0C)
      case UInt8(ascii: "u"): append(scalarAt: &at, of: bytes, to: &out)
      default: out.append(escape)
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Appends the character whose first four hex digits stand at `at`.
  private static func append(
    scalarAt at: inout Int, of bytes: ArraySlice<UInt8>, to out: inout [UInt8]
  ) {
    var value = unit(at, of: bytes)
    at = min(at + 4, bytes.endIndex)
    if 0xD800..<0xDC00 ~= value, at + 6 <= bytes.endIndex, bytes[at] == UInt8(ascii: "\\"),
      bytes[at + 1] == UInt8(ascii: "u")
    {
      let low = unit(at + 2, of: bytes)
      if 0xDC00..<0xE000 ~= low {
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        at += 6
      }
    }
    let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
    out.append(contentsOf: String(Character(scalar)).utf8)
  }

  /// The number in the four hex digits at `at`.
  private static func unit(_ at: Int, of bytes: ArraySlice<UInt8>) -> UInt32 {
    guard at + 4 <= bytes.endIndex else { return 0xFFFD }
    return UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16) ?? 0xFFFD
  }
}

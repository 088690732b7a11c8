/// JSON strings as PostgreSQL writes them.
enum JSONEscapes {
  /// The string with the content `content`.
  static func unescaped(_ content: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(content.count)
    var at = 0
    while at < content.count {
      guard content[at] == 0x5C, at + 1 < content.count else {
        out.append(content[at])
        at += 1
        continue
      }
      let letter = content[at + 1]
      at += 2
      switch letter {
      case UInt8(ascii: "n"): out.append(0x0A)
      case UInt8(ascii: "t"): out.append(0x09)
      case UInt8(ascii: "r"): out.append(0x0D)
      case UInt8(ascii: "b"): out.append(0x08)
      case UInt8(ascii: "f"): out.append(0x0C)
      case UInt8(ascii: "u"):
        let digits = String(decoding: content[at..<min(at + 4, content.count)], as: UTF8.self)
        // PostgreSQL writes only control characters this way; no pairs of surrogates occur.
        if let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) {
          out.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
        at = min(at + 4, content.count)
      default: out.append(letter)
      }
    }
    return out
  }

  /// Appends `text` as the content of a string.
  static func escape(_ text: [UInt8], to out: inout [UInt8]) {
    for byte in text {
      switch byte {
      case 0x22, 0x5C:
        out.append(0x5C)
        out.append(byte)
      case 0x0A: out.append(contentsOf: [0x5C, UInt8(ascii: "n")])
      case 0x09: out.append(contentsOf: [0x5C, UInt8(ascii: "t")])
      case 0x0D: out.append(contentsOf: [0x5C, UInt8(ascii: "r")])
      case 0..<0x20:
        let hex = Array("0123456789abcdef".utf8)
        out.append(contentsOf: "\\u00".utf8)
        out.append(hex[Int(byte >> 4)])
        out.append(hex[Int(byte & 15)])
      default: out.append(byte)
      }
    }
  }
}

/// Texts of XML as PostgreSQL writes them.
enum XMLEscapes {
  private static let entities: [(name: StaticString, byte: UInt8)] = [
    ("&lt;", 0x3C), ("&gt;", 0x3E), ("&amp;", 0x26), ("&quot;", 0x22), ("&apos;", 0x27),
    ("&#x0d;", 0x0D),
  ]

  /// The text that `content` stands for.
  static func unescaped(_ content: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(content.count)
    var at = 0
    scan: while at < content.count {
      if content[at] == 0x26 {
        for (name, byte) in entities where starts(content, at, name) {
          out.append(byte)
          at += name.utf8CodeUnitCount
          continue scan
        }
      }
      out.append(content[at])
      at += 1
    }
    return out
  }

  private static func starts(
    _ text: UnsafeBufferPointer<UInt8>, _ at: Int, _ name: StaticString
  ) -> Bool {
    guard at + name.utf8CodeUnitCount <= text.count else { return false }
    return (0..<name.utf8CodeUnitCount).allSatisfy { text[at + $0] == name.utf8Start[$0] }
  }

  /// Appends `text` as the content of an element.
  static func escape(_ text: [UInt8], to out: inout [UInt8]) {
    for byte in text {
      switch byte {
      case 0x3C: out.append(contentsOf: "&lt;".utf8)
      case 0x3E: out.append(contentsOf: "&gt;".utf8)
      case 0x26: out.append(contentsOf: "&amp;".utf8)
      case 0x0D: out.append(contentsOf: "&#x0d;".utf8)
      default: out.append(byte)
      }
    }
  }
}

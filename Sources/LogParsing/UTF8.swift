/// UTF-8 as PostgreSQL accepts it: no overlong forms, no surrogates, at most U+10FFFF, no NUL.
enum UTF8Check {
  /// Whether `[from, end)` is valid.
  static func isValid(_ base: UnsafePointer<UInt8>, from: Int, end: Int) -> Bool {
    var at = from
    while at < end {
      while at &+ 8 <= end,
        UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        at &+= 8
      }
      guard at < end else { return true }
      let lead = base[at]
      if lead < 0x80 {
        at &+= 1
        continue
      }
      let length: Int
      var low: UInt8 = 0x80
      var high: UInt8 = 0xBF
      switch lead {
      case 0xC2...0xDF: length = 2
      case 0xE0: (length, low) = (3, 0xA0)
      case 0xED: (length, high) = (3, 0x9F)
      case 0xE1...0xEF: length = 3
      case 0xF0: (length, low) = (4, 0x90)
      case 0xF1...0xF3: length = 4
      case 0xF4: (length, high) = (4, 0x8F)
      default: return false
      }
      guard at &+ length <= end, base[at &+ 1] >= low, base[at &+ 1] <= high else { return false }
      for i in 2..<max(2, length) where base[at &+ i] & 0xC0 != 0x80 { return false }
      at &+= length
    }
    return true
  }
}

/// A single-byte encoding that bytes are read in which are no UTF-8. Every one maps each byte to a
/// character, so that nothing is lost.
public enum FallbackEncoding: String, Sendable, CaseIterable {
  /// ISO 8859-1: byte = code point.
  case latin1 = "LATIN1"
  /// ISO 8859-15: eight characters differ from LATIN1, the Euro sign among them.
  case latin9 = "LATIN9"
  /// Windows-1252; its five unassigned bytes stand for the code points of the same value.
  case win1252 = "WIN1252"

  /// The encoding by PostgreSQL's name or a common alias, in any case; nil if it is none of these.
  public init?(name: String) {
    switch name.uppercased().filter({ $0 != "-" && $0 != "_" }) {
    case "LATIN1", "ISO88591", "SQLASCII": self = .latin1
    case "LATIN9", "ISO885915": self = .latin9
    case "WIN1252", "WINDOWS1252", "CP1252": self = .win1252
    default: return nil
    }
  }

  /// The code point of a byte.
  func codePoint(_ byte: UInt8) -> UInt32 {
    switch self {
    case .latin1: return UInt32(byte)
    case .latin9:
      switch byte {
      case 0xA4: return 0x20AC
      case 0xA6: return 0x160
      case 0xA8: return 0x161
      case 0xB4: return 0x17D
      case 0xB8: return 0x17E
      case 0xBC: return 0x152
      case 0xBD: return 0x153
      case 0xBE: return 0x178
      default: return UInt32(byte)
      }
    case .win1252:
      guard byte >= 0x80, byte <= 0x9F else { return UInt32(byte) }
      return Self.windows[Int(byte) - 0x80]
    }
  }

  private static let windows: [UInt32] = [
    0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039,
    0x152, 0x8D, 0x17D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC,
    0x2122, 0x161, 0x203A, 0x153, 0x9D, 0x17E, 0x178,
  ]

  /// Appends the bytes of `[from, end)` as UTF-8.
  func append(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int, to output: inout [UInt8]
  ) {
    for at in from..<end {
      let byte = base[at]
      guard byte >= 0x80 else {
        output.append(byte)
        continue
      }
      let point = codePoint(byte)
      if point < 0x800 {
        output.append(UInt8(0xC0 | point >> 6))
      } else {
        output.append(UInt8(0xE0 | point >> 12))
        output.append(UInt8(0x80 | point >> 6 & 0x3F))
      }
      output.append(UInt8(0x80 | point & 0x3F))
    }
  }
}

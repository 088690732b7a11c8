/// Text of logs, made harmless for a terminal: a log can hold whatever a client sent.
enum SafeText {
  /// `text` on one line: runs of white space are one space, other controls are escaped.
  static func line(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    var isSpace = false
    for scalar in text.unicodeScalars {
      if scalar == " " || scalar == "\n" || scalar == "\t" || scalar == "\r" {
        isSpace = !out.isEmpty
        continue
      }
      if isSpace { out.append(" ") }
      isSpace = false
      append(scalar, to: &out)
    }
    return String(out)
  }

  /// `text` with its lines and tabs, other controls escaped; `\r\n` ends a line as `\n` does.
  static func block(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    var isReturn = false
    for scalar in text.unicodeScalars {
      if isReturn, scalar != "\n" { append("\r", to: &out) }
      isReturn = scalar == "\r"
      guard !isReturn else { continue }
      if scalar == "\n" || scalar == "\t" { out.append(scalar) } else { append(scalar, to: &out) }
    }
    if isReturn { append("\r", to: &out) }
    return String(out)
  }

  /// Whether a terminal, or who reads on one, could be misled by `scalar`: C0, DEL, C1, and what
  /// reorders, joins or hides text.
  static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200B, 0x200E...0x200F, 0x2028...0x202E,
      0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F:
      true
    default: false
    }
  }

  /// `\x1b`, `\u202e`.
  static func escape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    switch digits.count {
    case ...2: return "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
    case ...4: return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
    }
  }

  private static func append(_ scalar: Unicode.Scalar, to out: inout String.UnicodeScalarView) {
    if isHarmful(scalar) {
      out.append(contentsOf: escape(scalar).unicodeScalars)
    } else {
      out.append(scalar)
    }
  }
}

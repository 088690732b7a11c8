/// Writing of JSON by hand: the same input always gives the same bytes, because they are hashed.
enum JSONWriting {
  /// A string with its quotes.
  static func quoted(_ text: String) -> String {
    var result = "\""
    result.reserveCapacity(text.utf8.count + 2)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case "\u{00}"..."\u{1F}", "\u{7F}"..."\u{9F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// A number with two significant digits, so that a figure that hardly moved is the same figure; `null` for
  /// what is no number.
  static func rounded(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    guard value != 0 else { return "0" }
    var (scaled, exponent) = (value.magnitude, 0)
    while scaled >= 100 { (scaled, exponent) = (scaled / 10, exponent + 1) }
    while scaled < 10 { (scaled, exponent) = (scaled * 10, exponent - 1) }
    var digits = Int64(scaled.rounded())
    while digits % 10 == 0 { (digits, exponent) = (digits / 10, exponent + 1) }
    let sign = value < 0 ? "-" : ""
    if exponent >= 0, exponent <= 15 {
      return sign + String(digits) + String(repeating: "0", count: exponent)
    }
    guard exponent < 0, exponent >= -9 else { return "\(sign)\(digits)e\(exponent)" }
    let text = String(digits)
    let padded = String(repeating: "0", count: max(0, 1 - exponent - text.count)) + text
    return sign + padded.dropLast(-exponent) + "." + padded.suffix(-exponent)
  }
}

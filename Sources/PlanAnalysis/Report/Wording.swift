/// Figures in sentences, the same on every machine.
enum Wording {
  /// `12,345`, `3.4`, `0.02`.
  static func number(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 9e15 else { return "very many" }
    if abs(value) >= 100 || value == value.rounded() { return grouped(Int64(value.rounded())) }
    return decimal(value, digits: abs(value) >= 10 ? 1 : 2)
  }

  /// `12 ms`, `3.4 s`.
  static func ms(_ value: Double) -> String {
    value >= 10_000 ? number((value / 100).rounded() / 10) + " s" : number(value) + " ms"
  }

  /// `12 %`
  static func percent(_ part: Double) -> String {
    number((part * 1000).rounded() / 10) + " %"
  }

  /// `64 MB` of kB.
  static func kilobytes(_ value: Double) -> String {
    value >= 10_240 ? number((value / 1024).rounded()) + " MB" : number(value.rounded()) + " kB"
  }

  /// A number with a fixed count of digits after the point, without an exponent.
  static func decimal(_ value: Double, digits: Int) -> String {
    guard value.isFinite, abs(value) < 9e12 else { return value > 0 ? "9000000000000" : "0" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let units = Int64((abs(value) * scale).rounded())
    let whole = units / Int64(scale)
    var text = (value < 0 && units > 0 ? "-" : "") + String(whole)
    guard digits > 0 else { return text }
    let rest = String(units % Int64(scale))
    text += "." + String(repeating: "0", count: digits - rest.count) + rest
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text
  }

  private static func grouped(_ value: Int64) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }
}

import LogModel

/// An instant as users write it: ISO 8601, or how long ago.
enum TimeArgument {
  /// Microseconds of the units of `24h`.
  private static let units: [(name: String, microseconds: Double)] = [
    ("ms", 1e3), ("s", 1e6), ("min", 6e7), ("m", 6e7), ("h", 3.6e9), ("d", 8.64e10),
    ("w", 6.048e11),
  ]

  /// The instant that `text` names; nil when it is none. Without a zone it is UTC.
  ///
  /// `2026-03-01`, `2026-03-01T12:30`, `2026-03-01 12:30:15.5+02:00`, `now`; `24h`, `30d` before
  /// `now`.
  static func parse(_ text: String, now: LogTime) -> LogTime? {
    if text == "now" { return now }
    if let microseconds = span(text) {
      return LogTime(microseconds: now.microseconds - microseconds)
    }
    return date(text)
  }

  /// The instant that was typed behind `flag`; nil when nothing was. Throws `usage`.
  static func read(_ flag: String, _ text: String?, now: LogTime) throws(ToolError) -> LogTime? {
    guard let text else { return nil }
    guard let time = parse(text, now: now) else {
      throw ToolError(
        .usage, flag, "'\(text)' is no time",
        next: "Write 2026-03-01, 2026-03-01T12:30:00Z, or how long ago, as 24h or 30d")
    }
    return time
  }

  /// The length of `24h`, `1.5d`, `200ms` in microseconds; nil when `text` is none.
  static func span(_ text: String) -> Int64? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let number = Double(digits), number.isFinite else { return nil }
    let name = text.dropFirst(digits.count)
    guard let unit = units.first(where: { $0.name == name }) else { return nil }
    let length = number * unit.microseconds
    return length < 9e17 ? Int64(length.rounded()) : nil
  }

  private static func date(_ text: String) -> LogTime? {
    var scan = DigitScan(text)
    guard let year = scan.number(4), scan.take("-"), let month = scan.number(2), scan.take("-"),
      let day = scan.number(2), 1...12 ~= month, 1...31 ~= day
    else { return nil }
    let days = CivilDate.days(year: year, month: month, day: day)
    guard CivilDate.civil(days: days) == (year, month, day) else { return nil }
    var seconds = days * 86_400
    var fraction = 0
    if scan.take("T") || scan.take("t") || scan.take(" ") {
      guard let hour = scan.number(2), scan.take(":"), let minute = scan.number(2), hour < 24,
        minute < 60
      else { return nil }
      seconds += hour * 3600 + minute * 60
      if scan.take(":") {
        guard let second = scan.number(2), second <= 60 else { return nil }
        seconds += second
        if scan.take(".") {
          guard let digits = scan.fraction() else { return nil }
          fraction = digits
        }
      }
    }
    guard let offset = scan.zone(), scan.isAtEnd else { return nil }
    return LogTime(microseconds: Int64(seconds - offset) * 1_000_000 + Int64(fraction))
  }
}

/// Reads fixed numbers of digits.
private struct DigitScan {
  private var rest: Substring

  init(_ text: String) { rest = Substring(text) }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ character: Character) -> Bool {
    guard rest.first == character else { return false }
    rest = rest.dropFirst()
    return true
  }

  mutating func number(_ count: Int) -> Int? {
    let digits = rest.prefix(count)
    guard digits.count == count, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      return nil
    }
    rest = rest.dropFirst(count)
    return Int(digits)
  }

  /// Microseconds of one to nine digits after a point.
  mutating func fraction() -> Int? {
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    guard 1...9 ~= digits.count else { return nil }
    rest = rest.dropFirst(digits.count)
    return Int((digits + "000000").prefix(6))
  }

  /// Seconds east of UTC: `Z`, `+02`, `+0200`, `+02:00`, or nothing.
  mutating func zone() -> Int? {
    if isAtEnd || take("Z") || take("z") { return 0 }
    let isWest = rest.first == "-"
    guard take("+") || take("-"), let hours = number(2), hours < 16 else { return nil }
    if isAtEnd { return (isWest ? -1 : 1) * hours * 3600 }
    _ = take(":")
    guard let minutes = number(2), minutes < 60 else { return nil }
    return (isWest ? -1 : 1) * (hours * 3600 + minutes * 60)
  }
}

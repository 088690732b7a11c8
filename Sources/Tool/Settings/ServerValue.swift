/// Values of PostgreSQL's settings, as pg_settings has them (`250 ms`) and as a configuration file
/// has them (`250ms`, `'1 s'`).
enum ServerValue {
  private static let milliseconds: [String: Double] = [
    "us": 0.001, "": 1, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000,
  ]
  private static let on = ["on", "true", "yes", "1", "t", "y"]
  private static let off = ["off", "false", "no", "0", "f", "n"]

  /// A time in milliseconds; a number without unit is milliseconds. Nil for anything else.
  static func milliseconds(_ text: String) -> Double? {
    let number = text.prefix { $0.isASCII && ($0.isNumber || "+-.".contains($0)) }
    let unit = text.dropFirst(number.count).filter { $0 != " " }
    guard let value = Double(number), let factor = milliseconds[unit] else { return nil }
    // -1 switches a setting off, whatever unit it is given in.
    return value < 0 ? -1 : value * factor
  }

  /// A number, without its unit. Nil for anything else.
  static func number(_ text: String) -> Double? {
    Double(text.prefix { $0.isASCII && ($0.isNumber || "+-.".contains($0)) })
  }

  /// A switch. Nil for anything else.
  static func flag(_ text: String) -> Bool? {
    let word = text.lowercased()
    return on.contains(word) ? true : off.contains(word) ? false : nil
  }
}

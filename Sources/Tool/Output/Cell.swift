import LogModel

/// One value of a result, typed so that every format can write it its own way.
enum Cell: Equatable {
  case none
  case text(String)
  /// Text that keeps its lines where it stands alone, as SQL does.
  case block(String)
  case count(Int64)
  /// Milliseconds.
  case ms(Double)
  /// A part of a whole, 0 … 1; people see per cent.
  case share(Double)
  case flag(Bool)
  case list([String?])
  /// A JSON document, as it is.
  case json(String)

  /// `.none` for nil.
  static func maybe(_ text: String?) -> Cell { text.map { .text($0) } ?? .none }
  static func maybe(ms: Double?) -> Cell { ms.map { .ms($0) } ?? .none }
  static func maybe(count: Int64?) -> Cell { count.map { .count($0) } ?? .none }
  static func maybe(share: Double?) -> Cell { share.map { .share($0) } ?? .none }

  /// A query's id.
  static func query(_ id: Int64) -> Cell { .text(PublicID.text(query: id)) }
  /// The id of an execution, a plan or an event.
  static func fact(_ key: FactKey) -> Cell { .text(PublicID.text(key)) }

  /// Whether people read it in a column that ends on the right.
  var isNumber: Bool {
    switch self {
    case .count, .ms, .share: true
    default: false
    }
  }

  /// As people read it, on one line, harmless for a terminal.
  var shown: String {
    switch self {
    case .none: "-"
    case .text(let text), .block(let text): SafeText.line(text)
    case .count(let count): String(count)
    case .ms(let ms): Number.fixed(ms, decimals: 3)
    case .share(let share): Number.fixed(share * 100, decimals: 1)
    case .flag(let flag): flag ? "yes" : "no"
    case .list(let list): list.map { SafeText.line($0 ?? "NULL") }.joined(separator: ", ")
    case .json(let json): SafeText.line(json)
    }
  }
}

/// Numbers as text, independent of any locale.
enum Number {
  /// `value` with exactly `decimals` places, 0 … 9.
  static func fixed(_ value: Double, decimals: Int) -> String {
    let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
    let scaled = (value.magnitude * scale).rounded()
    guard scaled.isFinite, scaled < 1e15 else { return "\(value)" }
    let digits = String(Int64(scaled))
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + padded }
    return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }

  /// Bytes as people read them: `1.4 GB`.
  static func bytes(_ count: Int64) -> String {
    var value = Double(count)
    for unit in ["B", "kB", "MB", "GB"] {
      if value < 1000 { return unit == "B" ? "\(count) B" : fixed(value, decimals: 1) + " \(unit)" }
      value /= 1000
    }
    return fixed(value, decimals: 1) + " TB"
  }

  /// A length of time as people read it: `42 s`, `3 min 5 s`, `2 h 10 min`.
  static func duration(seconds: Double) -> String {
    let total = Int64(seconds.rounded())
    if total < 60 { return "\(total) s" }
    if total < 3600 { return "\(total / 60) min \(total % 60) s" }
    return "\(total / 3600) h \(total % 3600 / 60) min"
  }

  /// A JSON number; `null` for what JSON has no number for.
  static func json(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    let rounded = (value * 1e6).rounded() / 1e6
    guard rounded.magnitude < 1e15 else { return "\(value)" }
    return rounded == rounded.rounded() ? String(Int64(rounded)) : "\(rounded)"
  }
}

internal import LogModel

/// A rule for all years, as `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX TZ, with the extensions of RFC
/// 8536: hours from -167 to 167).
struct ZoneRule: Sendable {
  typealias ZoneType = (offset: Int, abbreviation: String)

  let standard: ZoneType
  let daylight: ZoneType?
  private let start: Day?
  private let end: Day?

  private struct Day {
    enum Form {
      case month(Int, week: Int, weekday: Int)
      /// 1…365, without February 29.
      case julian(Int)
      /// 0…365
      case ordinal(Int)
    }
    var form: Form
    /// Seconds of the local clock after midnight.
    var time: Int
  }

  init?(_ text: [UInt8]) {
    var reader = Reader(text: text)
    guard let name = reader.name(), let west = reader.time() else { return nil }
    standard = (-west, name)
    guard !reader.isAtEnd else {
      (daylight, start, end) = (nil, nil, nil)
      return
    }
    guard let summer = reader.name() else { return nil }
    let ahead = reader.isAt(UInt8(ascii: ",")) ? standard.offset + 3600 : reader.time().map { -$0 }
    guard let ahead, let start = reader.day(), let end = reader.day(), reader.isAtEnd else {
      return nil
    }
    daylight = (ahead, summer)
    self.start = start
    self.end = end
  }

  /// The changes in these years, by time.
  func changes(years: ClosedRange<Int>) -> [(time: Int64, type: ZoneType)] {
    guard let daylight, let start, let end else { return [] }
    return years.flatMap { year -> [(time: Int64, type: ZoneType)] in
      [
        (Self.seconds(start, year) - Int64(standard.offset), daylight),
        (Self.seconds(end, year) - Int64(daylight.offset), standard),
      ]
    }.sorted { $0.time < $1.time }
  }

  static func year(ofSeconds seconds: Int64) -> Int {
    let days = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400
    return CivilDate.civil(days: Int(days)).year
  }

  /// Local seconds since 1970-01-01 00:00 of a day's change in a year.
  private static func seconds(_ day: Day, _ year: Int) -> Int64 {
    let newYear = CivilDate.days(year: year, month: 1, day: 1)
    let days: Int
    switch day.form {
    case .ordinal(let ordinal): days = newYear + ordinal
    case .julian(let julian):
      let isLeap = CivilDate.days(year: year + 1, month: 1, day: 1) - newYear == 366
      days = newYear + julian - 1 + (isLeap && julian >= 60 ? 1 : 0)
    case .month(let month, let week, let weekday):
      let first = CivilDate.days(year: year, month: month, day: 1)
      let next =
        month == 12
        ? CivilDate.days(year: year + 1, month: 1, day: 1)
        : CivilDate.days(year: year, month: month + 1, day: 1)
      // 1970-01-01 was a Thursday.
      let firstWeekday = ((first + 4) % 7 + 7) % 7
      var found = first + (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
      while found >= next { found -= 7 }
      days = found
    }
    return Int64(days) * 86400 + Int64(day.time)
  }

  private struct Reader {
    var text: [UInt8]
    var at = 0

    var isAtEnd: Bool { at == text.count }

    func isAt(_ byte: UInt8) -> Bool { at < text.count && text[at] == byte }

    mutating func take(_ byte: UInt8) -> Bool {
      guard isAt(byte) else { return false }
      at += 1
      return true
    }

    /// `CET` or `<+0330>`.
    mutating func name() -> String? {
      let isQuoted = take(UInt8(ascii: "<"))
      let start = at
      while at < text.count {
        let byte = text[at] | 0x20
        let isLetter = byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
        guard isQuoted ? text[at] != UInt8(ascii: ">") : isLetter else { break }
        at += 1
      }
      let name = String(decoding: text[start..<at], as: UTF8.self)
      if isQuoted, !take(UInt8(ascii: ">")) { return nil }
      return name.isEmpty ? nil : name
    }

    mutating func number() -> Int? {
      let start = at
      var value = 0
      while at < text.count, text[at] >= UInt8(ascii: "0"), text[at] <= UInt8(ascii: "9"),
        at - start < 4
      {
        value = value * 10 + Int(text[at] - UInt8(ascii: "0"))
        at += 1
      }
      return at > start ? value : nil
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func time() -> Int? {
      let isNegative = take(UInt8(ascii: "-"))
      if !isNegative { _ = take(UInt8(ascii: "+")) }
      guard var seconds = number().map({ $0 * 3600 }) else { return nil }
      for unit in [60, 1] where take(UInt8(ascii: ":")) {
        guard let part = number() else { return nil }
        seconds += part * unit
      }
      return isNegative ? -seconds : seconds
    }

    /// `,M3.5.0/2`, `,J60`, `,59/-1`
    mutating func day() -> Day? {
      guard take(UInt8(ascii: ",")) else { return nil }
      let form: Day.Form
      if take(UInt8(ascii: "M")) {
        guard let month = number(), take(UInt8(ascii: ".")), let week = number(),
          take(UInt8(ascii: ".")), let weekday = number(), (1...12).contains(month),
          (1...5).contains(week), (0...6).contains(weekday)
        else { return nil }
        form = .month(month, week: week, weekday: weekday)
      } else if take(UInt8(ascii: "J")) {
        guard let day = number(), (1...365).contains(day) else { return nil }
        form = .julian(day)
      } else {
        guard let day = number(), (0...365).contains(day) else { return nil }
        form = .ordinal(day)
      }
      guard take(UInt8(ascii: "/")) else { return Day(form: form, time: 7200) }
      return time().map { Day(form: form, time: $0) }
    }
  }
}

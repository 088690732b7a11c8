internal import LogModel

/// Times of requests.
enum RFC3339 {
  /// The time in UTC as PostgreSQL reads it without a doubt, or nil if it is none of RFC 3339.
  ///
  /// PostgreSQL reads much more than a time (`now`, `tomorrow`, `infinity`), and zones of less than 16
  /// hours only, so that nothing of the text itself goes on to it.
  static func canonical(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes.count <= 35,
      let year = number(bytes, 0, 4), bytes[4] == UInt8(ascii: "-"),
      let month = number(bytes, 5, 2), bytes[7] == UInt8(ascii: "-"),
      let day = number(bytes, 8, 2),
      bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t"),
      let hour = number(bytes, 11, 2), bytes[13] == UInt8(ascii: ":"),
      let minute = number(bytes, 14, 2), bytes[16] == UInt8(ascii: ":"),
      let second = number(bytes, 17, 2),
      (1...12).contains(month), (1...days(month, year)).contains(day), hour < 24, minute < 60,
      second <= 60
    else { return nil }
    var at = 19
    var fraction = ""
    if bytes[at] == UInt8(ascii: ".") {
      let first = at + 1
      at = first
      while at < bytes.count, digit(bytes[at]) != nil { at += 1 }
      guard at > first else { return nil }
      fraction = "." + String(decoding: bytes[first..<min(at, first + 6)], as: UTF8.self)
    }
    guard let zone = zone(Array(bytes[at...])) else { return nil }
    let minutes =
      CivilDate.days(year: year, month: month, day: day) * 1_440 + hour * 60 + minute - zone
    return utc(minutes: minutes) + ":\(padded(second, 2))\(fraction)+00"
      + (minutes < yearOne ? " BC" : "")
  }

  /// Minutes from 1970 to the first year of our era, where PostgreSQL begins to count backwards.
  private static let yearOne = CivilDate.days(year: 1, month: 1, day: 1) * 1_440

  /// Date, hour and minute of minutes since 1970.
  private static func utc(minutes: Int) -> String {
    let time = (minutes % 1_440 + 1_440) % 1_440
    let date = CivilDate.civil(days: (minutes - time) / 1_440)
    let year = date.year > 0 ? date.year : 1 - date.year
    return "\(padded(year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2)) "
      + "\(padded(time / 60, 2)):\(padded(time % 60, 2))"
  }

  private static func padded(_ number: Int, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }

  /// Minutes east of UTC.
  private static func zone(_ zone: [UInt8]) -> Int? {
    if zone == [UInt8(ascii: "Z")] || zone == [UInt8(ascii: "z")] { return 0 }
    guard zone.count == 6, zone[0] == UInt8(ascii: "+") || zone[0] == UInt8(ascii: "-"),
      let hours = number(zone, 1, 2), zone[3] == UInt8(ascii: ":"),
      let minutes = number(zone, 4, 2), hours < 24, minutes < 60
    else { return nil }
    return (zone[0] == UInt8(ascii: "-") ? -1 : 1) * (hours * 60 + minutes)
  }

  private static func days(_ month: Int, _ year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int? {
    guard start + count <= bytes.count else { return nil }
    var value = 0
    for byte in bytes[start..<(start + count)] {
      guard let digit = digit(byte) else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  private static func digit(_ byte: UInt8) -> Int? {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
  }
}

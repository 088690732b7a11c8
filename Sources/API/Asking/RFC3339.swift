/// Times of requests.
enum RFC3339 {
  /// The time as PostgreSQL reads it without a doubt, or nil if it is none of RFC 3339 with a zone.
  ///
  /// PostgreSQL reads much more than a time (`now`, `tomorrow`, `infinity`), so that only what has
  /// exactly this form goes on to it.
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
      year >= 1, (1...12).contains(month), (1...days(month, year)).contains(day), hour < 24,
      minute < 60, second < 60
    else { return nil }
    var at = 19
    if bytes[at] == UInt8(ascii: ".") {
      let first = at + 1
      at = first
      while at < bytes.count, digit(bytes[at]) != nil { at += 1 }
      guard at > first, at - first <= 9 else { return nil }
    }
    guard isZone(bytes[at...]) else { return nil }
    return text
  }

  private static func isZone(_ bytes: ArraySlice<UInt8>) -> Bool {
    let zone = Array(bytes)
    if zone == [UInt8(ascii: "Z")] || zone == [UInt8(ascii: "z")] { return true }
    guard zone.count == 6, zone[0] == UInt8(ascii: "+") || zone[0] == UInt8(ascii: "-"),
      let hours = number(zone, 1, 2), zone[3] == UInt8(ascii: ":"),
      let minutes = number(zone, 4, 2)
    else { return false }
    return hours < 16 && minutes < 60
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

import LogModel

/// Reads `log_time`, `2026-11-23 20:15:47.058 CET`: milliseconds, and the zone as a word.
///
/// Of an hour that a zone had twice under one word (Moscow, 2014-10-26) the order of the records
/// tells which it was: the first until the clock has gone back, then the second. Reading that begins
/// within the hour begins with the first.
///
/// Neighbours share the minute and the zone almost always, so both are remembered.
struct TimestampReader {
  enum Outcome {
    case time(LogTime)
    case malformed
    /// The zone's word cannot be told; the words of the user's message.
    case zone(word: String, meaning: ZoneMeaning)
  }

  private let zones: any ZoneResolving
  private var minuteText: (UInt64, UInt64) = (0, 0)
  private var minuteMicros: Int64 = 0
  private var zoneWord: UInt64 = 0
  private var zoneMinute: Int64 = .min
  private var zoneMicros: Int64 = 0
  /// The latest minute of an hour that comes twice, and whether the clock has gone back in it.
  private var repeatedMinute: Int64 = 0
  private var isRepetition = false

  /// Records of one minute may stand in the order of the next; a clock goes back by more.
  private static let disorderMicros: Int64 = 2 * 60_000_000
  private static let dayMicros: Int64 = 86_400_000_000

  init(zones: any ZoneResolving) { self.zones = zones }

  /// Reads the field `[from, end)`.
  mutating func read(_ base: UnsafePointer<UInt8>, from: Int, end: Int) -> Outcome {
    // 23 bytes of date and time, a blank, a zone of 1 … 10 bytes
    guard end &- from >= 25, end &- from <= 34, base[from &+ 23] == 32 else { return .malformed }
    let raw = UnsafeRawPointer(base + from)
    let text = (raw.loadUnaligned(as: UInt64.self), (raw + 8).loadUnaligned(as: UInt64.self))
    if text != minuteText {
      guard let minute = Self.minute(base, from) else { return .malformed }
      minuteText = text
      minuteMicros = minute
    }
    guard base[from &+ 16] == UInt8(ascii: ":"), base[from &+ 19] == UInt8(ascii: "."),
      let seconds = Bytes.decimal(base, from: from &+ 17, end: from &+ 19), seconds < 61,
      let millis = Bytes.decimal(base, from: from &+ 20, end: from &+ 23)
    else { return .malformed }
    var word: UInt64 = 0
    let zone = from &+ 24
    for at in zone..<end { word = word &<< 8 | UInt64(base[at]) }
    if end &- zone > 8 || word != zoneWord || minuteMicros != zoneMinute {
      let text = String(
        decoding: UnsafeBufferPointer(start: base + zone, count: end &- zone), as: UTF8.self)
      let meaning = zones.meaning(
        of: text, localSeconds: minuteMicros / 1_000_000 + seconds)
      guard let offset = offset(meaning) else { return .zone(word: text, meaning: meaning) }
      zoneMicros = Int64(offset) * 1_000_000
      zoneWord = word
      zoneMinute = minuteMicros
    }
    let micros = minuteMicros &+ seconds &* 1_000_000 &+ millis &* 1000 &- zoneMicros
    return .time(LogTime(microseconds: micros))
  }

  /// Seconds between UTC and the local clock of the current minute; nil when that can't be told.
  private mutating func offset(_ meaning: ZoneMeaning) -> Int? {
    switch meaning {
    case .offset(let seconds): return seconds
    case .repeated(let first, let second):
      // Of another day, it is another such hour.
      if minuteMicros / Self.dayMicros != repeatedMinute / Self.dayMicros {
        isRepetition = false
        repeatedMinute = minuteMicros
      }
      if !isRepetition, minuteMicros <= repeatedMinute - Self.disorderMicros {
        isRepetition = true
      }
      repeatedMinute = max(repeatedMinute, minuteMicros)
      return isRepetition ? second : first
    case .ambiguous, .unknown: return nil
    }
  }

  /// Microseconds of the local clock's minute, counted from 1970.
  private static func minute(_ base: UnsafePointer<UInt8>, _ from: Int) -> Int64? {
    func number(_ at: Int, _ count: Int) -> Int? {
      Bytes.decimal(base, from: from + at, end: from + at + count).map { Int($0) }
    }
    guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
      let hour = number(11, 2), let minute = number(14, 2),
      base[from + 4] == UInt8(ascii: "-"), base[from + 7] == UInt8(ascii: "-"),
      base[from + 10] == 32, base[from + 13] == UInt8(ascii: ":"),
      month >= 1, month <= 12, day >= 1, day <= 31, hour < 24, minute < 60
    else { return nil }
    let days = CivilDate.days(year: year, month: month, day: day)
    guard CivilDate.civil(days: days) == (year, month, day) else { return nil }
    return (Int64(days) * 1440 + Int64(hour) * 60 + Int64(minute)) * 60_000_000
  }
}

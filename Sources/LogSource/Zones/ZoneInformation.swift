/// One time zone as a TZif file (RFC 8536) describes it: periods with an offset and a word.
struct ZoneInformation: Sendable, Equatable {
  /// A stretch of time under one rule.
  struct Period: Sendable, Equatable {
    /// First second, UTC; `Int64.min` for the first period.
    var start: Int64
    /// One past the last second, UTC; `Int64.max` for the last period.
    var end: Int64
    /// Seconds to add to UTC.
    var offset: Int
    var abbreviation: String

    /// Whether the local time occurs in it.
    func contains(localSeconds: Int64) -> Bool {
      let (utc, overflow) = localSeconds.subtractingReportingOverflow(Int64(offset))
      return !overflow && utc >= start && utc < end
    }

    /// Seconds between it and a local time outside of it.
    func distance(localSeconds: Int64) -> UInt64 {
      let utc = localSeconds &- Int64(offset)
      return utc < start ? start.magnitudeOfDifference(utc) : utc.magnitudeOfDifference(end)
    }
  }

  /// In order, without a hole.
  var periods: [Period]

  /// Reads a TZif file of version 2 or later; nil when it is none or damaged.
  init?(tzif bytes: [UInt8]) {
    guard let old = Header(bytes, at: 0), old.version >= UInt8(ascii: "2") else { return nil }
    let start = Header.byteCount + old.bodyBytes(timeBytes: 4)
    guard let header = Header(bytes, at: start), header.typeCount > 0 else { return nil }
    let body = start + Header.byteCount
    let footer = body + header.bodyBytes(timeBytes: 8)
    guard bytes.count >= footer else { return nil }
    let typeStart = body + header.timeCount * 9
    let nameStart = typeStart + header.typeCount * 6
    let times = (0..<header.timeCount).map { Self.integer(bytes, body + $0 * 8, count: 8) }
    let indexes = (0..<header.timeCount).map { Int(bytes[body + header.timeCount * 8 + $0]) }
    var types: [(offset: Int, abbreviation: String)] = []
    for index in 0..<header.typeCount {
      let at = typeStart + index * 6
      let name = nameStart + Int(bytes[at + 5])
      guard name < nameStart + header.nameBytes else { return nil }
      let text = bytes[name..<(nameStart + header.nameBytes)].prefix { $0 != 0 }
      types.append(
        (Int(Self.integer(bytes, at, count: 4)), String(decoding: text, as: UTF8.self)))
    }
    guard indexes.allSatisfy({ $0 < types.count }), zip(times, times.dropFirst()).allSatisfy(<)
    else { return nil }
    periods = []
    var (since, type) = (Int64.min, types[0])
    for (time, index) in zip(times, indexes) {
      append(from: since, to: time, type)
      (since, type) = (time, types[index])
    }
    let rule = bytes[footer...].dropFirst().prefix { $0 != UInt8(ascii: "\n") }
    append(from: since, to: Int64.max, type)
    if let rule = ZoneRule(Array(rule)) { extend(by: rule) }
  }

  private mutating func append(
    from start: Int64, to end: Int64, _ type: (offset: Int, abbreviation: String)
  ) {
    guard start < end else { return }
    if let last = periods.last, last.offset == type.offset,
      last.abbreviation == type.abbreviation
    {
      periods[periods.count - 1].end = end
    } else {
      periods.append(
        Period(start: start, end: end, offset: type.offset, abbreviation: type.abbreviation))
    }
  }

  /// The years for which a rule is written out at most.
  private static let ruleYears = 1800...2100

  /// Replaces the endless last period by what the rule for the time after the table says.
  private mutating func extend(by rule: ZoneRule) {
    guard let last = periods.popLast() else { return }
    let year = last.start == Int64.min ? 1970 : ZoneRule.year(ofSeconds: last.start)
    let years = Self.ruleYears.clamped(to: min(year, Self.ruleYears.upperBound)...Int.max)
    var (since, type) = (last.start, (offset: last.offset, abbreviation: last.abbreviation))
    if last.start == Int64.min { type = rule.standard }
    for change in rule.changes(years: years)
    where change.time > since {
      append(from: since, to: change.time, type)
      (since, type) = (change.time, change.type)
    }
    append(from: since, to: Int64.max, type)
  }

  private static func integer(_ bytes: [UInt8], _ at: Int, count: Int) -> Int64 {
    let value = bytes[at..<(at + count)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return count == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
  }

  private struct Header {
    static let byteCount = 44
    var version: UInt8
    var timeCount = 0
    var typeCount = 0
    var nameBytes = 0
    private var leapCount = 0
    private var standardCount = 0
    private var universalCount = 0

    init?(_ bytes: [UInt8], at start: Int) {
      guard bytes.count >= start + Self.byteCount,
        bytes[start..<(start + 4)].elementsEqual("TZif".utf8)
      else { return nil }
      version = bytes[start + 4]
      let counts = (0..<6).map { ZoneInformation.integer(bytes, start + 20 + $0 * 4, count: 4) }
      // No real file comes near; larger ones would only make the sums below overflow.
      guard counts.allSatisfy({ $0 >= 0 && $0 < 1 << 20 }) else { return nil }
      (universalCount, standardCount, leapCount) = (Int(counts[0]), Int(counts[1]), Int(counts[2]))
      (timeCount, typeCount, nameBytes) = (Int(counts[3]), Int(counts[4]), Int(counts[5]))
    }

    func bodyBytes(timeBytes: Int) -> Int {
      timeCount * (timeBytes + 1) + typeCount * 6 + nameBytes + leapCount * (timeBytes + 4)
        + standardCount + universalCount
    }
  }
}

extension Int64 {
  fileprivate func magnitudeOfDifference(_ other: Int64) -> UInt64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? UInt64.max : difference.magnitude
  }
}

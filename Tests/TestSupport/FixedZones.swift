public import LogModel

/// A zone table of a few words.
public struct FixedZones: ZoneResolving {
  private let offsets: [String: Int]
  private let ambiguous: [String: [String]]

  /// Zone words with their offsets in seconds, and words with several meanings.
  public init(
    _ offsets: [String: Int] = ["UTC": 0, "CET": 3600, "NST": -12600, "+0545": 20700],
    ambiguous: [String: [String]] = ["IST": ["Asia/Kolkata (+05:30)", "Asia/Jerusalem (+02:00)"]]
  ) {
    self.offsets = offsets
    self.ambiguous = ambiguous
  }

  /// What the table says. `RPT` is three hours before UTC, four until the clock went back by one on
  /// 2026-11-24 at 13:00, so that the hour from 12 came twice.
  public func meaning(of word: String, localSeconds: Int64) -> ZoneMeaning {
    if word == "RPT" {
      let hour = (localSeconds - 1_795_521_600) / 3600  // since 12:00
      if hour == 0 { return .repeated(first: 14400, second: 10800) }
      return .offset(seconds: hour < 0 ? 14400 : 10800)
    }
    if let seconds = offsets[word] { return .offset(seconds: seconds) }
    if let zones = ambiguous[word] { return .ambiguous(zones) }
    return .unknown
  }
}

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

  /// What the table says.
  public func meaning(of word: String, localSeconds: Int64) -> ZoneMeaning {
    if let seconds = offsets[word] { return .offset(seconds: seconds) }
    if let zones = ambiguous[word] { return .ambiguous(zones) }
    return .unknown
  }
}

/// What a zone word of a log means.
public enum ZoneMeaning: Sendable, Equatable {
  /// Seconds to add to UTC to get the local time.
  case offset(seconds: Int)
  /// One zone had this local time twice under the word: the clock went back. Seconds to add to UTC
  /// the first time, and the second.
  case repeated(first: Int, second: Int)
  /// Several zones of the time zone database use the word: each as `Zone (+hh:mm)`.
  case ambiguous([String])
  /// No zone of the time zone database, nor of the settings, uses the word.
  case unknown
}

/// The time zone table handed to the parser: the parser itself reads no file.
public protocol ZoneResolving: Sendable {
  /// The meaning of `word` (as `CET`, `+0545`, `-03`) at a local time, given in seconds since
  /// 1970-01-01 00:00:00 of the local clock.
  func meaning(of word: String, localSeconds: Int64) -> ZoneMeaning
}

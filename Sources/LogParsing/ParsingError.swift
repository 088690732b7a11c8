import LogModel

/// Why reading of a log stops. Malformed records are no errors: they become rejects.
public struct ParsingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What it is.
  public enum Code: Sendable, Equatable {
    /// Several zones use the abbreviation, as named.
    case ambiguousZone(word: String, zones: [String])
    /// Nothing is known of the abbreviation.
    case unknownZone(word: String)
  }

  /// What it is.
  public let code: Code
  /// Offset of the record in the decompressed stream.
  public let offset: Int64

  /// An error at the record that starts at `offset`.
  public init(_ code: Code, offset: Int64) {
    self.code = code
    self.offset = offset
  }

  /// The message, with the next step.
  public var description: String {
    switch code {
    case .ambiguousZone(let word, let zones):
      "time zone abbreviation \(word) at byte \(offset) is ambiguous: \(zones.joined(separator: ", ")). "
        + "Give the server's log_timezone with --timezone ZONE."
    case .unknownZone(let word):
      "time zone abbreviation \(word) at byte \(offset) is in no time zone. "
        + "Give the server's log_timezone with --timezone ZONE."
    }
  }
}

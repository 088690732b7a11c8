/// What has shown that a segment of a session is over, although no record of its own says so: what is
/// open in it is settled, and kept in case that another file has more of the session.
public struct SegmentEnds: OptionSet, Sendable, Hashable {
  /// As the store holds it, 0 to 3.
  public let rawValue: UInt8

  /// Of a stored value.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A file that has lines of the session has a server's start behind them.
  public static let serverStart = SegmentEnds(rawValue: 1)
  /// The file of the last line goes on with the session, and leaves lines out before.
  public static let hole = SegmentEnds(rawValue: 2)
}

public import LogModel

/// A source whose recommendations are not what its analysis says.
public struct RecommendedSource: Sendable, Equatable {
  /// `sources.id`
  public var source: Int32
  /// The state of its analysis: equal marks, equal recommendations. nil: it has none any more.
  public var mark: String?
  /// From when on findings count.
  public var start: LogTime
  /// The end of the hours that were analyzed.
  public var end: LogTime
  /// Days of log between, by the hours that have any.
  public var days: Double
  /// Time of all queries between, in ms.
  public var totalMs: Double
}

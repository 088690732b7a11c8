public import LogModel

/// A stretch of time of a source whose findings are made together.
public struct AnalysisSpan: Sendable, Equatable {
  /// What is made of it.
  public enum Kind: String, Sendable, CaseIterable {
    /// A day (UTC): findings of the rules, from it and the seven days before.
    case day
    /// A month (UTC): changes that begin in it, from 14 days before to seven days after.
    case month
  }

  /// `sources.id`
  public var source: Int32
  /// What is made of it.
  public var kind: Kind
  /// Its begin.
  public var start: LogTime
  /// Its end.
  public var end: LogTime
  /// The state of the hours that it is made from; nil when the span has none any more.
  public var mark: Mark?

  /// The state of the hours of a span: equal marks, equal findings.
  public struct Mark: Sendable, Equatable {
    /// Hours that were analyzed.
    public var hours: Int64
    /// Sum of `analyzed_hours.version`, decimal.
    public var versions: String
    /// Sum of `analyzed_hours.plans`, decimal.
    public var plans: String
  }
}

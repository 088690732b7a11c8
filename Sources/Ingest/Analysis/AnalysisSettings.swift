public import LogModel

/// What an analysis is to do.
public struct AnalysisSettings: Sendable {
  /// The store.
  public var conninfo: String
  /// Only hours from this time on; nil: all.
  public var since: LogTime?
  /// Empty the layer first and make everything anew.
  public var rebuilds = false

  /// An analysis of everything that is new in the store `conninfo`.
  public init(conninfo: String) { self.conninfo = conninfo }
}

/// What an analysis did.
public struct AnalysisSummary: Sendable, Equatable {
  /// Hours of a source that were made anew.
  public var hours = 0
  /// Executions that were read for them.
  public var executions: Int64 = 0
  /// Plans of hours that were read anew.
  public var plans = 0
  /// Days of a source whose findings were made anew.
  public var days = 0
  /// Findings in these days and months.
  public var findings = 0
  /// Months of a source whose changes were looked for anew.
  public var months = 0
  /// Plan changes in these months.
  public var planChanges = 0
  /// Regressions in these months.
  public var regressions = 0

  /// Recommendations that are new or changed; none without the intelligence layer.
  public var recommendations = 0
  /// Why recommendations could not be made.
  public var recommendationProblem: String?

  /// Nothing done.
  public init() {}
}

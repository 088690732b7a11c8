public import LogModel

/// An hour of a source whose rollups are not what its rows say.
public struct HourState: Sendable, Equatable {
  /// `sources.id`
  public var source: Int32
  /// Begin of the hour.
  public var hour: LogTime
  /// What its files hold now; nil when they hold nothing any more.
  public var mark: Mark?

  /// The state of the rows and settings of an hour: equal marks, equal rollups.
  public struct Mark: Sendable, Equatable {
    /// Files that have, or had, rows in it.
    public var files: Int64
    /// Sum of `file_hours.change`, decimal.
    public var changes: String
    /// Hash of the settings that decide what the log shows; empty when none are known.
    public var settings: String
  }
}

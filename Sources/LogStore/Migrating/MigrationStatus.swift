/// One migration, as the program and the database know it.
public struct MigrationStatus: Sendable, Equatable {
  /// Where it stands.
  public enum State: Sendable, Equatable {
    /// The program has it, the database does not.
    case pending
    /// Both have it.
    case applied
    /// Both have it, but the texts differ.
    case changed
    /// The database has it, the program does not know it.
    case unknown
  }

  /// Its layer, as `core`; text, because an unknown migration may be of an unknown layer.
  public var layer: String
  /// Its number in the layer.
  public var number: Int
  /// Its name, as `create_core`.
  public var name: String
  /// Where it stands.
  public var state: State
  /// When it was applied, ISO 8601 in UTC; nil when it was not.
  public var appliedAt: String?
}

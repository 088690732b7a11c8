/// Why an import could not be begun.
public struct IngestError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What it is.
  public enum Code: Sendable, Equatable {
    /// There is no such zone.
    case zone
    /// The content of a file is in the store under another source.
    case otherSource
  }

  /// What it is.
  public let code: Code
  /// For the user: the thing, the cause, the next step.
  public let description: String
}

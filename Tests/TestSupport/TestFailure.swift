/// A part of the test environment does not work: says what and what was tried.
public struct TestFailure: Error, CustomStringConvertible {
  /// What failed.
  public let description: String

  /// A failure in words.
  public init(_ description: String) {
    self.description = description
  }
}

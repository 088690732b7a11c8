/// How an open file is at one moment.
public struct FileSighting: Sendable, Equatable {
  /// Size in bytes.
  public var size: Int64
  /// Its path still leads to it: it was not renamed, deleted or replaced.
  public var isAtPath: Bool

  /// A sighting.
  public init(size: Int64, isAtPath: Bool) {
    self.size = size
    self.isAtPath = isAtPath
  }
}

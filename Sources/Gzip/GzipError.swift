/// Why an inflater could not be made. Damaged input is no error, see `GzipEnd`.
public struct GzipError: Error, Sendable, Equatable {
  /// What went wrong.
  public enum Code: Sendable, Equatable {
    /// zlib got no memory for its window (about 40 kB).
    case outOfMemory
    /// The zlib that is loaded does not fit the one this was built with.
    case wrongVersion
  }

  /// What went wrong.
  public var code: Code
  /// Whether the same call may succeed later.
  public var isRetriable: Bool { code == .outOfMemory }

  /// An error.
  public init(code: Code) { self.code = code }
}

extension GzipError: CustomStringConvertible {
  /// For the user.
  public var description: String {
    switch code {
    case .outOfMemory: "no memory to decompress gzip data; try again with fewer jobs"
    case .wrongVersion: "the installed zlib is not compatible with this program; install zlib1g"
    }
  }
}

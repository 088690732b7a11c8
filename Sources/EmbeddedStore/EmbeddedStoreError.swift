/// Why the embedded store cannot be had.
public struct EmbeddedStoreError: Error, Sendable, Equatable {
  /// What went wrong, to switch over.
  public enum Code: Sendable, Equatable {
    /// No PostgreSQL server programs on this machine.
    case noServerPrograms
    /// The data directory is of a major version whose programs are not on this machine.
    case otherMajorVersion(data: Int, found: [Int])
    /// Run as root, and no unprivileged account to run the server as.
    case noAccount
    /// No directory to keep the store in: neither HOME nor XDG_DATA_HOME is set.
    case noDirectory
    /// A file or directory cannot be made, read or entered.
    case permissionDenied
    /// No space left.
    case diskFull
    /// Not enough memory for the server.
    case outOfMemory
    /// Another command starts, stops or destroys the store and did not end in time.
    case locked
    /// There is no store yet.
    case absent
    /// What stands in the store's place is not a store.
    case notAStore
    /// The store cannot be made.
    case initializeFailed
    /// The server does not start.
    case startFailed
    /// The server did not become ready in time, as in a long recovery; it may still do so.
    case notReady
    /// The server does not stop.
    case stopFailed
  }

  /// What went wrong, to switch over.
  public var code: Code
  /// The file, directory or program that it is about.
  public var path: String
  /// The system's or the server's reason, one line.
  public var reason: String?

  /// An error by its parts.
  public init(_ code: Code, path: String, reason: String? = nil) {
    self.code = code
    self.path = path
    self.reason = reason
  }

  /// Whether the same can succeed later without anyone changing pgtrawl's settings.
  public var isRetriable: Bool {
    switch code {
    case .diskFull, .outOfMemory, .locked, .notReady: true
    default: false
    }
  }
}

extension EmbeddedStoreError: CustomStringConvertible {
  /// What is wrong and what to do.
  public var description: String {
    guard let reason else { return text }
    return text + ": " + reason
  }

  private var text: String {
    switch code {
    case .noServerPrograms:
      "no PostgreSQL server programs found (\(path)); install PostgreSQL 13 or newer, "
        + "or name a database with --database-url"
    case .otherMajorVersion(let data, let found):
      "the embedded store in \(path) was made by PostgreSQL \(data), whose server programs are not "
        + "on this machine (found: \(Self.list(found))); install PostgreSQL \(data), or move the "
        + "data with pg_upgrade, or run 'pgtrawl db destroy' and import the logs again"
    case .noAccount:
      "PostgreSQL refuses to run as root, and there is neither a user 'postgres' nor 'nobody'"
    case .noDirectory:
      "no place for the embedded store: neither XDG_DATA_HOME nor HOME is set"
    case .permissionDenied: "permission denied on \(path)"
    case .diskFull: "no space left for the embedded store in \(path)"
    case .outOfMemory: "not enough memory to start the embedded store in \(path)"
    case .locked: "another pgtrawl is starting or stopping the embedded store in \(path)"
    case .absent: "there is no embedded store in \(path); 'pgtrawl db start' makes one"
    case .notAStore: "\(path) is in the place of the embedded store, but is not one"
    case .initializeFailed: "the embedded store in \(path) cannot be made"
    case .startFailed: "the embedded store in \(path) does not start"
    case .notReady: "the embedded store in \(path) is starting but not ready yet"
    case .stopFailed: "the embedded store in \(path) does not stop"
    }
  }

  private static func list(_ versions: [Int]) -> String {
    versions.isEmpty ? "none" : versions.map { String($0) }.joined(separator: ", ")
  }
}

#if DEBUG
  internal import Glibc
  internal import Synchronization
#endif

/// Points of a transaction at which a debug build ends itself as `kill -9` would, so that what holds after
/// an end there can be tried: `PGTRAWL_FAILPOINT=NAME` or `NAME:N`, at the N-th passage. A release build
/// knows none of them.
public enum FailPoint: String, Sendable {
  case beforeCopy = "before-copy"
  case midCopy = "mid-copy"
  case beforeCheckpoint = "before-checkpoint"
  case beforeCommit = "before-commit"
  /// COMMIT is on its way, its reply was not read.
  case commitSent = "commit-sent"
  case afterCommit = "after-commit"

  #if DEBUG
    private static let wanted: (name: String, passage: Int)? = {
      guard let text = getenv("PGTRAWL_FAILPOINT") else { return nil }
      let parts = String(cString: text).split(separator: ":")
      guard let name = parts.first else { return nil }
      return (String(name), parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
    }()
    private static let passages = Mutex(0)
  #endif

  /// Whether the next passage of this point is the last thing that happens.
  var isNext: Bool {
    #if DEBUG
      guard let wanted = Self.wanted, wanted.name == rawValue else { return false }
      return Self.passages.withLock { passages in
        passages += 1
        return passages == wanted.passage
      }
    #else
      return false
    #endif
  }

  /// Passes the point.
  public func pass() {
    #if DEBUG
      if isNext { Self.end() }
    #endif
  }

  #if DEBUG
    static func end() { kill(getpid(), SIGKILL) }
  #endif
}

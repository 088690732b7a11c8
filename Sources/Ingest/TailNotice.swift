public import LogSource

/// What a tail tells whoever runs it.
public enum TailNotice: Sendable {
  /// It reads and follows now; logs that it found.
  case started(logs: Int)
  /// A log is read for the first time by this run.
  case opened(LogPath)
  /// A log that was renamed, replaced or deleted is read to its end.
  case finished(LogPath)
  /// What is wrong with an input.
  case problem(LogPath, String)
  /// The store can't be used; it is waited for.
  case storeAway(String)
  /// The store is back.
  case storeBack
}

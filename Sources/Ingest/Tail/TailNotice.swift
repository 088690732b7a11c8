public import LogSource

/// What a tail tells whoever runs it.
public enum TailNotice: Sendable {
  /// It reads and follows now; logs that it found.
  case started(logs: Int)
  /// So many logs are there now.
  case looked(logs: Int)
  /// A log came.
  case opened(LogPath)
  /// A log that was renamed, replaced or deleted is read to its end.
  case finished(LogPath)
  /// A log is gone, and with it its bytes from an offset, up to another one; nil = an unknown one.
  case lost(LogPath, from: Int64, to: Int64?)
  /// What is wrong with an input.
  case problem(LogPath, String)
  /// The store can't be used; it is waited for.
  case storeAway(String)
  /// The store is back.
  case storeBack
}

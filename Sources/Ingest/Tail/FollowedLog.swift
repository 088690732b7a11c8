internal import LogModel
internal import LogSource

/// A log that a tail holds open: what is written to it is read, also when it was renamed or deleted
/// meanwhile.
struct FollowedLog<Log: ReadableLog>: Sendable {
  let log: Log
  /// `log_files.id`
  let file: Int64
  /// Where it was found last.
  var path: LogPath
  /// Size up to which it was read; the last record may be unfinished.
  var sizeRead: Int64
  /// The most that was seen of it.
  var sizeSeen: Int64 = 0
  /// When it was read last.
  var readAt: ContinuousClock.Instant
  /// No path leads to it, and since when nothing was written to it.
  var quietSince: ContinuousClock.Instant?
  /// It is far behind, and read beside the others.
  var isAway = false

  /// What is to be done with the log.
  enum Step: Sendable, Equatable {
    case wait
    case read
    /// Its content is not what it was: it is identified anew.
    case identify
    /// Nothing comes any more.
    case close
  }

  /// How long a log is held that no path leads to: whoever writes it may not have noticed yet.
  static var holdTime: Duration { .seconds(60) }

  /// Decides by what the open file is like now.
  mutating func step(_ now: FileSighting, at time: ContinuousClock.Instant) -> Step {
    if now.size < max(sizeRead, sizeSeen) { return .identify }
    if now.size > sizeRead {
      readAt = time
      quietSince = now.isAtPath ? nil : time
      return .read
    }
    guard !now.isAtPath else {
      quietSince = nil
      return .wait
    }
    guard let since = quietSince else {
      quietSince = time
      return .wait
    }
    return time - since >= Self.holdTime ? .close : .wait
  }
}

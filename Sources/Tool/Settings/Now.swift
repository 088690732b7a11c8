internal import Glibc
import LogModel

/// The clock of the command line.
enum Now {
  /// The present.
  static var logTime: LogTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return LogTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }
}

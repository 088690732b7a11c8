import Glibc

/// How many files the process may hold open.
enum OpenFileLimit {
  /// No more are of use.
  private static let wanted: rlim_t = 8192
  /// What connections, queues and the files of a look need beside the logs.
  private static let others = 48

  /// Raises the limit as far as the system lets it; returns how many logs may be held open.
  static func raise() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 256 }
    if limit.rlim_cur < wanted, limit.rlim_max > limit.rlim_cur {
      var raised = limit
      raised.rlim_cur = min(wanted, limit.rlim_max)
      if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    }
    return max(8, (Int(min(limit.rlim_cur, wanted)) - others) * 3 / 4)
  }
}

internal import Glibc

/// Ends the program without waiting for anything; the store drops what was not committed.
enum ImmediateExit {
  static func end(_ status: ExitStatus) -> Never { _exit(status.rawValue) }
}

internal import Glibc
internal import Synchronization

/// A shell that waits for the end of the test process and then stops and removes its cluster.
///
/// It reads from a pipe that nobody writes to: the kernel closes it when the process ends, also
/// after a crash or a kill.
final class ClusterGuardian: Sendable {
  private static let script = """
    trap '' INT TERM HUP
    cat >/dev/null
    "$2/pg_ctl" -D "$1/data" -w -t 30 -m immediate stop
    rm -rf "$1"
    """

  private let writeEnd: Mutex<Int32>

  /// For a cluster in `directory`, run as the cluster's account.
  convenience init(directory: String, binDirectory: String) throws {
    try self.init(
      ServerPrograms.command(
        "/bin/sh", ["-c", Self.script, "guardian", directory, binDirectory], in: "/"))
  }

  /// With a program that reads its stdin to the end before it does anything.
  init(_ command: Command) throws {
    var ends: [Int32] = [0, 0]
    // Not inherited by the server, which would keep the pipe open.
    guard pipe(&ends) == 0, fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0,
      fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0
    else {
      throw TestFailure("cannot make a pipe: \(String(cString: strerror(errno)))")
    }
    defer { close(ends[0]) }
    _ = try Command("/usr/bin/setsid", [command.program] + command.arguments)
      .spawn(input: ends[0], output: "/dev/null")
    writeEnd = Mutex(ends[1])
  }

  /// Lets the guardian go to work now; it goes on by itself.
  func release() {
    writeEnd.withLock { end in
      guard end >= 0 else { return }
      close(end)
      end = -1
    }
  }

  deinit {
    release()
  }
}

internal import Glibc
internal import Synchronization

/// A directory that goes with the test process, together with PostgreSQL servers in it.
///
/// Servers are found by their postmaster.pid, up to three levels down.
public final class TemporaryDirectory: Sendable {
  private static let script = """
    trap '' INT TERM HUP
    cat >/dev/null
    for file in "$1"/postmaster.pid "$1"/*/postmaster.pid "$1"/*/*/postmaster.pid; do
      [ -f "$file" ] || continue
      process=$(head -n 1 "$file")
      [ "$(readlink "/proc/$process/cwd")" = "${file%/postmaster.pid}" ] && kill -QUIT "$process"
    done
    sleep 1
    rm -rf "$1"
    """

  /// Its path, which every account can enter unless `isPrivate`.
  public let path: String
  private let guardian: ClusterGuardian

  /// A new directory under /tmp.
  public init(isPrivate: Bool = false) throws {
    var template = Array("/tmp/pgt-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw TestFailure("cannot make a directory under /tmp: \(String(cString: strerror(errno)))")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    chmod(path, isPrivate ? 0o700 : 0o755)
    guardian = try ClusterGuardian(
      Command("/bin/sh", ["-c", Self.script, "guardian", path]))
  }

  /// Removes it now; the end of the process does the same.
  public func remove() {
    guardian.release()
  }
}

internal import Foundation
internal import Glibc

/// Where PostgreSQL's programs are, and as whom they run.
enum ServerPrograms {
  /// Whom the server runs as when the tests run as root, whom it refuses; nil is ourselves.
  static let account: (name: String, user: uid_t, group: gid_t)? = {
    guard geteuid() == 0, let entry = getpwnam("postgres") else { return nil }
    return ("postgres", entry.pointee.pw_uid, entry.pointee.pw_gid)
  }()

  /// The newest of Debian's directories, or the one that `PGTRAWL_TEST_PGBIN` names.
  static func directory() throws -> String {
    if let named = ProcessInfo.processInfo.environment["PGTRAWL_TEST_PGBIN"] { return named }
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    let found = versions.compactMap { Int($0) }.sorted(by: >).map { "\(root)/\($0)/bin" }
      .first { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
    guard let found else {
      throw TestFailure("no initdb under \(root): install postgresql or set PGTRAWL_TEST_PGBIN")
    }
    return found
  }

  /// A command that runs as the server's account.
  static func command(_ program: String, _ arguments: [String], in directory: String) -> Command {
    guard let account else { return Command(program, arguments, directory: directory) }
    return Command(
      "/usr/sbin/runuser", ["-u", account.name, "--", program] + arguments, directory: directory)
  }
}

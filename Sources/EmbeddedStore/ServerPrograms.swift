internal import Foundation

/// PostgreSQL's server programs of one major version.
struct ServerPrograms: Equatable {
  /// The oldest major version that the schema works on.
  static let majorMin = 13

  /// Directory of initdb, pg_ctl and postgres.
  let directory: String
  /// Major version, as 15.
  let major: Int

  func path(_ program: String) -> String { directory + "/" + program }

  /// What is on this machine, newest first, one of each version.
  ///
  /// Looks where packages put them (`/usr/lib/postgresql/15/bin`, `/usr/pgsql-15/bin`), then along
  /// the path, then where pg_config says. `only` is a directory to look in instead.
  static func installed(only: String?, path: String) -> [ServerPrograms] {
    var found: [ServerPrograms] = []
    for directory in only.map({ [$0] }) ?? candidates(path: path) {
      guard let major = major(in: directory), major >= majorMin else { continue }
      guard !found.contains(where: { $0.major == major }) else { continue }
      found.append(ServerPrograms(directory: directory, major: major))
    }
    return found.sorted { $0.major > $1.major }
  }

  private static func candidates(path: String) -> [String] {
    var directories: [String] = []
    for name in entries("/usr/lib/postgresql") {
      directories.append("/usr/lib/postgresql/\(name)/bin")
    }
    for name in entries("/usr") where name.hasPrefix("pgsql-") {
      directories.append("/usr/\(name)/bin")
    }
    let onPath = path.split(separator: ":").map { String($0) }.filter { $0.hasPrefix("/") }
    directories += onPath
    for directory in onPath where isProgram(directory + "/pg_config") {
      let command = StoreCommand(directory + "/pg_config", ["--bindir"])
      if let outcome = try? command.run(), outcome.status == 0 {
        directories.append(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines))
      }
      break
    }
    return directories
  }

  private static func entries(_ directory: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted(by: >)
  }

  private static func isProgram(_ path: String) -> Bool {
    FileManager.default.isExecutableFile(atPath: path)
  }

  /// From `postgres (PostgreSQL) 15.18 (Debian …)`; nil when one of the programs is missing.
  private static func major(in directory: String) -> Int? {
    let needed = ["initdb", "pg_ctl", "postgres"]
    guard needed.allSatisfy({ isProgram("\(directory)/\($0)") }) else { return nil }
    guard let outcome = try? StoreCommand(directory + "/postgres", ["--version"]).run(),
      outcome.status == 0
    else { return nil }
    let words = outcome.output.split(whereSeparator: { $0.isWhitespace })
    guard let place = words.firstIndex(of: "(PostgreSQL)"), place + 1 < words.count else {
      return nil
    }
    return Int(words[place + 1].prefix { $0.isNumber })
  }
}

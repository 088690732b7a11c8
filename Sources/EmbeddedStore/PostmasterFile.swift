internal import Foundation
internal import Glibc

/// `postmaster.pid`: what a running server writes into its data directory.
struct PostmasterFile: Equatable {
  let processID: Int32
  /// Seconds since 1970.
  let startedAt: Int64
  /// `ready`, `starting`, `stopping` …; empty in the moment in which the file is written.
  let state: String

  /// Reads it; nil when there is none or it cannot be understood.
  init?(dataDirectory: String) {
    let path = dataDirectory + "/postmaster.pid"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    guard let id = lines.first.flatMap({ Int32($0) }), id > 1 else { return nil }
    processID = id
    startedAt = lines.count > 2 ? Int64(lines[2]) ?? 0 : 0
    state = lines.count > 7 ? lines[7] : ""
  }

  /// Whether a process with this id exists; it need not be a server.
  var isAlive: Bool { kill(processID, 0) == 0 || errno == EPERM }

  /// Whether the process is the server of `dataDirectory`, and not one that got its id later.
  func isServer(of dataDirectory: String) -> Bool {
    Self.workingDirectory(of: String(processID)) == Self.resolved(dataDirectory)
  }

  /// Whether any process of a server works in `dataDirectory`: children outlive a killed
  /// postmaster by a moment, and a new server must not start beside them.
  static func hasProcesses(in dataDirectory: String) -> Bool {
    guard let resolved = resolved(dataDirectory) else { return false }
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.contains { process in
      Int32(process) != nil && workingDirectory(of: process) == resolved
    }
  }

  private static func workingDirectory(of process: String) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")
  }

  private static func resolved(_ path: String) -> String? {
    guard let pointer = realpath(path, nil) else { return nil }
    defer { free(pointer) }
    return String(cString: pointer)
  }
}

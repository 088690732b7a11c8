internal import Dispatch
internal import Foundation
internal import Glibc

/// Runs a program to its end without blocking a thread of the pool.
///
/// Not `Foundation.Process`, which learns of a program's end through a socket that a daemon
/// inherits: it would wait for the server that `pg_ctl start` leaves behind.
public struct Command: Sendable {
  /// Path of the program.
  public var program: String
  /// Its arguments.
  public var arguments: [String]
  /// Variables set on top of the environment.
  public var environment: [String: String] = [:]
  /// Where it runs.
  public var directory: String

  /// What came of it.
  public struct Outcome: Sendable {
    /// Exit status, or 128 + the signal.
    public var status: Int
    /// Its stdout and stderr, in the order they were written.
    public var output: String
  }

  /// A command line.
  public init(_ program: String, _ arguments: [String], directory: String = "/") {
    self.program = program
    self.arguments = arguments
    self.directory = directory
  }

  /// Runs it with an empty stdin.
  public func run() async throws -> Outcome {
    // A file, not a pipe: a daemon that the program leaves behind would hold a pipe open.
    let log = FileManager.default.temporaryDirectory
      .appendingPathComponent("pgtrawl-\(UUID().uuidString).out").path
    let process = try spawn(input: nil, output: log)
    // Nothing stays behind when the tests are killed.
    let reader = FileHandle(forReadingAtPath: log)
    unlink(log)
    let status = await withCheckedContinuation { continuation in
      DispatchQueue(label: "pgtrawl.test.command").async {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        continuation.resume(returning: Int(signal == 0 ? (status >> 8) & 0xff : 128 + signal))
      }
    }
    let data = try reader?.readToEnd() ?? Data()
    return Outcome(status: status, output: String(decoding: data, as: UTF8.self))
  }

  /// Starts it; the process id. `input` is a descriptor, nil for none; `output` a file's path.
  func spawn(input: Int32?, output: String) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    for descriptor in open.compactMap({ Int32($0) }) where descriptor > 2 {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let line = ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, directory, program] + arguments
    let strings = line.map { strdup($0) }
    let settings = variables.map { strdup("\($0.key)=\($0.value)") }
    defer {
      for string in strings + settings { free(string) }
    }
    var process: pid_t = 0
    let failure = posix_spawn(
      &process, line[0], &actions, nil, strings + [nil], settings + [nil])
    guard failure == 0 else {
      throw TestFailure("cannot run \(program): \(String(cString: strerror(failure)))")
    }
    return process
  }
}

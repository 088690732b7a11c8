internal import Foundation
internal import Glibc

/// A program that is run to its end; blocks, so it belongs on the store's own queue.
///
/// Not `Foundation.Process`, which learns of a program's end through a socket that the server,
/// left running by pg_ctl, would inherit: the end would never come.
struct StoreCommand {
  struct Outcome {
    /// Exit status, or 128 + the signal.
    var status: Int
    /// stdout and stderr, in the order they were written.
    var output: String

    /// The line that says why: the first with FATAL, PANIC or error, else the last.
    var reason: String? {
      let lines = output.split(separator: "\n").map { String($0) }
      let words = ["FATAL:  ", "PANIC:  ", "error: ", "ERROR:  "]
      for line in lines {
        for word in words {
          if let range = line.range(of: word) { return String(line[range.upperBound...]) }
        }
      }
      return lines.last
    }
  }

  /// Only what programs of PostgreSQL need: PGDATA, PGOPTIONS and the like would mislead them.
  private static let environmentNames = ["PATH", "HOME", "USER", "LOGNAME", "TMPDIR"]

  private let line: [String]

  /// `account` is whom it runs as, nil for the caller.
  init(_ program: String, _ arguments: [String], as account: StoreLocation.Account? = nil) {
    var line = [program] + arguments
    if let account {
      line =
        [
          "setpriv", "--reuid=\(account.userID)", "--regid=\(account.groupID)", "--init-groups",
          "--",
        ] + line
    }
    // The caller's directory may be closed to the account, its umask too open.
    self.line = ["/bin/sh", "-c", #"cd / && umask 077 && exec "$@""#, "pgtrawl"] + line
  }

  /// Runs it with `input` as its stdin. Throws `permissionDenied` or `diskFull` when not even a
  /// temporary file can be made.
  func run(input: String = "") throws(EmbeddedStoreError) -> Outcome {
    let stdin = try Self.temporaryFile(holding: input)
    defer { close(stdin) }
    // A file, not a pipe: the server that pg_ctl leaves behind would hold a pipe open.
    let stdout = try Self.temporaryFile(holding: "")
    defer { close(stdout) }
    let process = try spawn(stdin: stdin, stdout: stdout)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    let signal = Int(status & 0x7f)
    return Outcome(
      status: signal == 0 ? Int(status >> 8) & 0xff : 128 + signal,
      output: Self.contents(of: stdout))
  }

  private func spawn(stdin: Int32, stdout: Int32) throws(EmbeddedStoreError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, stdin, 0)
    posix_spawn_file_actions_adddup2(&actions, stdout, 1)
    posix_spawn_file_actions_adddup2(&actions, stdout, 2)
    // The server outlives this process and must not keep its files, sockets and locks open.
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    for descriptor in open.compactMap({ Int32($0) }) where descriptor > 2 {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    let environment = ProcessInfo.processInfo.environment
      .filter { Self.environmentNames.contains($0.key) }
      .merging(["LC_ALL": "C", "LANG": "C"]) { $1 }
    let arguments = line.map { strdup($0) }
    let settings = environment.map { strdup("\($0.key)=\($0.value)") }
    defer {
      for string in arguments + settings { free(string) }
    }
    var process: pid_t = 0
    let failure = posix_spawn(
      &process, line[0], &actions, nil, arguments + [nil], settings + [nil])
    guard failure == 0 else {
      throw EmbeddedStoreError(.startFailed, path: line[0], reason: systemReason(failure))
    }
    return process
  }

  /// An open file without a name, at its start.
  private static func temporaryFile(holding text: String) throws(EmbeddedStoreError) -> Int32 {
    var path = Array("/tmp/pgtrawl-XXXXXX".utf8CString)
    let descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw .system(errno, path: "/tmp") }
    unlink(path)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var text = text
    let isWritten = text.withUTF8 { write(descriptor, $0.baseAddress, $0.count) == $0.count }
    guard isWritten, lseek(descriptor, 0, SEEK_SET) == 0 else {
      let failure = errno
      close(descriptor)
      throw .system(failure, path: "/tmp")
    }
    return descriptor
  }

  private static func contents(of descriptor: Int32) -> String {
    lseek(descriptor, 0, SEEK_SET)
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension EmbeddedStoreError {
  /// The error of a failed system call.
  static func system(
    _ number: Int32, path: String, otherwise code: Code = .permissionDenied
  ) -> Self {
    switch number {
    case ENOSPC, EDQUOT: Self(.diskFull, path: path)
    case EACCES, EPERM: Self(.permissionDenied, path: path)
    default: Self(code, path: path, reason: systemReason(number))
    }
  }

  /// The error of a program that failed, by what it wrote.
  static func program(_ outcome: StoreCommand.Outcome, _ code: Code, path: String) -> Self {
    let signs: [(String, Code)] = [
      ("No space left on device", .diskFull), ("Disk quota exceeded", .diskFull),
      ("Permission denied", .permissionDenied), ("Cannot allocate memory", .outOfMemory),
    ]
    let sign = signs.first { outcome.output.contains($0.0) }
    return Self(sign?.1 ?? code, path: path, reason: outcome.reason)
  }
}

/// The system's text for an error number.
func systemReason(_ number: Int32) -> String { String(cString: strerror(number)) }

internal import Dispatch
internal import Foundation
internal import Glibc
internal import Synchronization

/// A program that runs beside the test, killed with it.
public final class RunningProcess: Sendable {
  /// Its process id.
  public let id: Int32
  private let output: String
  private let hasEnded = Mutex(false)

  init(id: Int32, output: String) {
    self.id = id
    self.output = output
  }

  deinit {
    if !hasEnded.withLock({ $0 }) {
      Glibc.kill(id, SIGKILL)
      var status: Int32 = 0
      waitpid(id, &status, 0)
    }
    unlink(output)
  }

  /// Its stdout and stderr until now.
  public var said: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

  /// Sends it a signal.
  public func signal(_ signal: Int32) { Glibc.kill(id, signal) }

  /// Waits for its end: the exit status, or 128 + the signal.
  public func end() async throws -> Int {
    var status: Int32 = 0
    try await waitUntil("process \(id) ends") { waitpid(id, &status, WNOHANG) == id }
    hasEnded.withLock { $0 = true }
    let signal = status & 0x7f
    return Int(signal == 0 ? (status >> 8) & 0xff : 128 + signal)
  }
}

extension Command {
  /// Starts it with an empty stdin and goes on.
  public func start() throws -> RunningProcess {
    let output = FileManager.default.temporaryDirectory
      .appendingPathComponent("pgtrawl-\(UUID().uuidString).out").path
    return RunningProcess(id: try spawn(input: nil, output: output), output: output)
  }
}

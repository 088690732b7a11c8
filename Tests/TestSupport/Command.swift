internal import Foundation

/// Runs a program to its end without blocking a thread of the pool.
public struct Command: Sendable {
  /// Path of the program.
  public var program: String
  /// Its arguments.
  public var arguments: [String]
  /// Variables set on top of the environment.
  public var environment: [String: String] = [:]
  /// Where it runs; nil is here.
  public var directory: String?

  /// What came of it.
  public struct Outcome: Sendable {
    /// Exit status, or 128 + the signal.
    public var status: Int
    /// Its stdout and stderr, in the order they were written.
    public var output: String
  }

  /// A command line.
  public init(_ program: String, _ arguments: [String], directory: String? = nil) {
    self.program = program
    self.arguments = arguments
    self.directory = directory
  }

  /// Runs it with an empty stdin.
  public func run() async throws -> Outcome {
    // A file, not a pipe: a daemon that the program leaves behind would hold a pipe open.
    let log = FileManager.default.temporaryDirectory
      .appendingPathComponent("pgtrawl-\(UUID().uuidString).out")
    guard FileManager.default.createFile(atPath: log.path, contents: nil) else {
      throw TestFailure("cannot create \(log.path)")
    }
    defer { try? FileManager.default.removeItem(at: log) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let directory {
      process.currentDirectoryURL = URL(fileURLWithPath: directory)
    }
    let output = try FileHandle(forWritingTo: log)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    let status: Int = try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { process in
        let isSignal = process.terminationReason == .uncaughtSignal
        continuation.resume(returning: Int(process.terminationStatus) + (isSignal ? 128 : 0))
      }
      do {
        try process.run()
      } catch {
        continuation.resume(throwing: error)
      }
    }
    let text = String(decoding: try Data(contentsOf: log), as: UTF8.self)
    return Outcome(status: status, output: text)
  }
}

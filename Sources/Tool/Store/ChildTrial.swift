internal import Foundation
internal import Ingest
internal import QueryShape
import Glibc

/// Tries a record in a process of its own: the program itself, as a dry run over a file that holds
/// nothing else.
struct ChildTrial: RecordTrial {
  /// Faults of a program; what was ended from outside proves nothing.
  private static let faults: Set<Int32> = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]
  private static let secondsMax = 60

  /// Options that decide how the record is read.
  let options: [String]

  func endsProgram(_ record: [UInt8]) async -> Bool {
    let file = NSTemporaryDirectory() + "pgtrawl-trial-" + UUID().uuidString + ".csv"
    let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
    guard
      FileManager.default.createFile(
        atPath: file, contents: Data(record), attributes: attributes)
    else { return false }
    defer { unlink(file) }
    let child = Process()
    child.executableURL = URL(fileURLWithPath: "/proc/self/exe")
    child.arguments = ["import", "--dry-run", "--format", "json"] + options + [file]
    child.standardInput = FileHandle.nullDevice
    child.standardOutput = FileHandle.nullDevice
    child.standardError = FileHandle.nullDevice
    let isStarted = await withCheckedContinuation { (ended: CheckedContinuation<Bool, Never>) in
      child.terminationHandler = { _ in ended.resume(returning: true) }
      do {
        try child.run()
        let process = child.processIdentifier
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Self.secondsMax)) {
          if child.isRunning { kill(process, SIGKILL) }
        }
      } catch {
        child.terminationHandler = nil
        ended.resume(returning: false)
      }
    }
    return isStarted && child.terminationReason == .uncaughtSignal
      && Self.faults.contains(child.terminationStatus)
  }
}

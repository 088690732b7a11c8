internal import Dispatch
internal import Glibc

/// Writes the health file so that whoever reads it finds either the old content or the new one.
///
/// On a queue of its own: a file system that hangs holds nothing else up.
actor HealthFile {
  private let executor = SerialQueueExecutor(label: "pgtrawl.health")

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Replaces the file at `path`; what is wrong, or nil.
  func write(_ text: String, to path: String) -> String? {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { path[...$0] } ?? ""
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    // One name for all runs: a run that is killed leaves at most one such file.
    let temporary = "\(folder).\(name).new"
    guard let problem = Self.fill(temporary, text) ?? Self.move(temporary, path) else {
      return nil
    }
    unlink(temporary)
    return "\(path): the health file can't be written: \(problem)"
  }

  private static func fill(_ path: String, _ text: String) -> String? {
    let descriptor = open(
      path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else { return reason() }
    var text = text
    let problem: String? = text.withUTF8 { bytes in
      var at = 0
      while at < bytes.count, let base = bytes.baseAddress {
        let count = Glibc.write(descriptor, base + at, bytes.count - at)
        if count >= 0 { at += count } else if errno != EINTR { return reason() }
      }
      return nil
    }
    // Some file systems tell only now that they are full.
    guard close(descriptor) == 0 || problem != nil else { return reason() }
    return problem
  }

  private static func move(_ from: String, _ to: String) -> String? {
    rename(from, to) == 0 ? nil : reason()
  }

  private static func reason() -> String { String(cString: strerror(errno)) }
}

/// Runs an actor's jobs on a serial queue of its own.
private final class SerialQueueExecutor: SerialExecutor {
  private let queue: DispatchQueue

  init(label: String) { queue = DispatchQueue(label: label) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = asUnownedSerialExecutor()
    queue.async { job.runSynchronously(on: executor) }
  }
}

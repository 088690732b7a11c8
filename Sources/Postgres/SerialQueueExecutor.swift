internal import Dispatch

/// Runs an actor's jobs on a serial queue of its own, so that blocking libpq calls hold neither a
/// thread of the cooperative pool nor another connection.
final class SerialQueueExecutor: SerialExecutor {
  private let queue: DispatchQueue

  init(label: String) {
    queue = DispatchQueue(label: label)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}

internal import Dispatch

/// Runs the store's jobs on a queue of its own: they wait for programs and locks, which must not
/// hold a thread of the cooperative pool.
final class SerialQueueExecutor: SerialExecutor {
  private let queue = DispatchQueue(label: "pgtrawl.store")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}

internal import LogSource
internal import Synchronization

/// Asks a tail to come to its end.
final class TailEnd: Sendable {
  private let state = Mutex(false)
  private let wake: Wake

  /// `wake` ends the tail's sleep.
  init(wake: Wake) { self.wake = wake }

  var isAsked: Bool { state.withLock { $0 } }

  func ask() {
    state.withLock { $0 = true }
    wake.raise()
  }
}

internal import Synchronization

/// Lets one task sleep until another has something for it. A wake that comes while nobody sleeps is
/// kept for the next sleep.
public final class Wake: Sendable {
  private struct State {
    var isRaised = false
    var sleeper: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  /// Nothing to wake for yet.
  public init() {}

  /// Ends the sleep under way, or the next one.
  public func raise() {
    let sleeper = state.withLock { state in
      state.isRaised = state.sleeper == nil
      defer { state.sleeper = nil }
      return state.sleeper
    }
    sleeper?.resume()
  }

  /// Returns when it is woken, after `limit` at the latest, or when the task is cancelled. One task
  /// sleeps at a time.
  public func sleep(atMost limit: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      // Ends early only by cancellation, which is a reason to return.
      group.addTask { try? await Task.sleep(for: limit) }
      group.addTask { await self.sleep() }
      await group.next()
      group.cancelAll()
    }
  }

  private func sleep() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          defer { state.isRaised = false }
          if state.isRaised || Task.isCancelled { return true }
          state.sleeper = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      cancelSleep()
    }
  }

  private func cancelSleep() {
    let sleeper = state.withLock { state in
      defer { state.sleeper = nil }
      return state.sleeper
    }
    sleeper?.resume()
  }
}

internal import CLibPQ
internal import Dispatch
internal import Synchronization

/// Asks the server to stop what a connection is doing, from another thread.
///
/// Operations are numbered, so that a late request never hits the operation after the one it was
/// meant for.
final class QueryCanceller: Sendable {
  /// A request can reach the server before the statement does, and is ignored then: ask again.
  private static let repeatMilliseconds = 200

  private struct State: ~Copyable {
    let raw: OpaquePointer?
    var operation: UInt64 = 0
    var isRunning = false

    /// Takes over a `PGcancel` by its address: an owner of its own, which shares nothing with the
    /// connection it was made from, and so may go to another thread.
    init(address: UInt) { raw = OpaquePointer(bitPattern: address) }
    deinit { PQfreeCancel(raw) }
  }

  private let state: Mutex<State>
  // Of its own: the connection's queue is blocked by the very call that is to be stopped.
  private let queue = DispatchQueue(label: "pgtrawl.postgres.cancel")

  init(connection: OpaquePointer) {
    state = Mutex(State(address: UInt(bitPattern: PQgetCancel(connection))))
  }

  /// Opens an operation; its number.
  func begin() -> UInt64 {
    state.withLock { state in
      state.operation += 1
      state.isRunning = true
      return state.operation
    }
  }

  /// Closes the operation; waits for a request that is under way.
  func end() {
    state.withLock { $0.isRunning = false }
  }

  /// Requests the end of an operation until it has ended.
  func cancel(_ operation: UInt64) {
    queue.async { self.request(operation) }
  }

  private func request(_ operation: UInt64) {
    let goesOn = state.withLock { state in
      guard state.isRunning, state.operation == operation else { return false }
      var message = [CChar](repeating: 0, count: 256)
      _ = PQcancel(state.raw, &message, Int32(message.count))
      return true
    }
    guard goesOn else { return }
    queue.asyncAfter(deadline: .now() + .milliseconds(Self.repeatMilliseconds)) {
      self.request(operation)
    }
  }
}

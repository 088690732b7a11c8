internal import CLibPQ
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Notices that nobody answers any more though the connection stands, as behind a proxy or a firewall
/// that acknowledges and forgets: TCP's own timeouts see nothing then.
///
///     running ──8 to 16 s──▶ asked over a new connection ──▶ the server is at it: wait on
///                                                        └─▶ no answer, or not at it: ended
///
/// A statement may take as long as it likes; only its server has to know of it.
final class PeerWatch: Sendable {
  /// How long a statement runs before the server is asked.
  private static let patience = DispatchTimeInterval.seconds(8)
  /// How long the answer may take.
  private static let answerMax = DispatchTimeInterval.seconds(10)

  private struct State {
    var operation: UInt64 = 0
    var isRunning = false
    /// A look at the operation of that number is due.
    var watched: UInt64?
    /// The operation that the server was asked about, as long as it has not answered.
    var asked: UInt64?
  }

  private let socket: Int32
  private let connector: Connector
  private let backendID: Int
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "pgtrawl.postgres.watch")
  // Asking blocks; the end of the wait must not.
  private let askingQueue = DispatchQueue(label: "pgtrawl.postgres.watch.ask")

  /// A watch over a connection that `connector` made.
  init(socket: Int32, connector: Connector, backendID: Int) {
    self.socket = socket
    self.connector = connector
    self.backendID = backendID
  }

  /// A statement begins.
  func begin() {
    let isNew = state.withLock { state in
      state.operation += 1
      state.isRunning = true
      guard state.watched == nil else { return false }
      state.watched = state.operation
      return true
    }
    if isNew { lookLater() }
  }

  /// It has ended.
  func end() { state.withLock { $0.isRunning = false } }

  private func lookLater() {
    queue.asyncAfter(deadline: .now() + Self.patience) { [weak self] in self?.look() }
  }

  private func look() {
    let (goesOn, slow) = state.withLock { state -> (Bool, UInt64?) in
      guard state.isRunning else {
        state.watched = nil
        return (false, nil)
      }
      let slow = state.watched == state.operation ? state.operation : nil
      state.watched = state.operation
      if slow != nil { state.asked = slow }
      return (true, slow)
    }
    if let slow { ask(about: slow) }
    if goesOn { lookLater() }
  }

  private func ask(about operation: UInt64) {
    askingQueue.async { [weak self, connector, backendID] in
      let isAtWork = Self.isAtWork(backendID, connector)
      guard let self else { return }
      let isCurrent = self.state.withLock { state in
        guard state.asked == operation else { return false }
        state.asked = nil
        return true
      }
      if isCurrent, !isAtWork { self.give(up: operation) }
    }
    queue.asyncAfter(deadline: .now() + Self.answerMax) { [weak self] in
      guard let self else { return }
      let isOpen = self.state.withLock { state in
        guard state.asked == operation else { return false }
        state.asked = nil
        return true
      }
      if isOpen { self.give(up: operation) }
    }
  }

  /// The connection breaks for whoever waits on it.
  private func give(up operation: UInt64) {
    state.withLock { state in
      // While it runs the socket is the connection's.
      guard state.isRunning, state.operation == operation else { return }
      shutdown(socket, Int32(SHUT_RDWR))
    }
  }

  /// Whether the server has a backend of that number that is not idle. Where a pooler stands in
  /// between numbers mean nothing, and an answer of any kind is enough.
  private static func isAtWork(_ backendID: Int, _ connector: Connector) -> Bool {
    do throws(PostgresError) {
      let connection = try connector.connect()
      let answer = try connection.query(
        """
        SELECT pg_backend_pid(), (SELECT count(*) FROM pg_stat_activity
          WHERE pid = $1 AND coalesce(state, 'active') NOT LIKE 'idle%')
        """, [.int(backendID)], isBinary: false
      ).first
      let isDirect = answer?.int(0) == Int64(connection.backendID)
      return !isDirect || answer?.int(1) != 0
    } catch {
      return error.sqlState != nil
    }
  }
}

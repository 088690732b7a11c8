internal import API
internal import Postgres

/// A few connections of the service's own, lent one request at a time; who waits longer than
/// `waitMax`, or finds too many waiting, is sent away.
actor ReaderPool {
  /// What every session is held to: it can't write, and nothing takes long.
  private static let sessionSettings = """
    SET default_transaction_read_only = on; SET statement_timeout = '10s'; \
    SET lock_timeout = '2s'; SET idle_in_transaction_session_timeout = '15s'; \
    SET work_mem = '16MB'; SET jit = off; SET plan_cache_mode = 'force_custom_plan'; \
    SET search_path = pg_catalog
    """
  private static let waitingMax = 256

  private let conninfo: String
  private let connectionsMax: Int
  private var idle: [PostgresConnection] = []
  private var made = 0
  private var waiting: [CheckedContinuation<PostgresConnection?, Never>] = []

  init(conninfo: String, connectionsMax: Int) {
    self.conninfo = conninfo
    self.connectionsMax = connectionsMax
  }

  /// Requests that wait for a connection.
  var queue: Int { waiting.count }

  /// Runs `body` with a reader. Throws `APIError` 503 where none is to be had.
  nonisolated func withReader<Value: Sendable>(
    _ body: (Reader) async throws -> Value
  ) async throws -> Value {
    let connection = try await take()
    do {
      let value = try await body(Reader(connection))
      await giveBack(connection)
      return value
    } catch {
      await giveBack(connection)
      throw error
    }
  }

  private func take() async throws -> PostgresConnection {
    if let connection = idle.popLast() { return try await usable(connection) }
    if made < connectionsMax {
      made += 1
      return try await usable(PostgresConnection())
    }
    guard waiting.count < Self.waitingMax else { throw Self.busy }
    guard let connection = await withCheckedContinuation({ waiting.append($0) }) else {
      throw Self.busy
    }
    return try await usable(connection)
  }

  private func usable(_ connection: PostgresConnection) async throws -> PostgresConnection {
    if await !connection.hasEnded() { return connection }
    do {
      try await connection.connect(conninfo: conninfo)
      try await connection.execute(Self.sessionSettings)
      return connection
    } catch {
      giveBack(connection)
      throw error
    }
  }

  private func giveBack(_ connection: PostgresConnection) {
    if waiting.isEmpty {
      idle.append(connection)
    } else {
      waiting.removeFirst().resume(returning: connection)
    }
  }

  /// Closes what is not lent.
  func close() async {
    for connection in idle { await connection.close() }
    idle = []
    for continuation in waiting { continuation.resume(returning: nil) }
    waiting = []
  }

  private static let busy = APIError(
    status: 503, kind: "busy", title: "Too many requests wait",
    detail: "Try again in a moment.")
}

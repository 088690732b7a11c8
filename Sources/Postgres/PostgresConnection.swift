/// What a connection's transaction is at.
public enum PostgresTransactionStatus: Sendable, Equatable {
  /// No transaction is open.
  case idle
  /// A statement is running, or COPY.
  case active
  /// A transaction is open and healthy.
  case inTransaction
  /// A transaction is open and failed: only a rollback is taken.
  case failed
  /// The connection is broken or there is none.
  case unknown
}

/// One connection to PostgreSQL.
///
/// Blocking work runs on a serial queue of the connection's own. Statements of one connection run
/// one after the other; whoever needs several together, as a transaction, lets no second task use
/// the connection meanwhile. Cancelling the task cancels the statement on the server.
public actor PostgresConnection {
  /// What every session needs so that values read and written do not depend on settings of the
  /// role, the database or the server.
  private static let sessionSettings = """
    SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; SET intervalstyle = 'postgres'; \
    SET extra_float_digits = 1; SET bytea_output = 'hex'; SET standard_conforming_strings = on
    """

  private let executor = SerialQueueExecutor(label: "pgtrawl.postgres")
  private var handle: ConnectionHandle?
  private var canceller: QueryCanceller?
  private var watch: PeerWatch?

  /// The connection's own serial queue.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// A connection that is not connected yet.
  public init() {}

  /// A connection to where `conninfo` says; see `connect(conninfo:)`.
  public static func open(conninfo: String) async throws(PostgresError) -> PostgresConnection {
    let connection = PostgresConnection()
    try await connection.connect(conninfo: conninfo)
    return connection
  }

  /// Connects, closing what was connected before.
  ///
  /// `conninfo` is any libpq connection string or URI, a bare database name, or empty for what the
  /// environment says. Throws `invalidConninfo`, `connectionFailed`, `cancelled`.
  public func connect(conninfo: String) throws(PostgresError) {
    close()
    let connector = try Connector(conninfo: conninfo)
    let fresh = try connector.connect()
    _ = try fresh.execute(Self.sessionSettings)
    canceller = fresh.makeCanceller()
    watch = fresh.makeWatch(connector)
    handle = consume fresh
  }

  /// Closes the connection; an open transaction is rolled back by the server.
  public func close() {
    canceller = nil
    watch = nil
    handle = nil
  }

  /// Whether there is no usable connection: never made, closed, or broken.
  public var isBroken: Bool { handle?.isBroken ?? true }

  /// Whether the connection has ended while no statement was running: the server shut down, ended the
  /// session, or does not answer TCP's keep-alives. Without a statement, and without a wait.
  public func hasEnded() -> Bool {
    handle?.takeUnasked()
    return isBroken
  }

  /// What the connection's transaction is at.
  public var transactionStatus: PostgresTransactionStatus { handle?.transactionStatus ?? .unknown }

  /// The server's version as `major * 10000 + minor`, as 150018; 0 without a connection.
  public var serverVersion: Int { handle?.serverVersion ?? 0 }

  /// Process id of the server's side; 0 without a connection.
  public var backendID: Int { handle?.backendID ?? 0 }

  /// A setting that the server reports by itself, as `server_version` or `in_hot_standby`.
  public func parameterStatus(_ name: String) -> String? {
    handle?.parameterStatus(name)
  }

  /// Notices since the last call, at most 256.
  public func takeNotices() -> [PostgresNotice] { handle?.notices.take() ?? [] }

  /// Runs one or more statements without parameters; the last one's outcome.
  ///
  /// Several statements are one transaction unless they say otherwise. Throws any code but
  /// `connectionFailed` and `invalidConninfo`.
  @discardableResult
  public func execute(_ sql: String) async throws(PostgresError) -> PostgresResult {
    try await cancellable {
      connection throws(PostgresError) in try connection.execute(sql)
    }
  }

  /// Runs one statement with `$1` … parameters; cells come as text unless `binary` is asked for.
  ///
  /// Throws any code but `connectionFailed` and `invalidConninfo`.
  @discardableResult
  public func query(
    _ sql: String, _ parameters: [PostgresParameter] = [], binary: Bool = false
  ) async throws(PostgresError) -> PostgresResult {
    try await cancellable {
      connection throws(PostgresError) in
      try connection.query(sql, parameters, isBinary: binary)
    }
  }

  /// Rolls back an open transaction, also in a cancelled task; does nothing without one.
  ///
  /// A connection that cannot even do that is closed, so that the server ends the transaction.
  public func rollback() {
    switch transactionStatus {
    case .idle, .unknown: return
    case .inTransaction, .failed, .active: break
    }
    do throws(PostgresError) {
      _ = try handle?.execute("ROLLBACK")
    } catch {
      close()
    }
  }

  /// Runs `body`, where the caller is, between BEGIN and COMMIT; rolls back when it throws.
  ///
  /// A `connectionLost` from here leaves open whether the commit happened.
  public nonisolated func transaction<Value>(
    _ body: () async throws -> Value
  ) async throws -> Value {
    try await execute("BEGIN")
    do {
      let value = try await body()
      try await execute("COMMIT")
      return value
    } catch {
      await rollback()
      throw error
    }
  }

  /// Runs a blocking operation so that the task's cancellation reaches the server.
  func cancellable<Value: Sendable>(
    _ body: (borrowing ConnectionHandle) throws(PostgresError) -> Value
  ) async throws(PostgresError) -> Value {
    guard let canceller else {
      throw PostgresError(code: .notConnected, message: "there is no connection to the database")
    }
    guard !Task.isCancelled else { throw Self.cancelled }
    let operation = canceller.begin()
    watch?.begin()
    let outcome: Result<Value, PostgresError> = await withTaskCancellationHandler {
      perform(body)
    } onCancel: {
      canceller.cancel(operation)
    }
    watch?.end()
    canceller.end()
    switch outcome {
    case .success(let value): return value
    case .failure(let error):
      guard Task.isCancelled, error.sqlState == "57014" else { throw error }
      throw Self.cancelled
    }
  }

  private func perform<Value: Sendable>(
    _ body: (borrowing ConnectionHandle) throws(PostgresError) -> Value
  ) -> Result<Value, PostgresError> {
    do throws(PostgresError) {
      guard let value = try handle.perform(body) else {
        return .failure(
          PostgresError(code: .notConnected, message: "there is no connection to the database"))
      }
      return .success(value)
    } catch {
      return .failure(error)
    }
  }

  static let cancelled = PostgresError(code: .cancelled, message: "the statement was cancelled")
}

extension Optional where Wrapped == ConnectionHandle {
  /// Lends the handle, if there is one.
  fileprivate borrowing func perform<Value>(
    _ body: (borrowing ConnectionHandle) throws(PostgresError) -> Value
  ) throws(PostgresError) -> Value? {
    switch self {
    case .some(let handle): try body(handle)
    case .none: nil
    }
  }
}

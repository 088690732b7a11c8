internal import LogModel
public import Postgres

/// The store: one connection, over which files are registered, batches committed and mistakes
/// undone.
///
/// One operation runs at a time, further ones wait for their turn; loaders that shall work beside
/// each other have a store each. A broken connection is made anew by the next operation.
public actor Store {
  /// Runs after every connect: whether the schema is one that this program can write.
  public typealias SchemaCheck = @Sendable (PostgresConnection) async throws -> Void

  /// How often a transaction is begun again after deadlocks, lock timeouts or a broken connection.
  static let attemptsMax = 8
  /// The oldest server that has what the schema needs.
  static let serverVersionMin = 130_000
  /// What the session needs beside the connection's own settings.
  private static let sessionSettings = """
    SET lock_timeout = '30s'; SET statement_timeout = 0; SET jit = off; \
    SET idle_in_transaction_session_timeout = '30s'; \
    SET default_transaction_isolation = 'read committed'
    """
  /// A store whose server's own log is followed must not log what is stored. Only a superuser may say
  /// so; others do as `log_statement` and `auto_explain` of their role say.
  private static let quietSettings = """
    DO $$ DECLARE s text[]; BEGIN
      FOREACH s SLICE 1 IN ARRAY ARRAY[['log_statement', 'none'], ['log_duration', 'off'],
        ['log_min_duration_statement', '-1'], ['log_min_duration_sample', '-1'],
        ['log_transaction_sample_rate', '0'], ['log_parser_stats', 'off'], ['log_planner_stats', 'off'],
        ['log_executor_stats', 'off'], ['log_statement_stats', 'off'],
        ['auto_explain.log_min_duration', '-1']]
      LOOP
        BEGIN
          PERFORM set_config(s[1], s[2], false);
        EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL;
        END;
      END LOOP;
    END $$
    """

  /// What is kept of rejected bytes.
  let rejectedBytes: RejectedBytes
  let connection = PostgresConnection()
  /// Months (year × 12 + month − 1) that have their partitions.
  var knownMonths: Set<Int> = []
  /// `log_files.source_id`, which never changes.
  var sourceOfFile: [Int64: Int32] = [:]

  /// What `oddHeadLengths(source:)` found.
  var oddHeadLengths: [Int32: [Int]] = [:]

  private let conninfo: String
  private let schemaCheck: SchemaCheck
  private var isTaken = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// A store at `conninfo` (any libpq connection string or URI), not connected yet.
  public init(
    conninfo: String, rejectedBytes: RejectedBytes = .all,
    schemaCheck: @escaping SchemaCheck = Store.requireCoreSchema
  ) {
    self.conninfo = conninfo
    self.rejectedBytes = rejectedBytes
    self.schemaCheck = schemaCheck
  }

  /// The check of a store that is written: the core layer as this program knows it.
  public static let requireCoreSchema: SchemaCheck = { connection in
    try await Migrator(connection: connection).requireCurrent()
  }

  /// Connects and checks server, encoding and schema.
  ///
  /// Throws `down`, `refused`, `auth`, `readOnly`, `tooOld`, `encoding`, `schema`, `cancelled`; what
  /// the schema check throws that is no `LoadError` comes as `schema`.
  public func open() async throws(LoadError) {
    await takeTurn()
    defer { passTurn() }
    try await connectIfNeeded()
  }

  /// Looks whether the connection has ended while nobody used it, and then connects anew; throws what
  /// `open` does. As long as the connection stands, the server hears nothing.
  public func requireConnection() async throws(LoadError) {
    await takeTurn()
    defer { passTurn() }
    guard await connection.hasEnded() else { return }
    try await connectIfNeeded()
  }

  /// Closes the connection; the next operation would connect again.
  public func close() async { await connection.close() }

  /// Runs `body` when its turn comes, on a connection that works, and again after deadlocks, lock
  /// timeouts and broken connections: it must be safe to repeat.
  func attempt<Value: Sendable>(
    _ body: (PostgresConnection) async throws(PostgresError) -> Value
  ) async throws(LoadError) -> Value {
    await takeTurn()
    defer { passTurn() }
    return try await repeating(body)
  }

  /// As `attempt`, for who has the turn already.
  func repeating<Value: Sendable>(
    _ body: (PostgresConnection) async throws(PostgresError) -> Value
  ) async throws(LoadError) -> Value {
    var attempts = 0
    while true {
      attempts += 1
      do throws(LoadError) {
        try await connectIfNeeded()
      } catch {
        // The first attempt's caller is told at once; later ones wait for a server that restarts.
        guard error.code == .down, attempts > 1, attempts < Self.attemptsMax else { throw error }
        try await backOff(attempts)
        continue
      }
      do throws(PostgresError) {
        return try await body(connection)
      } catch {
        await connection.rollback()
        guard Self.isWorthRepeating(error), attempts < Self.attemptsMax else {
          throw LoadError(error)
        }
        try await backOff(attempts)
      }
    }
  }

  /// Whether a transaction that failed so can be run again at once.
  static func isWorthRepeating(_ error: PostgresError) -> Bool {
    switch error.condition {
    case .serialization, .lockNotAvailable: true
    case .down: error.code != .connectionFailed
    default: false
    }
  }

  /// Waits 10 ms, then twice as long each time, at most 2 s; with a share that differs by connection,
  /// so that two that met do not meet again.
  func backOff(_ attempts: Int) async throws(LoadError) {
    let base = min(2_000, 10 << min(attempts - 1, 8))
    do {
      try await Task.sleep(for: .milliseconds(base + Int.random(in: 0...base)))
    } catch {
      throw LoadError(code: .cancelled, message: "cancelled while waiting for the store")
    }
  }

  /// Makes the connection if there is none that works.
  func connectIfNeeded() async throws(LoadError) {
    guard await connection.isBroken else { return }
    knownMonths = []
    oddHeadLengths = [:]
    do {
      try await connection.connect(conninfo: conninfo)
      try await checkServer()
      try await schemaCheck(connection)
    } catch let error as LoadError {
      await connection.close()
      throw error
    } catch let error as PostgresError {
      await connection.close()
      throw LoadError(error)
    } catch {
      await connection.close()
      throw LoadError(code: .schema, message: "\(error)")
    }
  }

  /// Refuses a server that is too old, and a database whose encoding cannot hold every text: to be
  /// asked before anything is made in it. Throws `tooOld`, `encoding`.
  public static func requireServer(
    _ connection: PostgresConnection
  ) async throws(LoadError) {
    let version = await connection.serverVersion
    guard version >= serverVersionMin else {
      throw LoadError(code: .tooOld, message: "the server is PostgreSQL \(version / 10_000)")
    }
    let encoding = await connection.parameterStatus("server_encoding") ?? ""
    guard encoding == "UTF8" || encoding == "SQL_ASCII" else {
      throw LoadError(code: .encoding, message: "the database's encoding is \(encoding)")
    }
  }

  private func checkServer() async throws {
    try await Self.requireServer(connection)
    try await connection.execute(Self.sessionSettings)
    try await connection.execute(Self.quietSettings)
    let state = try await connection.query(
      "SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'")
    guard let row = state.first, row.bool(0) == false, row.bool(1) == false else {
      throw LoadError(
        code: .readOnly, sqlState: "25006", message: "a standby, or default_transaction_read_only")
    }
  }

  /// Waits until no other operation uses the connection.
  func takeTurn() async {
    guard isTaken else {
      isTaken = true
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  /// Lets the next operation use the connection.
  func passTurn() {
    guard !waiting.isEmpty else {
      isTaken = false
      return
    }
    waiting.removeFirst().resume()
  }
}

import EmbeddedStore
import LogStore
import Migrations
import Postgres

/// Where the store is: the database that was named, or else the embedded one.
struct StoreAccess: Sendable {
  /// Connection string or URI; nil is the embedded store.
  let databaseURL: String?
  /// Where the embedded store is; nil is the usual place.
  let dataDirectory: String?
  let environment: [String: String]
  let console: Console

  /// Refuses a schema that this program can't write; for `Store`.
  static let schemaCheck: Store.SchemaCheck = { connection in
    try await Migrator(connection: connection).requireCurrent(through: .core)
  }

  /// The embedded store, whether it is used or not.
  func embedded() throws(EmbeddedStoreError) -> EmbeddedStore {
    EmbeddedStore(
      location: try StoreLocation(directory: dataDirectory, environment: environment),
      environment: environment)
  }

  /// The connection string of a store whose core layer is up to date; it is made, started and
  /// migrated as needed.
  func prepared() async throws -> String {
    let conninfo = try await started()
    let connection = try await PostgresConnection.open(conninfo: conninfo)
    do {
      try await Store.requireServer(connection)
      try await migrate(connection)
    } catch {
      await connection.close()
      throw error
    }
    await connection.close()
    return conninfo
  }

  /// A role without the right to create things can load into a schema that is up to date.
  private func migrate(_ connection: PostgresConnection) async throws {
    let migrator = Migrator(connection: connection)
    do {
      try await migrator.requireCurrent(through: .core)
    } catch let error as MigrationError {
      guard case .olderSchema = error.code else { throw error }
      let applied = try await migrator.up(through: .core)
      if !applied.isEmpty { console.note("the store's schema was brought up to date.") }
    }
  }

  /// The connection string of a store that is there; the embedded one is started, but not made.
  func existing() async throws -> String {
    if let databaseURL { return databaseURL }
    let embedded = try embedded()
    guard try await embedded.status().state != .absent else {
      throw ToolError(
        .missing, "the embedded store", "there is none yet",
        next: "Import logs with 'pgtrawl import PATH', or name a database with --database-url")
    }
    return try await embedded.start()
  }

  /// The connection string of the store; the embedded one is made and started as needed.
  func started() async throws -> String {
    if let databaseURL { return databaseURL }
    return try await embedded().start()
  }

  /// Runs `body` on a connection of its own to a store that is there or can be made.
  func withConnection<Value: Sendable>(
    _ body: (PostgresConnection) async throws -> Value
  ) async throws -> Value {
    try await Self.connected(to: try await started(), body)
  }

  /// Runs `body` with reports from a store that holds something.
  func withReports<Value: Sendable>(
    _ body: (StoreReports) async throws -> Value
  ) async throws -> Value {
    try await Self.connected(to: try await existing()) { connection in
      let reports = StoreReports(connection: connection)
      guard try await reports.hasSchema() else {
        throw ToolError(
          .missing, "the store", "the database holds nothing of pgtrawl yet",
          next: "Import logs with 'pgtrawl import PATH'")
      }
      do {
        try await Self.schemaCheck(connection)
      } catch {
        // A newer schema keeps what reports read, and a role that may read only the tables can't look.
        if case .olderSchema? = (error as? MigrationError)?.code { throw error }
      }
      return try await body(reports)
    }
  }

  private static func connected<Value: Sendable>(
    to conninfo: String, _ body: (PostgresConnection) async throws -> Value
  ) async throws -> Value {
    let connection = try await PostgresConnection.open(conninfo: conninfo)
    do {
      let value = try await body(connection)
      await connection.close()
      return value
    } catch {
      await connection.close()
      throw error
    }
  }
}

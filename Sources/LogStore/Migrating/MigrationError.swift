internal import Migrations
public import Postgres

/// Why the schema cannot be brought, or used, as asked.
public struct MigrationError: Error, Sendable, Equatable {
  /// What went wrong, to switch over.
  public enum Code: Sendable, Equatable {
    /// The server is older than pgtrawl supports; its version as 120004.
    case unsupportedServer(version: Int)
    /// The database has migrations that this program does not know: the newest of each side.
    case newerSchema(database: String, program: String)
    /// The database lacks migrations that this program needs: the first one.
    case olderSchema(missing: String)
    /// A migration was edited after it had been applied.
    case changed(migration: String)
    /// Another process migrates this database and did not end in time.
    case locked
    /// A migration's SQL failed; the database is as before it, unless it runs without transaction.
    case failed(migration: String)
  }

  /// What went wrong, to switch over.
  public var code: Code
  /// What the database said, where it said something.
  public var cause: PostgresError?

  /// An error by its parts.
  public init(code: Code, cause: PostgresError? = nil) {
    self.code = code
    self.cause = cause
  }

  /// Whether the same can succeed later without anyone changing it.
  public var isRetriable: Bool {
    switch code {
    case .locked: true
    case .failed: cause?.isRetriable ?? false
    case .unsupportedServer, .newerSchema, .olderSchema, .changed: false
    }
  }
}

extension MigrationError: CustomStringConvertible {
  /// What is wrong and what to do.
  public var description: String {
    switch code {
    case .unsupportedServer(let version):
      "the database server is PostgreSQL \(version / 10000), pgtrawl needs 13 or newer"
    case .newerSchema(let database, let program):
      "the database's schema is newer than this pgtrawl: it has \(database), this pgtrawl knows "
        + "\(program) at most; use the pgtrawl that migrated it, or a newer one"
    case .olderSchema(let missing):
      "the database's schema is older than this pgtrawl: it lacks \(missing); "
        + "run 'pgtrawl migrate up'"
    case .changed(let migration):
      "migration \(migration) is not the one that was applied to the database: its text differs; "
        + "use the pgtrawl that applied it, or restore the file"
    case .locked:
      "another pgtrawl is migrating this database; try again when it has ended"
    case .failed(let migration):
      "migration \(migration) failed: \(cause?.description ?? "no reason given")"
    }
  }
}

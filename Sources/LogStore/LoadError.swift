public import Postgres

/// Why the store could not do what was asked.
///
/// Holds neither rows nor statements nor the connection string: `message` is the server's primary
/// message or the program's own words.
public struct LoadError: Error, Sendable, Equatable {
  /// What went wrong, to switch over.
  public enum Code: Sendable, Equatable {
    /// No server answers, or the connection broke and did not come back.
    case down
    /// The server is there and takes no connection now, as for want of slots or space.
    case refused
    /// Password, role, certificate, pg_hba.conf or database name.
    case auth
    /// A standby, or a server or role that is read-only.
    case readOnly
    /// Older than PostgreSQL 13.
    case tooOld
    /// The database's encoding cannot hold every text: UTF8 or SQL_ASCII is needed.
    case encoding
    /// The schema is missing, too old or too new for this program.
    case schema
    /// The role lacks a privilege.
    case privilege
    /// Locks were not to be had, or deadlocks did not end, within the attempts allowed.
    case contended
    /// The server refused a value that no row could be blamed for.
    case data
    /// The task was cancelled; nothing of the transaction is left.
    case cancelled
    /// What was named is not in the store.
    case missing
    /// Anything else.
    case other
  }

  /// What went wrong, to switch over.
  public var code: Code
  /// The server's SQLSTATE, nil when no server said anything.
  public var sqlState: String?
  /// One sentence with the cause.
  public var message: String

  /// An error by its parts.
  public init(code: Code, sqlState: String? = nil, message: String) {
    self.code = code
    self.sqlState = sqlState
    self.message = message
  }

  /// What a failure of the connection or a statement means for the store.
  public init(_ error: PostgresError) {
    let code: Code =
      switch error.condition {
      case .down: .down
      case .auth: .auth
      case .readOnly: .readOnly
      case .tooManyConnections, .diskFull, .outOfResources, .timeout: .refused
      case .lockNotAvailable, .serialization: .contended
      case .dataException, .constraint: .data
      case .privilege: .privilege
      case .missingObject: .schema
      case .cancelled: .cancelled
      case .other: .other
      }
    self.init(code: code, sqlState: error.sqlState, message: error.message)
  }

  /// Whether the same can succeed later without anyone changing it: exit code 75.
  public var isRetriable: Bool {
    switch code {
    case .down, .refused, .readOnly, .contended: true
    case .auth, .tooOld, .encoding, .schema, .privilege, .data, .cancelled, .missing, .other: false
    }
  }
}

extension LoadError: CustomStringConvertible {
  /// What went wrong, why, and what to do next.
  public var description: String {
    let said = sqlState.map { "\(message) (SQLSTATE \($0))" } ?? message
    return switch code {
    case .down: "the store cannot be reached: \(said); start it or check the database URL"
    case .refused: "the store takes no more now: \(said); try again later"
    case .auth: "the store does not let this user in: \(said); check user, password and database"
    case .readOnly: "the store is read-only: \(said); name the primary server"
    case .tooOld: "\(said); PostgreSQL 13 or later is needed for the store"
    case .encoding: "\(said); create a database with ENCODING 'UTF8'"
    case .schema where sqlState != nil:
      "the store's schema does not fit: \(said); run pgtrawl migrate up"
    case .privilege: "the store's role may not do this: \(said); grant it or use the owner"
    case .contended: "the store is locked by someone else: \(said); try again later"
    case .data: "the store refused a value: \(said)"
    case .schema, .cancelled, .missing, .other: said
    }
  }
}

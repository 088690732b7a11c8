/// Why a database operation failed.
///
/// `message` is PostgreSQL's primary message or this program's own words. `detail` and `context`
/// can hold rows and statements, so they are kept apart and `description` leaves them out. The
/// connection string and the text of the statement are never part of an error.
public struct PostgresError: Error, Sendable, Equatable {
  /// What went wrong, to switch over.
  public enum Code: Sendable, Equatable {
    /// The connection string cannot be parsed.
    case invalidConninfo
    /// No connection could be made; `sqlState` is set when a server answered and refused.
    case connectionFailed
    /// The connection broke while it was in use: whether the last commit happened is not known.
    case connectionLost
    /// There is no connection: `connect` was not called, or `close` was.
    case notConnected
    /// The server refused the statement, with its SQLSTATE.
    case server(SQLStateCode)
    /// The server or the caller left the order of the protocol, as with COPY in a script.
    case protocolViolation
    /// A parameter or a statement that cannot be sent, as text that holds a zero byte.
    case invalidParameter
    /// The task was cancelled; the statement has no effect, the connection stays usable.
    case cancelled
  }

  /// Five characters of SQLSTATE, as `23505`.
  public typealias SQLStateCode = String

  /// What went wrong, to switch over.
  public var code: Code
  /// The server's SQLSTATE, also for a refused connection; nil when no server said anything.
  public var sqlState: SQLStateCode?
  /// One sentence, without rows, statements or secrets of this program's side.
  public var message: String
  /// The server's detail: may hold data of rows. Not part of `description`.
  public var detail: String?
  /// The server's hint.
  public var hint: String?
  /// The server's context, as the line of a COPY: may hold data. Not part of `description`.
  public var context: String?
  /// The constraint that was violated, where one was.
  public var constraint: String?

  /// An error by its parts.
  public init(
    code: Code, sqlState: SQLStateCode? = nil, message: String, detail: String? = nil,
    hint: String? = nil, context: String? = nil, constraint: String? = nil
  ) {
    self.code = code
    self.sqlState = sqlState
    self.message = message
    self.detail = detail
    self.hint = hint
    self.context = context
    self.constraint = constraint
  }
}

extension PostgresError: CustomStringConvertible {
  /// The message with its SQLSTATE and hint; never the detail or the context.
  public var description: String {
    var text =
      switch code {
      case .invalidConninfo: "the connection string is not valid: \(message)"
      case .connectionFailed: "cannot connect to the database: \(message)"
      case .connectionLost: "the connection to the database was lost: \(message)"
      case .server: "the database refused: \(message)"
      case .notConnected, .protocolViolation, .invalidParameter, .cancelled: message
      }
    if let sqlState {
      text += " (SQLSTATE \(sqlState))"
    }
    if let hint {
      text += "; \(hint)"
    }
    return text
  }
}

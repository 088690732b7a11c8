extension PostgresError {
  /// What an error means for whoever has to decide between again, wait and stop.
  public enum Condition: Sendable, Equatable {
    /// No server, a server that starts or stops, or a connection that broke.
    case down
    /// Password, certificate, role, pg_hba.conf or database name: does not heal by itself.
    case auth
    /// The server is a standby or read-only.
    case readOnly
    /// All connection slots are taken.
    case tooManyConnections
    /// The server has no space left.
    case diskFull
    /// The server lacks memory or another resource.
    case outOfResources
    /// A lock was not to be had within `lock_timeout`, or NOWAIT.
    case lockNotAvailable
    /// Serialization failure or deadlock: the transaction can be run again.
    case serialization
    /// A statement was cancelled by the server, as by `statement_timeout`.
    case timeout
    /// A value the server does not accept: this row, not the batch, is at fault.
    case dataException
    /// A constraint was violated.
    case constraint
    /// The role lacks a privilege.
    case privilege
    /// A table, column, function or schema does not exist.
    case missingObject
    /// The task was cancelled.
    case cancelled
    /// Anything else.
    case other
  }

  /// What the error means, by its SQLSTATE where there is one.
  public var condition: Condition {
    switch code {
    case .cancelled: return .cancelled
    case .invalidConninfo: return .auth
    case .protocolViolation, .invalidParameter: return .other
    case .connectionFailed, .connectionLost, .notConnected, .server: break
    }
    if let sqlState, let known = Self.condition(sqlState: sqlState) {
      return known
    }
    switch code {
    case .connectionFailed, .connectionLost, .notConnected: return .down
    default: return .other
    }
  }

  /// Whether the same work can succeed later without anyone changing it.
  public var isRetriable: Bool {
    switch condition {
    case .down, .readOnly, .tooManyConnections, .diskFull, .outOfResources, .lockNotAvailable,
      .serialization, .timeout:
      return true
    case .auth, .dataException, .constraint, .privilege, .missingObject, .cancelled, .other:
      return false
    }
  }

  private static func condition(sqlState: SQLStateCode) -> Condition? {
    switch sqlState {
    case "57P01", "57P02", "57P03", "57P05", "25P03":
      return .down
    case "3D000", "57P04": return .auth
    case "25006": return .readOnly
    case "53300": return .tooManyConnections
    case "53100": return .diskFull
    case "55P03": return .lockNotAvailable
    case "40001", "40P01": return .serialization
    case "57014": return .timeout
    case "42501": return .privilege
    case "42P01", "42703", "42883", "3F000", "42704": return .missingObject
    default: break
    }
    switch sqlState.prefix(2) {
    case "08": return .down
    case "28": return .auth
    case "53": return .outOfResources
    case "22", "21": return .dataException
    case "23": return .constraint
    default: return nil
    }
  }
}

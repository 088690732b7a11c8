import EmbeddedStore
import LogSource
import LogStore
import Postgres

/// How a command ended, as its exit code tells scripts.
enum ExitStatus: Int32, CaseIterable {
  /// Done.
  case done = 0
  /// Failed, or nothing of the input could be read.
  case failed = 1
  /// The command line or the configuration is wrong.
  case usage = 2
  /// Done, but records were rejected; only with `--strict`.
  case rejected = 3
  /// Another run holds the lock.
  case locked = 4
  /// Done, but some inputs could not be read or are corrupt.
  case unreadable = 5
  /// The store or a service that is needed can't be reached: try again.
  case unavailable = 75
  /// Stopped by SIGINT before the end.
  case interrupted = 130
  /// Stopped by SIGTERM before the end.
  case terminated = 143

  /// The status for an error that ended a command.
  init(_ error: any Error) {
    switch error {
    case let error as ToolError: self = error.status
    case let error as PostgresError: self = ExitStatus(error)
    case let error as LoadError: self = ExitStatus(error)
    case let error as MigrationError: self = error.isRetriable ? .unavailable : .failed
    case let error as EmbeddedStoreError: self = ExitStatus(error)
    case let error as LogSourceError: self = ExitStatus(error)
    default: self = .failed
    }
  }

  /// What can succeed later without anyone changing anything is `unavailable`.
  private init(_ error: PostgresError) {
    switch error.code {
    case .invalidConninfo: self = .usage
    // A wrong password, role or database stays wrong until someone corrects it.
    case .connectionFailed where error.condition == .auth: self = .failed
    case .connectionFailed, .connectionLost, .notConnected: self = .unavailable
    case .protocolViolation, .invalidParameter, .cancelled: self = .failed
    case .server: self = error.isRetriable ? .unavailable : .failed
    }
  }

  private init(_ error: LoadError) {
    switch error.code {
    case .down, .refused, .readOnly, .contended: self = .unavailable
    case .auth, .tooOld, .encoding, .schema, .privilege, .data, .cancelled, .missing, .other:
      self = .failed
    }
  }

  /// Without its programs or its directory the store can't be had until someone helps.
  private init(_ error: EmbeddedStoreError) {
    switch error.code {
    case .absent, .notAStore, .noDirectory: self = .failed
    default: self = .unavailable
    }
  }

  private init(_ error: LogSourceError) {
    if case .unknownTimeZone = error.code { self = .usage } else { self = .failed }
  }

  /// What an import came to: nothing readable, some inputs bad, records rejected, or all well.
  static func ofImport(
    readable: Int, unreadable: Int, rejectedRecords: Int64, isStrict: Bool
  ) -> ExitStatus {
    if unreadable > 0 { return readable == 0 ? .failed : .unreadable }
    return isStrict && rejectedRecords > 0 ? .rejected : .done
  }
}

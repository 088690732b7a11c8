import EmbeddedStore
import LogSource
import LogStore
import Postgres

/// The message of an error: `<thing>: <cause>. <next step>.`
enum ErrorMessage {
  static func of(_ error: any Error) -> String {
    switch error {
    case let error as ToolError: error.description
    case let error as PostgresError: "the store: \(sentence(error.description)) \(step(error))"
    case let error as LoadError: "the store: \(sentence(error.description))"
    case let error as MigrationError: "the schema: \(sentence(error.description))"
    case let error as EmbeddedStoreError: sentence(error.description)
    case let error as LogSourceError: sentence(error.description)
    case is CancellationError: "stopped before the end."
    default: sentence("\(error)")
    }
  }

  static func sentence(_ text: String) -> String {
    text.hasSuffix(".") || text.hasSuffix("?") ? text : text + "."
  }

  private static func step(_ error: PostgresError) -> String {
    if error.code == .invalidConninfo { return "Check --database-url and PGTRAWL_DATABASE_URL." }
    return step(error.condition)
  }

  private static func step(_ condition: PostgresError.Condition) -> String {
    switch condition {
    case .down: "Start the server, or check --database-url and PGTRAWL_DATABASE_URL."
    case .auth: "Check the user, the password and the database that the connection string names."
    case .readOnly: "Name the primary server."
    case .missingObject: "Bring the schema up to date with 'pgtrawl migrate up'."
    case .privilege: "Grant it to the role, or connect as the owner of the schema."
    case .tooManyConnections, .diskFull, .outOfResources, .lockNotAvailable, .serialization,
      .timeout:
      "Try again later."
    case .dataException, .constraint, .cancelled, .other: "Nothing was changed."
    }
  }
}

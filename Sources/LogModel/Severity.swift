/// `error_severity`. The word is translated in csvlog, so a word that is not known is told by its
/// SQLSTATE (see `Severity.init(word:sqlstate:)`).
public enum Severity: UInt8, Sendable, CaseIterable {
  case debug, info, notice, warning, log, error, fatal, panic

  /// Whether a statement or a session ended by it.
  public var isFailure: Bool { rawValue >= Severity.error.rawValue }

  /// PostgreSQL's untranslated word.
  public var word: String {
    switch self {
    case .debug: "DEBUG"
    case .info: "INFO"
    case .notice: "NOTICE"
    case .warning: "WARNING"
    case .log: "LOG"
    case .error: "ERROR"
    case .fatal: "FATAL"
    case .panic: "PANIC"
    }
  }
}

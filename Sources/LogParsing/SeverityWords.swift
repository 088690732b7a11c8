import LogModel

/// Reads `error_severity`. The word is in the server's language; where it is not known the SQLSTATE
/// decides.
enum SeverityWords {
  static func read(
    _ base: UnsafePointer<UInt8>, from: Int, end: Int, sqlstate: SQLState
  ) -> Severity? {
    guard end > from else { return nil }
    switch base[from] {
    case UInt8(ascii: "L") where Bytes.starts(base, at: from, end: end, with: "LOG"): return .log
    case UInt8(ascii: "E") where Bytes.starts(base, at: from, end: end, with: "ERROR"):
      return .error
    case UInt8(ascii: "F") where Bytes.starts(base, at: from, end: end, with: "FATAL"):
      return .fatal
    case UInt8(ascii: "P") where Bytes.starts(base, at: from, end: end, with: "PANI"):
      return .panic
    case UInt8(ascii: "W") where Bytes.starts(base, at: from, end: end, with: "WARN"):
      return .warning
    case UInt8(ascii: "N") where Bytes.starts(base, at: from, end: end, with: "NOTICE"):
      return .notice
    case UInt8(ascii: "I") where Bytes.starts(base, at: from, end: end, with: "INFO"): return .info
    case UInt8(ascii: "D") where Bytes.starts(base, at: from, end: end, with: "DEBUG"):
      return .debug
    default: return byState(sqlstate)
    }
  }

  private static let adminClass = SQLState("57P01").classCode

  private static func byState(_ sqlstate: SQLState) -> Severity {
    if sqlstate.classCode == SQLState.successfulCompletion.classCode { return .log }
    if sqlstate.classCode == SQLState("01000").classCode { return .warning }
    if sqlstate.classCode == SQLState("02000").classCode { return .notice }
    let isEndOfSession =
      sqlstate.classCode == adminClass && sqlstate != SQLState("57014")
    return isEndOfSession ? .fatal : .error
  }
}

import LogModel

/// Sorts records that are no execution into `event_class`, by SQLSTATE first and by PostgreSQL's
/// own messages where no SQLSTATE tells.
enum EventClassifier {
  /// The class, and the figures that the message holds.
  static func classify(
    _ record: LogRecord, _ builder: BatchBuilder
  ) -> (eventClass: StaticString, fields: [(name: StaticString, value: Int64)]) {
    if builder.isForged(record) { return ("forged", []) }
    if record.severity.isFailure { return (failureClass(record.sqlstate), []) }
    let sorted = own(record, builder)
    // Whoever raises a message can give it the words of the server's own.
    if sorted.eventClass.utf8CodeUnitCount > 0 {
      return builder.isRaised(record) ? ("forged", []) : sorted
    }
    switch record.severity {
    case .warning: return ("warning", [])
    case .notice, .info, .debug: return ("notice", [])
    default: return ("other", [])
    }
  }

  /// The class of a message of the server's own; empty for others.
  private static func own(
    _ record: LogRecord, _ builder: BatchBuilder
  ) -> (eventClass: StaticString, fields: [(name: StaticString, value: Int64)]) {
    let message = record.message
    if builder.starts(message, with: "temporary file: path ") {
      guard let size = lastNumber(builder.bytes(message)) else { return ("temporary_file", []) }
      return ("temporary_file", [(name: "bytes", value: size)])
    }
    if builder.starts(message, with: "process ") { return lockClass(builder.bytes(message)) }
    for (word, name) in prefixes where builder.starts(message, with: word) { return (name, []) }
    return ("", [])
  }

  private static let deadlock = SQLState("40P01")
  private static let canceled = SQLState("57014")

  private static func failureClass(_ sqlstate: SQLState) -> StaticString {
    sqlstate == deadlock ? "deadlock" : sqlstate == canceled ? "cancel" : "error"
  }

  private static let prefixes: [(StaticString, StaticString)] = [
    ("connection received", "connection"), ("connection authorized", "connection"),
    ("connection authenticated", "connection"), ("disconnection: ", "disconnection"),
    ("checkpoint ", "checkpoint"), ("restartpoint ", "checkpoint"),
    ("automatic vacuum", "autovacuum"), ("automatic analyze", "autovacuum"),
    ("automatic aggressive vacuum", "autovacuum"), ("parameter \"", "parameter_changed"),
    ("received SIGHUP", "parameter_changed"), ("starting PostgreSQL", "server"),
    ("database system ", "server"), ("listening on ", "server"), ("received ", "server"),
    ("shutting down", "server"), ("server process ", "server"), ("terminating any ", "server"),
    ("all server processes terminated", "server"), ("redo ", "server"),
    ("replication ", "replication"), ("logical decoding ", "replication"),
    ("started streaming ", "replication"),
  ]

  /// `process 123 still waiting for ShareLock on transaction 456 after 1000.123 ms`
  private static func lockClass(
    _ message: UnsafeBufferPointer<UInt8>
  ) -> (StaticString, [(name: StaticString, value: Int64)]) {
    let text = String(decoding: message.prefix(400), as: UTF8.self)
    let words = text.split(separator: " ")
    guard words.count > 3, let pid = Int64(words[1]) else { return ("", []) }
    let isWait = words[2] == "still" && words[3] == "waiting"
    guard isWait || words[2] == "acquired" || words[2] == "detected" || words[2] == "avoided" else {
      return ("", [])
    }
    var fields: [(name: StaticString, value: Int64)] = [("pid", pid)]
    if let after = words.lastIndex(of: "after"), after + 1 < words.count,
      let waited = Double(words[after + 1])
    {
      fields.append(("waited_us", Int64((waited * 1000).rounded())))
    }
    return (isWait ? "lock_wait" : words[2] == "acquired" ? "lock_acquired" : "deadlock", fields)
  }

  private static func lastNumber(_ message: UnsafeBufferPointer<UInt8>) -> Int64? {
    let digits = message.reversed().prefix { $0 >= 48 && $0 <= 57 }.reversed()
    return Int64(String(decoding: Array(digits), as: UTF8.self))
  }
}

import TestSupport

/// Random records of csvlog as the server writes them: text in quotes that are doubled inside,
/// NULL as nothing, an empty text as `""`.
struct GeneratedLog {
  static let columns = [
    "log_time", "user_name", "database_name", "process_id", "connection_from", "session_id",
    "session_line_num", "command_tag", "session_start_time", "virtual_transaction_id",
    "transaction_id", "error_severity", "sql_state_code", "message", "detail", "hint",
    "internal_query", "internal_query_pos", "context", "query", "query_pos", "location",
    "application_name", "backend_type", "leader_pid", "query_id",
  ]

  private static let pieces = [
    "duration: 1.500 ms", "  statement: ", "  execute <unnamed>: ", "  bind S_1/C_2: ",
    "  plan:\n", "{\"Query Text\": \"select 1\"}", "select ", "'it''s'", "\"", "\"\"", ",", "\n",
    "\n\n", "\r\n", "\r", "\t", " ", "a", "é", "€", "😀", "\\.", "\\N", "\\", "\u{1}", "\u{7F}",
    "2026-11-24 12:00:00.000 UTC,", "2026-11-24 12:00:00.000 UTC,\"a\",\"b\",1,\"[local]\",6b.1,1,",
    "\",\"", "\"\n", "NULL", "statement: ", "parameters: $1 = 'x', $2 = NULL",
    String(repeating: "long ", count: 200),
  ]

  private var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  private mutating func text() -> String {
    (0..<Int.random(in: 1...8, using: &random)).map { _ in
      Self.pieces.randomElement(using: &random) ?? ""
    }.joined()
  }

  /// A text column: NULL, an empty text or any text.
  private mutating func optional() -> String? {
    switch Int.random(in: 0...9, using: &random) {
    case 0...4: nil
    case 5: ""
    default: text()
    }
  }

  private mutating func number(_ most: Int64) -> String {
    String(Int64.random(in: 0...most, using: &random))
  }

  private mutating func pick(_ list: [String]) -> String {
    list.randomElement(using: &random) ?? ""
  }

  /// `count` records of `columns` columns, with different session lines.
  mutating func records(_ count: Int, columns: Int) -> String {
    (1...count).map { record(line: $0, columns: columns) }.joined()
  }

  private mutating func record(line: Int, columns: Int) -> String {
    let millis = Int.random(in: 0...999, using: &random)
    let time = "2026-11-24 12:0\(line % 10):1\(millis % 10)." + "\(1000 + millis)".dropFirst()
    let severity = pick(["LOG", "ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO", "DEBUG1"])
    let state = pick(["00000", "42601", "57P01", "01000", "P0001"])
    var fields: [String] = []
    for name in Self.columns.prefix(columns) {
      switch name {
      case "log_time": fields.append(time + " UTC")
      case "process_id": fields.append(number(4_194_304))
      case "session_id":
        fields.append(
          "6b04" + String(1000 + line % 3, radix: 16) + "." + pick(["1", "67af", "3fffff"]))
      case "session_line_num": fields.append("\(line)")
      case "session_start_time": fields.append("2026-11-24 12:00:00 UTC")
      case "virtual_transaction_id": fields.append(pick(["", "3/0", "12/4567", "-1/5"]))
      case "transaction_id": fields.append(number(4_294_967_295))
      case "error_severity": fields.append(severity)
      case "sql_state_code": fields.append(state)
      case "internal_query_pos", "query_pos": fields.append(pick(["", "1", "77"]))
      case "leader_pid": fields.append(pick(["", "4711"]))
      case "query_id": fields.append(pick(["", "-"]) + number(.max))
      case "connection_from":
        fields.append(quoted(pick(["[local]", "10.0.0.1:5432", "::1:40000", "db.example.org:1"])))
      // A record begins with names that are no longer than the server lets them be.
      case "user_name", "database_name": fields.append(quoted(pick(["app", "a\"b", "é,x", "A b"])))
      default: fields.append(optional().map { quoted($0) } ?? "")
      }
    }
    return fields.joined(separator: ",") + "\n"
  }

  private func quoted(_ text: String) -> String {
    "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
